#include "merge.h"

#include <errno.h>
#include <stdlib.h>

static bool is_before(const struct merge_entry *a, const struct merge_entry *b)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->rank < b->rank;
}

static struct merge_entry entry_of(const struct merge *merge, uint32_t index)
{
	const struct cursor *cursor = &merge->cursors[index];

	return (struct merge_entry){ .time_ns = cursor->time_ns,
				     .rank = cursor->state == CURSOR_READY ? index + 1 : 0,
				     .cursor = index };
}

/* Lets an entry sink from `at` to its place. */
static void sink(struct merge *merge, uint32_t at, struct merge_entry entry)
{
	struct merge_entry *heap = merge->heap;

	for (;;) {
		uint32_t child = at * 2 + 1;

		if (child >= merge->count)
			break;
		if (child + 1 < merge->count && is_before(&heap[child + 1], &heap[child]))
			child++;
		if (!is_before(&heap[child], &entry))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = entry;
}

/* The heap is in order: who is first, and who comes then. */
static void note_first(struct merge *merge)
{
	const struct merge_entry *heap = merge->heap;

	merge->top = merge->count > 0 ? &merge->cursors[heap[0].cursor] : NULL;
	merge->second = (struct merge_entry){ .time_ns = UINT64_MAX, .rank = UINT32_MAX };
	for (uint32_t i = 1; i < merge->count && i <= 2; i++)
		if (is_before(&heap[i], &merge->second))
			merge->second = heap[i];
}

/* The top's cursor has moved. */
static void settle(struct merge *merge)
{
	if (merge->top->state != CURSOR_END)
		sink(merge, 0, entry_of(merge, merge->heap[0].cursor));
	else if (--merge->count > 0)
		sink(merge, 0, merge->heap[merge->count]);
	note_first(merge);
}

static uint32_t count_rings(const struct trace *traces, unsigned count)
{
	uint32_t rings = 0;

	for (unsigned i = 0; i < count; i++)
		rings += traces[i].ring_count;
	return rings;
}

static void open_cursors(struct merge *merge, struct trace *trace, uint64_t since_ns)
{
	for (uint32_t i = 0; i < trace->ring_count; i++) {
		struct trace_ring *ring = trace->rings[i];

		uint32_t first;

		if (ring == NULL || ring->chunk_count == 0)
			continue;
		first = trace_chunk_since(trace, ring, since_ns);
		cursor_open(&merge->cursors[merge->cursor_count++], trace, ring, first, &merge->scratch);
		merge->chunk_count += ring->chunk_count - first;
	}
}

int merge_open(struct merge *merge, struct trace *traces, unsigned count, uint64_t since_ns,
	       struct crew *crew)
{
	uint32_t rings = count_rings(traces, count);

	*merge = (struct merge){ .place = &merge->own, .own = { .arguments = merge->arguments } };
	merge->cursors = calloc(rings + 1, sizeof(*merge->cursors));
	merge->heap = calloc(rings + 1, sizeof(*merge->heap));
	if (crew != NULL)
		merge->scratch.ahead = ahead_open(crew);
	if (merge->cursors == NULL || merge->heap == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++)
		open_cursors(merge, &traces[i], since_ns);
	for (uint32_t i = 0; i < merge->cursor_count; i++)
		merge->heap[i] = entry_of(merge, i);
	merge->count = merge->cursor_count;
	for (uint32_t i = merge->count / 2; i-- > 0;)
		sink(merge, i, merge->heap[i]);
	note_first(merge);
	return 0;
}

/* Whether the top's cursor, which has moved, still goes first. */
static bool is_first_still(const struct merge *merge)
{
	const struct cursor *top = merge->top;

	return top->state == CURSOR_READY &&
	       (top->time_ns < merge->second.time_ns ||
		(top->time_ns == merge->second.time_ns && merge->heap[0].cursor + 1 < merge->second.rank));
}

/* The top's cursor goes on: loads its next chunk, or leaves the event it stands on. 0 or -ENOMEM. */
static int advance(struct merge *merge)
{
	bool is_pending = merge->top->state == CURSOR_PENDING;
	int error = is_pending ? cursor_load(merge->top) : cursor_advance(merge->top);

	if (error != 0)
		return error;
	merge->chunks_done += is_pending;
	if (!is_first_still(merge))
		settle(merge);
	return 0;
}

int merge_next(struct merge *merge, struct event **event)
{
	int error = merge->has_event ? advance(merge) : 0;

	merge->has_event = false;
	*event = NULL;
	while (error == 0 && merge->top != NULL) {
		if (merge->top->state == CURSOR_READY) {
			error = cursor_event(merge->top, merge->place);
			if (error == 0) {
				merge->has_event = true;
				*event = merge->place;
				return 0;
			}
			if (error == -ENOMEM)
				return error;
		}
		error = advance(merge);
	}
	return error;
}

void merge_close(struct merge *merge)
{
	for (uint32_t i = 0; i < merge->cursor_count; i++)
		cursor_close(&merge->cursors[i]);
	free(merge->cursors);
	free(merge->heap);
	chunk_scratch_free(&merge->scratch);
	*merge = (struct merge){ 0 };
}
