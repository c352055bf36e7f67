#include "gone.h"

#include <inttypes.h>

#include "../reader/cursor.h"
#include "words.h"

#define UNKNOWN UINT64_MAX

/* What a line says. Ranges of which the first is UNKNOWN are not known. */
struct line {
	uint64_t first_number;
	uint64_t last_number;
	uint64_t first_seq;
	uint64_t last_seq;
	uint64_t events;
	uint64_t offset;
	const char *reason;
};

static void put_range(struct out *out, const char *key, uint64_t first, uint64_t last)
{
	if (first == UNKNOWN)
		words_print(out, " %s=?", key);
	else if (first == last)
		words_print(out, " %s=%" PRIu64, key, first);
	else
		words_print(out, " %s=%" PRIu64 "-%" PRIu64, key, first, last);
}

static void add_line(struct gone *gone, const struct trace_ring *ring, const struct line *line)
{
	struct out *out = gone->out;

	gone->places++;
	if (line->events != UNKNOWN)
		gone->events += line->events;
	if (out == NULL)
		return;
	words_name(out, gone->trace->source.name);
	out_string(out, ": gone:");
	put_range(out, "tid", ring != NULL ? ring->ring.tid : UNKNOWN, ring != NULL ? ring->ring.tid : 0);
	put_range(out, "ring", ring != NULL ? ring->ring.index : UNKNOWN,
		  ring != NULL ? ring->ring.index : 0);
	put_range(out, "generation", line->first_number, line->last_number);
	put_range(out, "seq", line->first_seq, line->last_seq);
	put_range(out, "events", line->events, line->events);
	words_print(out, " reason=%s", line->reason);
	put_range(out, "offset", line->offset, line->offset);
	out_string(out, " thread=");
	if (ring != NULL)
		words_text(out, ring->ring.name);
	out_string(out, ring != NULL && ring->ring.is_nested ? "/nested\n" : "\n");
}

/* The damage that cost the chunks of these numbers, as far as it can be told: of the ring itself before one of unknown ring. */
static struct trace_loss *find_loss(struct trace *trace, uint32_t ring, uint64_t first, uint64_t last)
{
	struct trace_loss *best = NULL;

	for (size_t i = 0; i < trace->loss_count; i++) {
		struct trace_loss *loss = &trace->losses[i];

		if (loss->ring == ring && loss->number >= first && loss->number <= last)
			return loss;
		if (best == NULL &&
		    (loss->ring == TRACE_LOSS_ANY || (loss->ring == ring && loss->number == 0) ||
		     (loss->is_claimed && trace->kind == TRACE_SNAPSHOT)))
			best = loss;
	}
	return best;
}

static void explain(struct gone *gone, const struct trace_ring *ring, struct line *line)
{
	struct trace *trace = gone->trace;
	struct trace_loss *loss =
		find_loss(trace, ring->ring.index, line->first_number == UNKNOWN ? 1 : line->first_number,
			  line->first_number == UNKNOWN ? UINT64_MAX : line->last_number);

	line->offset = loss != NULL ? loss->offset : UNKNOWN;
	if (loss != NULL) {
		loss->is_told = true;
		if (line->first_number == UNKNOWN && loss->ring == ring->ring.index && loss->number > 0)
			line->first_number = line->last_number = loss->number;
	}
	if (loss != NULL)
		line->reason = loss->is_cut ? "cut" : "damaged";
	else if (trace->is_cut)
		line->reason = "cut";
	else
		line->reason = trace->torn > 0 ? "torn" : "missing";
}

/* Events of `first` to before `end` are gone with the chunks of these numbers. */
static void add_gap(struct gone *gone, const struct trace_ring *ring, uint64_t first_number,
		    uint64_t last_number, uint64_t first_seq, uint64_t end_seq)
{
	struct line line = { .first_number = first_number,
			     .last_number = last_number,
			     .first_seq = first_seq,
			     .last_seq = end_seq - 1,
			     .events = end_seq - first_seq };

	if (first_seq == UNKNOWN || end_seq <= first_seq)
		line.first_seq = line.events = UNKNOWN;
	explain(gone, ring, &line);
	add_line(gone, ring, &line);
}

/* Damage that no gap accounts for: of the ring its oldest or newest chunk; without a ring (NULL) something that nobody knows. */
static void add_rest(struct gone *gone, const struct trace_ring *ring)
{
	const struct trace *trace = gone->trace;

	for (size_t i = 0; i < trace->loss_count; i++) {
		struct trace_loss *loss = &trace->losses[i];
		struct line line = { .first_number = loss->number > 0 ? loss->number : UNKNOWN,
				     .last_number = loss->number,
				     .first_seq = UNKNOWN,
				     .events = loss->events > 0 ? loss->events : UNKNOWN,
				     .offset = loss->offset,
				     .reason = loss->is_cut ? "cut" : "damaged" };

		if (loss->is_told || (ring != NULL && loss->ring != ring->ring.index))
			continue;
		loss->is_told = true;
		add_line(gone, ring, &line);
	}
}

/* A chunk of which an INDEX says all that is known. */
static void add_lost(struct gone *gone, const struct trace_ring *ring, const struct chunk *chunk)
{
	struct line line = { .first_number = chunk->number,
			     .last_number = chunk->number,
			     .first_seq = chunk->first_seq,
			     .last_seq = chunk->first_seq + chunk->events - 1,
			     .events = chunk->events,
			     .offset = chunk->home,
			     .reason = "damaged" };

	if (chunk->is_lost && chunk->events > 0)
		add_line(gone, ring, &line);
}

void gone_chunks(struct gone *gone, const struct trace_ring *ring)
{
	uint32_t count = ring->chunk_count;
	const struct chunk *chunks = count > 0 ? &gone->trace->chunks[ring->first_chunk] : NULL;
	bool is_counted = gone->trace->kind == TRACE_SNAPSHOT && ring->is_described;
	uint64_t end_seq = ring->overwritten;

	if (count > 0 && is_counted && chunks[0].first_seq > end_seq)
		add_gap(gone, ring, chunks[0].number > 1 ? chunks[0].number - 1 : UNKNOWN,
			chunks[0].number - 1, end_seq, chunks[0].first_seq);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t before = i > 0 ? chunks[i - 1].number : chunks[0].number - 1;

		add_lost(gone, ring, &chunks[i]);
		if (chunks[i].number > before + 1)
			add_gap(gone, ring, before + 1, chunks[i].number - 1,
				chunks[i - 1].first_seq + chunks[i - 1].events, chunks[i].first_seq);
	}
	if (count > 0)
		end_seq = chunks[count - 1].first_seq + chunks[count - 1].events;
	if (is_counted && ring->recorded > end_seq)
		add_gap(gone, ring, count > 0 ? chunks[count - 1].number + 1 : UNKNOWN,
			count > 0 ? chunks[count - 1].number + 1 : 0, end_seq, ring->recorded);
	add_rest(gone, ring);
}

void gone_rest(struct gone *gone)
{
	add_rest(gone, NULL);
	for (size_t i = 0; i < gone->trace->loss_count; i++)
		gone->trace->losses[i].is_told = false;
}

/*
 * What cannot be shown of the chunk that the cursor has left. Events of sites that nothing describes are added up for the ring.
 */
static void add_chunk(struct gone *gone, const struct trace_ring *ring, const struct cursor *cursor,
		      uint64_t shown)
{
	const struct chunk *chunk = cursor->chunk;
	struct line line = { .first_number = chunk->number,
			     .last_number = chunk->number,
			     .first_seq = chunk->first_seq,
			     .last_seq = chunk->first_seq + chunk->events - 1,
			     .offset = chunk->home,
			     .reason = chunk->is_cut ? "cut" : "records" };

	if (shown + cursor->unknown >= chunk->events || chunk->is_lost)
		return;
	if (cursor->events == 0 && !chunk->is_cut)
		line.reason = "damaged";
	line.events = chunk->events - shown - cursor->unknown;
	add_line(gone, ring, &line);
}

static void add_unknown(struct gone *gone, const struct trace_ring *ring, uint64_t unknown)
{
	const struct chunk *chunks = &gone->trace->chunks[ring->first_chunk];
	struct line line = { .first_number = chunks[0].number,
			     .last_number = chunks[ring->chunk_count - 1].number,
			     .first_seq = UNKNOWN,
			     .events = unknown,
			     .offset = UNKNOWN,
			     .reason = "sites" };

	if (unknown > 0)
		add_line(gone, ring, &line);
}

int gone_in_chunks(struct gone *gone, struct trace_ring *ring)
{
	struct chunk_scratch scratch = { 0 };
	struct cursor cursor;
	uint64_t all_unknown = 0;
	int error = 0;

	if (ring->chunk_count == 0)
		return 0;
	cursor_open(&cursor, gone->trace, ring, 0, &scratch);
	while (error == 0 && cursor.state == CURSOR_PENDING) {
		uint64_t shown = 0;

		error = cursor_load(&cursor);
		for (; error == 0 && cursor.state == CURSOR_READY; error = cursor_advance(&cursor))
			shown++;
		if (error != 0)
			break;
		add_chunk(gone, ring, &cursor, shown);
		all_unknown += cursor.unknown;
		gone->shown += shown;
	}
	cursor_close(&cursor);
	chunk_scratch_free(&scratch);
	if (error == 0)
		add_unknown(gone, ring, all_unknown);
	return error;
}
