/*
 * stress.h - what the stress tests share: events that can be verified, and a judge of the snapshots they end in.
 *
 * An event holds who said it, how many that one had said before, and bits and letters that are a function of both.
 */
#ifndef STRESS_H
#define STRESS_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ttlog.h>

#include "../crash/mix.h"
#include "../crash/trace_file.h"

/* Under a sanitizer all is five to twenty times slower, and memory is not what it was. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STRESS_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define STRESS_IS_SANITIZED 1
#endif
#endif
#ifndef STRESS_IS_SANITIZED
#define STRESS_IS_SANITIZED 0
#endif

#define STRESS_RINGS_MAX 2048

/* Like assert, but always there. */
#define MUST(condition)                                                                                      \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			fprintf(stderr, "%s:%d: not so: %s (errno %s)\n", __FILE__, __LINE__, #condition,    \
				strerror(errno));                                                            \
			exit(1);                                                                             \
		}                                                                                            \
	} while (0)

/* What one ring of a snapshot held. */
struct stress_ring {
	bool is_seen;
	uint32_t thread;   /* who said all of it */
	uint64_t next_seq; /* one past the last event's */
	uint64_t next_n;   /* the same for what the thread itself counted; 0: nothing of it yet */
	uint64_t events;
};

/* What one snapshot held. */
struct stress_verdict {
	uint64_t events;
	uint64_t wrong; /* the first is told on stderr */
	uint64_t torn;	/* chunks, which is allowed */
	uint64_t recorded;
	uint64_t overwritten;
	uint64_t dropped[TT_DROP_CAUSES];
	uint64_t retired;
	uint32_t rings;
	struct stress_ring ring[STRESS_RINGS_MAX];
};

/* A directory for this run, and a path in it; removed by stress_end. */
const char *stress_begin(void);
void stress_end(void);

/* Says event n of that thread and stream. Any context. */
void stress_say(uint32_t thread, enum mix_stream stream, uint64_t n);

/* Takes a snapshot, reads it by ttdecode's reader, and judges every event of it. Not for two threads at once. */
void stress_judge(struct stress_verdict *verdict);

struct tt_stats stress_stats(void);

pthread_t stress_thread(void *(*run)(void *), void *argument);
void stress_join(pthread_t thread);

double stress_seconds(void);

#endif
