/*
 * account.h - what the stress tests share: how much they do, a place to work in, events whose payload is known, and a
 * judge of traces.
 *
 * Each program records, and then reads what it has recorded with ttdecode's reader. Every event of every trace is compared
 * with what was said, and in each ring `seq` must go on without a gap.
 */
#ifndef ACCOUNT_H
#define ACCOUNT_H

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
#define ACCOUNT_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define ACCOUNT_IS_SANITIZED 1
#endif
#endif
#ifndef ACCOUNT_IS_SANITIZED
#define ACCOUNT_IS_SANITIZED 0
#endif

#define ACCOUNT_PATH_BYTES 256

/* `usual`, or `sanitized` under a sanitizer, times STRESS_SCALE of the environment, which is 1 if unset. */
uint64_t account_count(uint64_t usual, uint64_t sanitized);

/* Makes a directory, on tmpfs where there is one, and starts the recorder with snapshots and black box there. Exits on failure. */
void account_begin(const char *name, const struct tt_options *options);

/* Something is not as it must be. The first twenty are printed. From one thread at a time. */
void account_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

bool account_is_wrong(void);

/* Prints the line of figures and gives main's value. Of a failed test the directory is kept below STRESS_KEPT of the environment. */
int account_end(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The path of a file in the test's directory. */
const char *account_path(const char *name, char path[ACCOUNT_PATH_BYTES]);

/* The black box of this process: how many there are in the test's directory, and the (last) one's path. */
unsigned account_box(char path[ACCOUNT_PATH_BYTES]);

struct tt_stats account_stats(void);

/* The figures of a quiet recorder. */
void account_expect(const char *what, uint64_t found, uint64_t expected);

uint64_t account_now_ns(void);
uint64_t account_resident_bytes(void);
uint64_t account_mapped_bytes(void);
unsigned account_descriptors(void);

/* Starts a thread, or exits. */
void account_start(pthread_t *thread, void *(*run)(void *), uintptr_t number);

/* Says event n of a sequence: numbers and strings that are a function of both. One call place of three in each inlining. */
static inline void account_say(uint32_t sequence, uint64_t n)
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
struct account_ring {
	uint64_t count;
	uint64_t first_seq;
	uint64_t next_seq;
	uint32_t first_sequence; /* of its first event */
};

struct account_trace {
	struct trace_file file;
	struct account_ring *rings; /* by index */
	uint64_t count;		    /* of events */
};

typedef void account_hear(void *user, const struct event *event, uint32_t sequence, uint64_t n);

/*
 * Reads a trace and verifies that nothing is damaged, each event's payload, and each ring's seq; then calls `hear`. False, with
 * nothing to close, if it cannot be read at all, which is wrong too.
 */
bool account_read(struct account_trace *trace, const char *path, account_hear *hear, void *user);

/* Of a trace made while nobody recorded: the counters of each ring are what is in it. Returns the events recorded, of all. */
uint64_t account_sum(const struct account_trace *trace);

void account_close(struct account_trace *trace);

#endif
