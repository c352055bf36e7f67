/*
 * thread.h - the recorder's side of a thread: its writers, from its first event to its exit.
 *
 * A thread's writers live on a page that a forked child finds wiped, so a child's first event takes the slow path
 * and gets a region, a ring and a writer of its own. The main writer serves ordinary code; the side writer, with a small ring
 * of its own, serves signal handlers that interrupted a record. A third level is a counted drop.
 */
#ifndef TTLOG_THREAD_H
#define TTLOG_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "include/ttlog/impl.h"

/*
 * Room for a record of `words` of the calling thread, which has taken its gate down by one. False: the event is dropped, and counted, and the gate is as
 * it was before, or open. HOT.
 */
bool thread_claim(struct tt_impl_place *place, uint64_t words);

/* Names the calling thread. 0, or -ENOBUFS: it has no ring and can get none. */
int thread_name(const char *name);

/* Clears every writer's end: each thread's next event takes the slow path, and sees what was asked for before this. SIGNAL. */
void thread_interrupt_all(void);

/* Ends the grants of all writers that hold a stamp (stamp.h). True: there was one. For the ticker: no thread-local memory. */
bool thread_sweep(void);

/*
 * From now on each thread gets an alternate signal stack, if it has none, at its next slow path; the calling one now. Interrupt them all, and
 * that is their next event.
 */
void thread_want_signal_stacks(void);

/*
 * In a forked child: what the kernel does for children of every kind, where it does (Linux 4.14 and later, but not qemu's user emulation).
 * There a child made by _Fork or clone that records, records into its parent's rings.
 */
void thread_forked(void);

/* The destructor for a key that tells of a thread's exit, and the key. Without it exits are found out when a ring is needed. */
void thread_exit(void *value);
void thread_use_exit_key(pthread_key_t key);

#endif
