/*
 * writer.h - appending to a ring, the part that is not inline: a full chunk, a stale base, a stopped recorder.
 *
 * A writer belongs to one thread; only that thread, and signal handlers on it, touch it. One exception: writer_interrupt sets
 * `end` to 0 from another thread, so that the next record takes the slow path and sees why.
 * HOT, also inside a signal handler; but for the clock it makes no system call.
 */
#ifndef TTLOG_WRITER_H
#define TTLOG_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "../format-spec/twin/region.h"
#include "include/ttlog/impl.h"
#include "stamp.h"

struct writer {
	struct tt_impl_writer hot;
	char *ring; /* NULL: the thread has none */
	uint64_t number;
	uint64_t first_seq; /* of the current chunk */
	uint64_t base;	    /* ticks that its records' upper halves are of */
	uint64_t words;	    /* of records, in all chunks before the current one */
	struct stamps stamps;
};

/* Of no thread yet: without a ring, its gate shut. */
void writer_reset(struct writer *writer);

/* Begins writing to a ring whose last chunk so far had `last_number`. The gate is shut. */
void writer_open(struct writer *writer, char *ring, uint64_t last_number);

/* Room for a record of `words`; the gate is shut and stays shut, unless the event is dropped. */
bool writer_claim(struct writer *writer, uint64_t words, struct tt_impl_place *place);

/* Its thread ends: nobody else would bound the last events' times. */
void writer_close(struct writer *writer);

/* The event is dropped: counts it and opens the gate. */
bool writer_drop(struct writer *writer, enum ttf_drop cause);

/* From now on all writers drop, for this cause. The caller then calls writer_interrupt for each. */
void writer_stop(enum ttf_drop cause);
bool writer_is_stopped(enum ttf_drop *cause);
void writer_interrupt(struct writer *writer);

/* As stamp_sweep. */
bool writer_sweep(struct writer *writer);

#endif
