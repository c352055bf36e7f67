#include "coverage.h"

#include "cursor.h"

/* Takes the first event from the ring's chunk `index` on. */
static int find_first(struct trace *trace, struct trace_ring *ring, struct chunk_scratch *scratch,
		      struct coverage *coverage)
{
	struct cursor cursor;
	int error = 0;

	cursor_open(&cursor, trace, ring, 0, scratch);
	while (error == 0 && cursor.state == CURSOR_PENDING)
		error = cursor_load(&cursor);
	if (error == 0 && cursor.state == CURSOR_READY) {
		coverage->is_empty = false;
		coverage->first_ns = cursor.time_ns;
		coverage->first_seq = cursor.seq;
	}
	cursor_close(&cursor);
	return error;
}

/* Takes the last event of the ring's chunk `index`; *found says whether it has one. */
static int find_last(struct trace *trace, struct trace_ring *ring, uint32_t index,
		     struct chunk_scratch *scratch, struct coverage *coverage, bool *found)
{
	struct cursor cursor;
	int error;

	*found = false;
	cursor_open(&cursor, trace, ring, index, scratch);
	error = cursor_load(&cursor);
	while (error == 0 && cursor.state == CURSOR_READY) {
		*found = true;
		coverage->last_ns = cursor.time_ns;
		coverage->last_seq = cursor.seq;
		error = cursor_advance(&cursor);
	}
	cursor_close(&cursor);
	return error;
}

int coverage_of_ring(struct trace *trace, struct trace_ring *ring, struct coverage *coverage)
{
	struct chunk_scratch scratch = { 0 };
	bool was_muted = trace->damage->is_muted;
	bool found = false;
	int error = 0;

	*coverage = (struct coverage){ .is_empty = true };
	trace->damage->is_muted = true;
	error = find_first(trace, ring, &scratch, coverage);
	for (uint32_t i = ring->chunk_count; i-- > 0 && error == 0 && !coverage->is_empty && !found;)
		error = find_last(trace, ring, i, &scratch, coverage, &found);
	/* An event before may have pushed the last one's time: it is never before the first. */
	if (coverage->last_ns < coverage->first_ns)
		coverage->last_ns = coverage->first_ns;
	trace->damage->is_muted = was_muted;
	chunk_scratch_free(&scratch);
	return error;
}

int coverage_of_trace(struct trace *trace, struct coverage *coverage)
{
	*coverage = (struct coverage){ .is_empty = true };
	for (uint32_t i = 0; i < trace->ring_count; i++) {
		struct coverage one = { .is_empty = true };
		int error = trace->rings[i] != NULL ? coverage_of_ring(trace, trace->rings[i], &one) : 0;

		if (error != 0)
			return error;
		if (one.is_empty)
			continue;
		if (coverage->is_empty || one.first_ns < coverage->first_ns)
			coverage->first_ns = one.first_ns;
		if (coverage->is_empty || one.last_ns > coverage->last_ns)
			coverage->last_ns = one.last_ns;
		coverage->is_empty = false;
	}
	return 0;
}
