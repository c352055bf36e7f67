/*
 * capture.h - the rings as they are at one moment, copied chunk by chunk while their threads go on.
 *
 * Every ring that has an owner is looked at once. What of it was seen then, and is gone when it is to be copied, is torn, and counted. SIGNAL.
 */
#ifndef TTLOG_CAPTURE_H
#define TTLOG_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "ring.h"

/* A chunk as it was copied. */
struct capture_chunk {
	uint32_t ring;
	uint32_t words;
	uint32_t events;
	uint64_t number;
	uint64_t first_seq;
	uint64_t base_ticks;
	uint64_t base_ns;
	uint64_t records[CONFIG_CHUNK_BYTES / 8];
};

/* A ring as it was when it was looked at, and how far it has been copied: newest chunk first, back to the oldest. */
struct capture_view {
	char *ring;
	struct ring_identity identity;
	struct ring_extent extent;
	uint64_t done;	    /* chunks copied or torn */
	bool is_bounded;    /* what its last events' times are bounded by has been said */
	uint32_t staged_at; /* its part of the stage */
	uint32_t staged;
};

/* `stage` and `stage_capacity`, in chunks, are the caller's: of 1, chunks are copied one after the other when they are asked for. */
struct capture {
	struct capture_chunk *stage;
	uint32_t stage_capacity;
	uint32_t view_count;
	uint32_t torn;
	bool is_told; /* the caller has told whose the rings are, and what they held: from now on they must stay it */
	struct capture_view views[RING_COUNT_MAX];
};

/*
 * Looks at every ring that has an owner, and copies it at once where there is a stage for all: one ring after the other, since a
 * busy thread goes all around its ring in a fraction of a millisecond.
 */
void capture_begin(struct capture *capture);

/* Whether the ring of this view, in this round, has a chunk to be asked for. */
bool capture_is_any(const struct capture *capture, uint32_t view, uint32_t round);

/*
 * The chunk of this view and round: in round 0 its newest, then the one before, each asked for once. NULL: there is nothing of it, since it
 * is torn or empty. Valid until the next call.
 */
const struct capture_chunk *capture_next(struct capture *capture, uint32_t view, uint32_t round);

#endif
