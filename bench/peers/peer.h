/*
 * peer.h - what each recorder that is compared has: its call sites, and how it is started.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stddef.h>
#include <stdint.h>

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

#ifdef __cplusplus
}
#endif

#endif
