/*
 * ticker.h - a thread of our own that sweeps the writers once a millisecond, while one of them holds a stamp (stamp.h).
 *
 * It is made when a first stamp is held and gone some milliseconds after the last one was: a program that records nothing, or slowly, has none, and is
 * never woken. It never lives longer than 64 ms either, and is made anew then: so a program that gives up its rights has no thread that
 * keeps them for long. It is no thread of pthread_create, since slow paths run in signal handlers, too: glibc does not know it, it has no
 * thread-local memory, and no signal reaches it. A forked child has none of its parent's, and makes its own.
 */
#ifndef TTLOG_TICKER_H
#define TTLOG_TICKER_H

#include <stdbool.h>

/* Which sweeps all writers and says whether one of them held a stamp. Before the first ticker. */
void ticker_sweep_by(bool (*sweep)(void));

/*
 * Called by who has just begun to hold a stamp. True: a ticker runs that will sweep it. False: none does; one is made, and runs soon, if that is
 * possible. HOT, but for that.
 */
bool ticker_run(void);

#endif
