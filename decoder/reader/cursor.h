/*
 * cursor.h - a reading position in one ring: its events in the order of seq, each with its time.
 *
 * A chunk is loaded only when the reading reaches it and freed when it is left, so that a ring costs memory only
 * while its events are due. How much all rings cost together is bounded: see chunk.h.
 *
 * States: PENDING, the next chunk is not loaded yet and time_ns is a time that no event of it is before; READY, the
 * next event is known and time_ns is its time; END. time_ns never goes back.
 */
#ifndef TTDECODE_CURSOR_H
#define TTDECODE_CURSOR_H

#include <stdint.h>

#include "chunk.h"
#include "clock.h"
#include "event.h"
#include "run.h"
#include "trace.h"

enum cursor_state {
	CURSOR_PENDING,
	CURSOR_READY,
	CURSOR_END,
};

struct cursor {
	struct trace *trace;
	struct trace_ring *ring;
	struct chunk_scratch *scratch;
	enum cursor_state state;
	uint64_t time_ns;

	uint32_t next;		   /* of the ring's chunks: the one to load next */
	uint32_t begun;		   /* ... and to begin with ahead */
	const struct chunk *chunk; /* the one that is read */
	struct clock_piece piece;  /* its clock; while PENDING the next one's */
	struct chunk_words held;   /* of its words */
	uint32_t at;		   /* the next word */
	uint32_t events;	   /* so far, of this chunk */
	uint32_t unknown;	   /* of them: of sites that nothing describes */
	uint64_t base_ticks;
	struct run run;
	struct clock_stretch stretch;
	uint64_t mono_ns; /* of the event, never going back */

	struct site *site; /* of the event */
	uint32_t body;	   /* its word */
	uint32_t body_words;
	const uint8_t *body_at; /* NULL: it has to be fetched again */
	uint64_t seq;
};

/* Begins before the ring's chunk of index `first`. Trace and scratch must outlive the cursor. */
void cursor_open(struct cursor *cursor, struct trace *trace, struct trace_ring *ring, uint32_t first,
		 struct chunk_scratch *scratch);

/* From PENDING: loads the chunk and goes to its first event, or on to PENDING or END. 0 or -ENOMEM. */
int cursor_load(struct cursor *cursor);

/* From READY: goes to the next event, or to PENDING or END. 0 or -ENOMEM. */
int cursor_advance(struct cursor *cursor);

/*
 * In READY: fills the event, but for its arguments, valid until a cursor of the same scratch moves. 0; -ENOMEM; or another -errno if its bytes cannot be read
 * again, after a report.
 */
int cursor_event(struct cursor *cursor, struct event *event);

/* In any state. */
void cursor_close(struct cursor *cursor);

#endif
