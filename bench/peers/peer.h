/*
 * peer.h - what each recorder that is compared has: its call sites, and how it is started.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stddef.h>
#include <stdint.h>

#include "../loop.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One way to use it, and one workload. */
struct peer {
	const char *variant;
	const char *name; /* W2, W4 */
	void (*run)(uint32_t calls);
};

extern const struct peer peers[];
extern const size_t peer_count;

/* Makes it ready to record, threads of its own included. NULL, or why it cannot. */
const char *peer_begin(void);

/* Records one event of W4 with the arguments of arguments.h; NULL: this peer is not asked to. */
extern void (*const peer_record)(uint32_t i, uint64_t random);

/* A burst of W2: `i` and `state` are its ints, which the optimiser does not know. */
#define PEER_W2(function, ...)                                                                               \
	static LOOP_BURST function(uint32_t calls)                                                           \
	{                                                                                                    \
		for (uint32_t i = 0; i < calls; i++) {                                                       \
			int state = 3;                                                                       \
                                                                                                             \
			LOOP_OPAQUE(i);                                                                      \
			LOOP_OPAQUE(state);                                                                  \
			__VA_ARGS__;                                                                         \
		}                                                                                            \
	}

/* A burst of W4: `i`, `us`, `from` and `flags` are its arguments. */
#define PEER_W4(function, ...)                                                                               \
	static LOOP_BURST function(uint32_t calls)                                                           \
	{                                                                                                    \
		for (uint32_t i = 0; i < calls; i++) {                                                       \
			unsigned long long flags = 0x1003;                                                   \
			double us = 12.5;                                                                    \
			int from = 7;                                                                        \
                                                                                                             \
			LOOP_OPAQUE(i);                                                                      \
			LOOP_OPAQUE(from);                                                                   \
			LOOP_OPAQUE(flags);                                                                  \
			LOOP_OPAQUE_MEMORY(us);                                                              \
			__VA_ARGS__;                                                                         \
		}                                                                                            \
	}

#ifdef __cplusplus
}
#endif

#endif
