/*
 * merge.h - the events of all rings of all traces, in the order of rendering.md, "Order".
 *
 * A binary heap of cursors by time. Of equal times a chunk that is not loaded yet goes first (it may hold an event that
 * must), then the lower file, then the lower ring. Cost of an event: one comparison as long as its ring goes first, else about 2 log2(rings).
 */
#ifndef TTDECODE_MERGE_H
#define TTDECODE_MERGE_H

#include <stdint.h>

#include "cursor.h"
#include "event.h"
#include "trace.h"

struct merge_entry {
	uint64_t time_ns;
	uint32_t rank; /* 0: not loaded; else the cursor's index + 1 */
	uint32_t cursor;
};

struct merge {
	struct cursor *cursors; /* by file, then ring */
	struct merge_entry *heap;
	uint32_t count; /* in the heap */
	uint32_t cursor_count;
	struct cursor *top;	   /* the heap's */
	struct merge_entry second; /* what comes after it */
	struct chunk_scratch scratch;
	struct event *place; /* where the next event goes: the merge's own place, or what its user says */
	struct event own;
	struct argument arguments[EVENT_ARGUMENTS]; /* of it */
	bool has_event;				    /* the top's event was handed out */
	uint64_t chunks_done;			    /* how far it is */
	uint64_t chunk_count;
};

/*
 * Begins before the first event of `count` traces, which must outlive the merge; of what is before `since_ns` it may leave out much, and
 * read nothing of it. A crew, which must outlive the merge, decodes chunks ahead; NULL is none. 0 or -ENOMEM.
 */
int merge_open(struct merge *merge, struct trace *traces, unsigned count, uint64_t since_ns,
	       struct crew *crew);

/* The next event, valid until the next call, in *event; NULL after the last. 0 or -ENOMEM. */
int merge_next(struct merge *merge, struct event **event);

/* Also after an error of merge_open. */
void merge_close(struct merge *merge);

#endif
