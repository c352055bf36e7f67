/*
 * latency.c - what a call costs its caller, beside the limits of the machine.
 *
 *	latency VARIANT		(a name for the results: what it is linked with, and which clock it runs on)
 *
 * One process, one CPU. In each round every subject runs a few bursts; a round's figure is the median of its bursts, and
 * the order is rotated from round to round. These machines are shared and change their speed: what counts are
 * ratios of subjects within a round, and their spread over the rounds.
 */
#include <stdio.h>
#include <string.h>

#include <ttlog.h>

#include "limits.h"
#include "sample.h"
#include "sites.h"

#define ROUNDS 301
#define CALLS 2000

enum { EMPTY, TICKS, STORE, B8, B16, B32, STRING, MONOTONIC, W0, W2, W4, WS, OFF, SUBJECTS };

static const struct subject {
	const char *name;
	void (*run)(uint32_t calls);
	int least; /* the subject that does the least that this one must: -1: none */
} subjects[SUBJECTS] = {
	[EMPTY] = { "empty loop", limits_empty, -1 },
	[TICKS] = { "ticks", limits_ticks, -1 },
	[STORE] = { "16-byte store", limits_store_16, -1 },
	[B8] = { "ticks + 8-byte store", limits_ticks_store_8, -1 },
	[B16] = { "ticks + 16-byte store", limits_ticks_store_16, -1 },
	[B32] = { "ticks + 32-byte store", limits_ticks_store_32, -1 },
	[STRING] = { "ticks + strlen + copy", limits_ticks_string, -1 },
	[MONOTONIC] = { "CLOCK_MONOTONIC", limits_monotonic, -1 },
	[W0] = { "W0", sites_w0, B8 },
	[W2] = { "W2", sites_w2, B16 },
	[W4] = { "W4", sites_w4, B32 },
	[WS] = { "WS", sites_ws, STRING },
	[OFF] = { "off", sites_off, -1 },
};

static double results[SUBJECTS][ROUNDS]; /* ns a call */

static void run_rounds(void)
{
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < SUBJECTS; i++) {
			int at = (round + i) % SUBJECTS;

			results[at][round] = sample_round_ns(subjects[at].run, CALLS);
		}
	}
}

static double median_of(int subject)
{
	double copy[ROUNDS];

	memcpy(copy, results[subject], sizeof(copy));
	return sample_quantile(copy, ROUNDS, 0.5);
}

/* The ratio of the medians, and where eight in ten of the rounds' own ratios lie. */
static void print_ratio(const char *name, int subject, int to)
{
	double ratios[ROUNDS];

	for (int round = 0; round < ROUNDS; round++)
		ratios[round] = results[subject][round] / results[to][round];
	printf(",\"%s\":%.4f", name, median_of(subject) / median_of(to));
	printf(",\"%s_p10\":%.4f", name, sample_quantile(ratios, ROUNDS, 0.1));
	printf(",\"%s_p90\":%.4f", name, sample_quantile(ratios, ROUNDS, 0.9));
}

static void print(const char *variant, int subject)
{
	double copy[ROUNDS], over[ROUNDS];

	memcpy(copy, results[subject], sizeof(copy));
	for (int round = 0; round < ROUNDS; round++)
		over[round] = results[subject][round] - results[EMPTY][round];
	sample_begin("call", variant, subjects[subject].name, "ns", copy, ROUNDS);
	print_ratio("to_b", subject, B16);
	if (subjects[subject].least >= 0) {
		printf(",\"least\":\"%s\"", subjects[subjects[subject].least].name);
		print_ratio("to_least", subject, subjects[subject].least);
	}
	printf(",\"over_empty\":%.4f", sample_quantile(over, ROUNDS, 0.5));
	sample_end();
}

/* That what ran was the real thing: so many events were recorded, none dropped, and the site that is off stayed silent. */
static int check_counts(void)
{
	const uint64_t expected = 4u * ROUNDS * (SAMPLE_BURSTS + 1) * CALLS;
	struct tt_stats stats = { .size = sizeof(stats) };

	tt_stats(&stats);
	if (stats.recorded == expected && stats.dropped == 0)
		return 0;
	fprintf(stderr, "latency: %llu events recorded, %llu dropped, instead of %llu and 0\n",
		(unsigned long long)stats.recorded, (unsigned long long)stats.dropped,
		(unsigned long long)expected);
	return 1;
}

int main(int argc, char **argv)
{
	const struct tt_options options = { .size = sizeof(options), .filter = SITES_OFF_FILTER };

	if (argc != 2) {
		fprintf(stderr, "usage: latency VARIANT\n");
		return 2;
	}
	if (tt_init(&options) < 0) {
		fprintf(stderr, "latency: the recorder does not start\n");
		return 1;
	}
	sample_pin();
	run_rounds();
	for (int subject = 0; subject < SUBJECTS; subject++)
		print(argv[1], subject);
	return check_counts();
}
