/*
 * life.h - the recorder's life in this process: none -> making -> ready, or failed.
 *
 * The region is made at the first event or by tt_init, once, by whichever thread comes first. A child made by fork begins anew:
 * the phase belongs to a process id. SIGNAL: the first event may come in a signal handler.
 */
#ifndef TTLOG_LIFE_H
#define TTLOG_LIFE_H

#include <stdbool.h>
#include <stdint.h>

/* What is to be done when the region was made, in this process or in a forked child, by whoever made it. */
void life_set_hook(void (*hook)(void));

/*
 * Makes the region if there is none, and waits up to 10 ms if another thread is making it (not if it is this one, in a signal handler). 0; -EBUSY: it is still being made;
 * -ENOMEM: there is no memory for it, and events are dropped.
 */
int life_start(void);

/*
 * The same, and only who makes the region calls `prepare` before, while events of others wait or are dropped: an error of it leaves all as
 * it was and is returned. 1: the region was there.
 */
int life_start_with(int (*prepare)(const void *argument), const void *argument);

/* Waits while another thread makes the region. 0: it is ready; -ENODATA: there is none, or it took longer than `most_ns`. */
int life_wait(uint64_t most_ns);

/* Is there a region of this process? */
bool life_is_ready(void);

#endif
