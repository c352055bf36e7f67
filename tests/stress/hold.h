/*
 * hold.h - holds up whoever copies a chunk, so that it is torn, on whatever machine.
 *
 * A timer's signal does it anywhere, until the writers have said as much as a ring holds. And one copy of a trace, now this one and now
 * that, is held up in its middle until every writer has gone all around its ring: the reader's after the first half of a read, the
 * recorder's own after the first half of the words (its snapshot.c is compiled with hold_copy.h).
 */
#ifndef HOLD_H
#define HOLD_H

#include <stdint.h>

/* The calling thread is held up from here on. `said` gives the events of each of so many writers. */
void hold_begin(uint32_t writers, uint64_t (*said)(uint32_t writer));
void hold_end(void);

/* How often, by the timer and in the middle of a copy. */
void hold_count(uint64_t *by_timer, uint64_t *in_copies);

/* From here to hold_disarm chunks are copied, in one of HOLD_WAYS ways. Each of them is held up for a tenth of the time at the most. */
#define HOLD_WAYS 4u
void hold_arm(unsigned way);
void hold_disarm(void);

/* Called in the middle of a copy. */
void hold_in_copy(void);

#endif
