/*
 * counts.c - what a call costs by how many ints it has.
 *
 *	counts VARIANT		(a name for the results)
 *
 * One process, one CPU, interleaved rounds beside b, as in latency.c.
 */
#include <stdio.h>

#define TT_TARGET "bench"
#include <ttlog.h>

#include "limits.h"
#include "loop.h"
#include "sample.h"

#define ROUNDS 101
#define CALLS 1000

/* A site of so many ints, none of which is known to the optimiser. */
#define SITE(count, ...)                                                                                     \
	static LOOP_BURST ints_##count(uint32_t calls)                                                       \
	{                                                                                                    \
		for (uint32_t i = 0; i < calls; i++) {                                                       \
			int x;                                                                               \
                                                                                                             \
			LOOP_OPAQUE(i);                                                                      \
			LOOP_ANY(x);                                                                         \
			(void)x;                                                                             \
			TT_INFO(__VA_ARGS__);                                                                \
		}                                                                                            \
	}

SITE(0, "ints")
SITE(1, "ints %d", x)
SITE(2, "ints %d %d", x, x)
SITE(3, "ints %d %d %d", x, x, x)
SITE(4, "ints %d %d %d %d", x, x, x, x)
SITE(6, "ints %d %d %d %d %d %d", x, x, x, x, x, x)
SITE(8, "ints %d %d %d %d %d %d %d %d", x, x, x, x, x, x, x, x)
SITE(12, "ints %d %d %d %d %d %d %d %d %d %d %d %d", x, x, x, x, x, x, x, x, x, x, x, x)
SITE(16, "ints %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d", x, x, x, x, x, x, x, x, x, x, x, x, x, x, x,
     x)

static const struct subject {
	const char *count;
	void (*run)(uint32_t calls);
} subjects[] = {
	{ "0", ints_0 },   { "1", ints_1 },
	{ "2", ints_2 },   { "3", ints_3 },
	{ "4", ints_4 },   { "6", ints_6 },
	{ "8", ints_8 },   { "12", ints_12 },
	{ "16", ints_16 }, { "b", limits_ticks_store_16 },
};

enum { SUBJECTS = sizeof(subjects) / sizeof(subjects[0]) };

static double results[SUBJECTS][ROUNDS]; /* ns a call */

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: counts VARIANT\n");
		return 2;
	}
	sample_pin();
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < SUBJECTS; i++)
			results[(round + i) % SUBJECTS][round] =
				sample_round_ns(subjects[(round + i) % SUBJECTS].run, CALLS);
	for (int i = 0; i < SUBJECTS; i++) {
		sample_begin("count", argv[1], subjects[i].count, "ns", results[i], ROUNDS);
		sample_end();
	}
	return 0;
}
