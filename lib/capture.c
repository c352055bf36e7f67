#include "capture.h"

#include <stddef.h>

#include "../format-spec/twin/record.h"
#include "../format-spec/twin/region.h"
#include "clock.h"
#include "platform/atomic.h"
#include "platform/machine.h"

#define NEWEST_TRIES 100

/* Copies one chunk by the protocol of format-spec/region.md. False: it is torn, or belongs to another thread by now. */
static bool copy_chunk(const struct capture_view *view, uint64_t number, struct capture_chunk *to)
{
	char *chunk = ring_chunk(view->ring, number);
	uint64_t state = load64_acquire(chunk, TTF_CHUNK_STATE); /* A1: pairs with W3 */
	uint32_t words = ttf_state_words(state);

	if (words > sizeof(to->records) / 8 - TTF_CHUNK_RECORDS / 8)
		return false;
	to->number = load64_relaxed(chunk, TTF_CHUNK_NUMBER);
	to->base_ticks = load64_relaxed(chunk, TTF_CHUNK_BASE_TICKS);
	to->base_ns = load64_relaxed(chunk, TTF_CHUNK_BASE_NS);
	to->first_seq = load64_relaxed(chunk, TTF_CHUNK_FIRST_SEQ);
	to->words = words;
	to->events = ttf_state_events(state);
	copy_words(to->records, word64(chunk, TTF_CHUNK_RECORDS), words);
	fence_acquire(); /* A2: pairs with W2 */
	if (ttf_state_generation(load64_relaxed(chunk, TTF_CHUNK_STATE)) !=
	    ttf_state_generation(state)) /* A3 */
		return false;
	/* A5: once more, behind the fence above: the words are of the thread that the view is of. */
	return load32_relaxed(view->ring, TTF_RING_VERSION) == view->identity.version &&
	       (uint32_t)number == ttf_state_generation(state) && to->number == number;
}

/*
 * Looks at a ring anew. Once THREADS tells what was seen first, the chunks of that which are gone are torn; and another thread's
 * cannot be taken any more: false.
 */
static bool look_again(struct capture *capture, struct capture_view *view)
{
	const struct ring_extent first = view->extent;
	struct ring_identity identity;

	ring_read_identity(view->ring, &identity);
	if (capture->is_told &&
	    (identity.serial != view->identity.serial || identity.kind != view->identity.kind))
		return false;
	view->identity = identity;
	ring_read_extent(view->ring, identity.first_number, &view->extent);
	if (capture->is_told && first.oldest_number != 0) {
		uint64_t end = first.newest_number + 1, oldest = view->extent.oldest_number;

		capture->torn +=
			(uint32_t)((oldest != 0 && oldest < end ? oldest : end) - first.oldest_number);
	}
	return true;
}

/*
 * The newest chunk is the one that must not be missing: if the thread has gone all around its ring since it was looked at, look
 * again. A try is much shorter than a round, so the second one fails only if we were kept from running meanwhile.
 */
static bool copy_newest(struct capture *capture, struct capture_view *view, struct capture_chunk *to)
{
	for (int tries = 0; tries < NEWEST_TRIES; tries++) {
		if (copy_chunk(view, view->extent.newest_number, to))
			return true;
		if (!look_again(capture, view))
			return false;
	}
	return false;
}

/* Ticks of the last event of the chunk, or of its base. */
static uint64_t last_ticks(const struct capture_chunk *chunk)
{
	uint64_t base = chunk->base_ticks, last = base;
	uint32_t words;

	for (uint32_t at = 0; at < chunk->words; at += words) {
		uint64_t header = chunk->records[at];

		words = ttf_record_words(header);
		if (words == 0)
			break;
		if (header == TTF_SYNC_HEADER)
			base = chunk->records[at + 1];
		if (ttf_record_id(header) != 0)
			last = ttf_record_ticks(base, header);
	}
	return last;
}

/* The stamp of the last events may be held (stamp.h): says what bounds it, if only that it was copied here. */
static void bound_last(struct capture_view *view, struct capture_chunk *chunk)
{
	uint64_t until = machine_ticks_after();

	if (load64_relaxed(view->ring, TTF_RING_HELD) == last_ticks(chunk))
		until = load64_relaxed(view->ring, TTF_RING_UNTIL);
	chunk->records[chunk->words++] = TTF_UNTIL_HEADER;
	chunk->records[chunk->words++] = until;
	view->is_bounded = true;
}

static bool is_any_left(const struct capture_view *view)
{
	return view->extent.oldest_number != 0 &&
	       view->done <= view->extent.newest_number - view->extent.oldest_number;
}

/* Copies the ring's next chunk, the next older one. False: there is nothing of it, since it is torn or empty. */
static bool copy_next(struct capture *capture, uint32_t ring, struct capture_chunk *to)
{
	struct capture_view *view = &capture->views[ring];
	bool is_whole = view->done == 0 ? copy_newest(capture, view, to)
					: copy_chunk(view, view->extent.newest_number - view->done, to);

	view->done++;
	capture->torn += !is_whole;
	to->ring = ring;
	if (!is_whole || to->words == 0)
		return false;
	if (clock_is_adaptive() && !view->is_bounded)
		bound_last(view, to);
	return true;
}

static bool look_at(struct capture_view *view, char *ring)
{
	*view = (struct capture_view){ .ring = ring };
	if (!ring)
		return false;
	ring_read_identity(ring, &view->identity);
	ring_read_extent(ring, view->identity.first_number, &view->extent);
	return view->identity.use != TTF_RING_USE_NONE;
}

void capture_begin(struct capture *capture)
{
	bool is_staged = capture->stage_capacity > 1;
	uint32_t filled = 0;

	capture->torn = 0;
	capture->is_told = false;
	capture->view_count = 0;
	for (uint32_t i = 0; i < ring_count(); i++) {
		struct capture_view *view = &capture->views[capture->view_count];

		if (!look_at(view, ring_at(i)))
			continue;
		view->staged_at = filled;
		while (is_staged && is_any_left(view) && filled < capture->stage_capacity)
			filled += copy_next(capture, capture->view_count, &capture->stage[filled]);
		view->staged = filled - view->staged_at;
		capture->view_count++;
	}
}

bool capture_is_any(const struct capture *capture, uint32_t view, uint32_t round)
{
	return round < capture->views[view].staged || is_any_left(&capture->views[view]);
}

/* The first place of the stage is free for a chunk that was not copied beforehand: what stood there went with round 0. */
const struct capture_chunk *capture_next(struct capture *capture, uint32_t view, uint32_t round)
{
	const struct capture_view *of = &capture->views[view];

	if (round < of->staged)
		return &capture->stage[of->staged_at + round];
	return copy_next(capture, view, &capture->stage[0]) ? &capture->stage[0] : NULL;
}
