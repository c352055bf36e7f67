/*
 * stress.h - what the stress tests share: how much they do, a place to work in, events whose payload is known, and a
 * judge of traces.
 *
 * Each program records, and then reads what it has recorded with ttdecode's reader. Every event of every trace is compared
 * with what was said, and in each ring `seq` must go on without a gap.
 */
#ifndef STRESS_H
#define STRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define TT_TARGET "stress"
#include <ttlog.h>

#include "../crash/mix.h"
#include "../crash/trace_file.h"

/* Sanitizers make everything slower by an order of magnitude, and have memory of their own. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define STRESS_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define STRESS_IS_SANITIZED 1
#endif
#endif
#ifndef STRESS_IS_SANITIZED
#define STRESS_IS_SANITIZED 0
#endif

#define STRESS_PATH_BYTES 256

/* `usual`, or `sanitized` under a sanitizer, times STRESS_SCALE of the environment, which is 1 if unset. */
uint64_t stress_count(uint64_t usual, uint64_t sanitized);

/* Makes a directory, on tmpfs where there is one, and starts the recorder with snapshots and black box there. Exits on failure. */
void stress_begin(const char *name, const struct tt_options *options);

/* Something is not as it must be. The first twenty are printed. From one thread at a time. */
void stress_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

bool stress_is_wrong(void);

/* Prints the line of figures and gives main's value. Of a failed test the directory is kept. */
int stress_end(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The path of a file in the test's directory. */
const char *stress_path(const char *name, char path[STRESS_PATH_BYTES]);

/* The black box of this process: how many there are in the test's directory, and the (last) one's path. */
unsigned stress_box(char path[STRESS_PATH_BYTES]);

struct tt_stats stress_stats(void);

/* The figures of a quiet recorder. */
void stress_expect(const char *what, uint64_t found, uint64_t expected);

uint64_t stress_now_ns(void);
uint64_t stress_resident_bytes(void);
unsigned stress_descriptors(void);

/* Starts a thread, or exits. */
void stress_start(pthread_t *thread, void *(*run)(void *), uintptr_t number);

/* Says event n of a sequence: numbers and strings that are a function of both. One call place of three in each inlining. */
static inline void stress_say(uint32_t sequence, uint64_t n)
{
	uint64_t bits = mix_bits(sequence, MIX_OWN, n);
	char string[MIX_STRING_MAX];
	size_t bytes = mix_string(bits, string);

	switch (n % 3) {
	case 0:
		TT_INFO("%u %lu %lx", sequence, n, bits);
		break;
	case 1:
		TT_DEBUG("%u %lu %lx %s", sequence, n, bits, string);
		break;
	default:
		TT_WARN("%u %lu %lx %.*s %s", sequence, n, bits, (int)bytes / 2, string, string);
	}
}

/* What one ring of a trace holds. */
struct stress_ring {
	uint64_t count;
	uint64_t first_seq;
	uint64_t next_seq;
	uint32_t first_sequence; /* of its first event */
};

struct stress_trace {
	struct trace_file file;
	struct stress_ring *rings; /* by index */
	uint64_t count;		   /* of events */
};

typedef void stress_hear(void *user, const struct event *event, uint32_t sequence, uint64_t n);

/*
 * Reads a trace and verifies that nothing is damaged, each event's payload, and each ring's seq; then calls `hear`. False, with
 * nothing to close, if it cannot be read at all, which is wrong too.
 */
bool stress_read(struct stress_trace *trace, const char *path, stress_hear *hear, void *user);

/* Of a trace made while nobody recorded: the counters of each ring are what is in it. Returns the events recorded, of all. */
uint64_t stress_sum(const struct stress_trace *trace);

void stress_close(struct stress_trace *trace);

#endif
