#include "cursor.h"

#include <errno.h>
#include <stdio.h>

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/record.h"
#include "record.h"

/* So many chunks of a ring are decoded ahead, so that there is something to do for everybody. */
#define AHEAD_OF_RING 4u

static const struct chunk *chunk_of(const struct cursor *cursor, uint32_t index)
{
	return &cursor->trace->chunks[cursor->ring->first_chunk + index];
}

/* Stands before the next chunk, if there is one. */
static void leave_chunk(struct cursor *cursor)
{
	uint64_t floor_ns;

	chunk_words_free(&cursor->held, cursor->scratch);
	if (cursor->next >= cursor->ring->chunk_count) {
		cursor->state = CURSOR_END;
		return;
	}
	cursor->state = CURSOR_PENDING;
	cursor->piece = trace_clock_piece(cursor->trace, cursor->ring, cursor->next);
	floor_ns = clock_floor(&cursor->trace->clock, &cursor->piece);
	/* Else a chunk of which nothing is shown would hold back the next one. */
	if (cursor->ring->is_steady && floor_ns > cursor->time_ns)
		cursor->time_ns = floor_ns;
}

/* Damage stands where its chunk does: the words of a compressed one have no place of their own in the file. */
static void report(const struct cursor *cursor, uint32_t at, const char *what)
{
	const struct chunk *chunk = cursor->chunk;

	trace_report(cursor->trace, chunk->home, "thread %u, ring %u, chunk %llu: the record at word %u %s",
		     cursor->ring->ring.tid, chunk->ring, (unsigned long long)chunk->number, at, what);
}

/* The rest of the chunk cannot be read. Where the file's end cut it, the scan has said so. */
static int give_up(const struct cursor *cursor, uint32_t at, const char *what)
{
	if (!cursor->chunk->is_cut)
		report(cursor, at, what);
	return -EBADMSG;
}

static inline int words_at(struct cursor *cursor, uint32_t from, uint32_t count, const uint8_t **at)
{
	return chunk_words(cursor->trace, cursor->chunk, cursor->scratch, &cursor->held, from, count, at);
}

/* The control records whose body is ticks. */
static bool is_ticks(uint64_t header)
{
	return ttf_record_id(header) == 0 &&
	       (ttf_record_low(header) == TTF_CONTROL_SYNC || ttf_record_low(header) == TTF_CONTROL_UNTIL);
}

/* The record at word `at`. 0; or -errno: as chunk_words, or *wrong, which otherwise is NULL, says why the rest of the chunk cannot be read. */
__attribute__((always_inline)) static inline int record_at(struct cursor *cursor, uint32_t at,
							   uint64_t *header, const uint8_t **body,
							   const char **wrong)
{
	const uint8_t *record;
	uint32_t words;
	int error = words_at(cursor, at, 1, &record);

	*wrong = NULL;
	if (error != 0)
		return error;
	*header = ttf_load64(record);
	words = ttf_record_words(*header);
	if (words == 0 || words > cursor->chunk->words - at)
		*wrong = "has a wrong length: the rest of the chunk is damaged";
	else if (is_ticks(*header) && words != TTF_SYNC_WORDS)
		*wrong = "is a sync or until of a wrong length: the rest of the chunk is damaged";
	if (*wrong != NULL)
		return -EBADMSG;
	if (words > chunk_held(&cursor->held, at))
		error = words_at(cursor, at, words, &record);
	*body = record + 8;
	return error;
}

/* Nothing behind the run in its chunk bounds it. */
static void bound_by_ring(struct cursor *cursor)
{
	const struct trace_ring *ring = cursor->ring;

	if (cursor->piece.has_end)
		run_limit(&cursor->run, cursor->piece.end_ticks);
	else if (ring->held_ticks == cursor->run.ticks)
		run_limit(&cursor->run, ring->until_ticks);
}

/*
 * Finds the held events behind the one just taken, and what bounds them. What is wrong with the chunk ends the search, and is reported when
 * the reading gets there. 0, or -ENOMEM.
 */
static int look_ahead(struct cursor *cursor)
{
	uint64_t base = cursor->base_ticks;
	uint64_t header;
	uint32_t events = cursor->events;
	const uint8_t *body;
	const char *wrong;
	int error = 0;

	for (uint32_t at = cursor->at; at < cursor->chunk->words; at += ttf_record_words(header)) {
		error = record_at(cursor, at, &header, &body, &wrong);
		if (error != 0)
			break;
		if (is_ticks(header)) {
			base = ttf_load64(body);
			if (ttf_record_low(header) == TTF_CONTROL_UNTIL) {
				run_limit(&cursor->run, base);
				return 0;
			}
		}
		if (ttf_record_id(header) == 0)
			continue;
		if (events++ == cursor->chunk->events)
			break;
		if (ttf_record_ticks(base, header) != cursor->run.ticks) {
			run_limit(&cursor->run, ttf_record_ticks(base, header));
			return 0;
		}
		cursor->run.count++;
	}
	bound_by_ring(cursor);
	return error == -ENOMEM ? error : 0;
}

/* The event just taken has these ticks. 0, or -ENOMEM. */
static int follow_run(struct cursor *cursor, uint64_t ticks)
{
	if (cursor->run.index < cursor->run.count) {
		cursor->run.index++;
		return 0;
	}
	if (!cursor->trace->clock.is_held) {
		cursor->run.ticks = ticks;
		return 0;
	}
	run_begin(&cursor->run, ticks);
	return look_ahead(cursor);
}

static void report_unknown(const struct cursor *cursor, uint32_t at, uint32_t id)
{
	const struct site *site = sites_find(&cursor->trace->sites, id);
	char what[80];

	if (cursor->trace->damage->is_muted || !sites_first_miss(&cursor->trace->sites, id))
		return;
	snprintf(what, sizeof(what), "is of site %u, %s", id,
		 site == NULL ? "which nothing describes" : "which is of a later version");
	report(cursor, at, what);
}

static void set_time(struct cursor *cursor)
{
	uint64_t ticks = cursor->run.index == 0 ? cursor->run.ticks : run_ticks(&cursor->run);
	uint64_t mono_ns = clock_mono(&cursor->piece, ticks);
	uint64_t real_ns = clock_real(&cursor->trace->clock, &cursor->stretch, mono_ns);

	if (mono_ns > cursor->mono_ns)
		cursor->mono_ns = mono_ns;
	if (real_ns > cursor->time_ns)
		cursor->time_ns = real_ns;
}

/* Whether the event's record at word `at` can be shown; the cursor then stands on it. */
static bool is_shown(struct cursor *cursor, uint32_t at, uint64_t header, const uint8_t *body)
{
	struct site *site = sites_find(&cursor->trace->sites, ttf_record_id(header));
	const char *wrong;

	if (site == NULL || site->is_unknown) {
		report_unknown(cursor, at, ttf_record_id(header));
		cursor->unknown++;
		return false;
	}
	wrong = record_check(site, body, (ttf_record_words(header) - 1) * (size_t)8);
	if (wrong != NULL) {
		report(cursor, at, wrong);
		return false;
	}
	cursor->site = site;
	cursor->body = at + 1;
	cursor->body_words = ttf_record_words(header) - 1;
	cursor->body_at = cursor->held.count == cursor->chunk->words ? body : NULL;
	return true;
}

/*
 * The chunk's words hold another number of events than it counts: one of the two is damaged. What is beyond the smaller may be what an
 * older chunk has left.
 */
static void report_count(const struct cursor *cursor, const char *holds)
{
	const struct chunk *chunk = cursor->chunk;

	if (!chunk->is_cut)
		trace_report(cursor->trace, chunk->home,
			     "thread %u, ring %u, chunk %llu: it counts %u events and holds %s",
			     cursor->ring->ring.tid, chunk->ring, (unsigned long long)chunk->number,
			     chunk->events, holds);
}

/* Takes the event at word `at`. Returns as take_record. */
static int take_event(struct cursor *cursor, uint32_t at, uint64_t header, const uint8_t *body, bool *found)
{
	bool is_sound;
	int error;

	if (cursor->events == cursor->chunk->events) {
		report_count(cursor, "more");
		return -EBADMSG;
	}
	cursor->seq = cursor->chunk->first_seq + cursor->events++;
	is_sound = is_shown(cursor, at, header, body);
	error = follow_run(cursor, ttf_record_ticks(cursor->base_ticks, header));
	*found = is_sound && error == 0;
	if (*found)
		set_time(cursor);
	return error;
}

/* Takes the record at cursor->at. *found says whether it is an event that can be shown. 0; or -errno, and the chunk ends here. */
static int take_record(struct cursor *cursor, bool *found)
{
	uint32_t at = cursor->at;
	const uint8_t *body;
	const char *wrong;
	uint64_t header;
	int error = record_at(cursor, at, &header, &body, &wrong);

	if (wrong != NULL)
		return give_up(cursor, at, wrong);
	if (error != 0)
		return error;
	cursor->at += ttf_record_words(header);
	if (ttf_record_id(header) != 0)
		return take_event(cursor, at, header, body, found);
	if (ttf_record_low(header) == TTF_CONTROL_SYNC)
		cursor->base_ticks = ttf_load64(body);
	return 0;
}

/* Goes to the chunk's next event that can be shown: 0; -ENODATA at the chunk's end; or another -errno, and the rest is given up. */
static int next_in_chunk(struct cursor *cursor)
{
	const struct chunk *chunk = cursor->chunk;
	bool found = false;
	int error = 0;

	while (cursor->at < chunk->words && error == 0) {
		error = take_record(cursor, &found);
		if (found)
			return 0;
	}
	if (error != 0)
		return error;
	if (cursor->events != chunk->events)
		report_count(cursor, "fewer");
	return -ENODATA;
}

void cursor_open(struct cursor *cursor, struct trace *trace, struct trace_ring *ring, uint32_t first,
		 struct chunk_scratch *scratch)
{
	*cursor = (struct cursor){ .trace = trace, .ring = ring, .scratch = scratch, .next = first };
	leave_chunk(cursor);
}

int cursor_advance(struct cursor *cursor)
{
	int error = next_in_chunk(cursor);

	if (error == -ENOMEM)
		return error;
	if (error != 0)
		leave_chunk(cursor);
	return 0;
}

/* Takes the chunk if it was decoded ahead, and sees to those that come next. */
static void go_ahead(struct cursor *cursor)
{
	struct chunk_scratch *scratch = cursor->scratch;
	uint8_t *bytes = ahead_take(scratch->ahead, cursor->chunk, &scratch->held_bytes);

	if (bytes != NULL)
		cursor->held = (struct chunk_words){ .bytes = bytes, .count = cursor->chunk->words };
	if (cursor->begun < cursor->next)
		cursor->begun = cursor->next;
	while (cursor->begun < cursor->ring->chunk_count && cursor->begun < cursor->next + AHEAD_OF_RING &&
	       ahead_begin(scratch->ahead, cursor->trace, chunk_of(cursor, cursor->begun),
			   &scratch->held_bytes))
		cursor->begun++;
}

int cursor_load(struct cursor *cursor)
{
	cursor->chunk = chunk_of(cursor, cursor->next++);
	if (cursor->scratch->ahead != NULL)
		go_ahead(cursor);
	cursor->at = cursor->events = cursor->unknown = 0;
	cursor->base_ticks = cursor->chunk->base_ticks;
	run_begin(&cursor->run, 0);
	cursor->state = CURSOR_READY;
	return cursor_advance(cursor);
}

/* What is read from the file a second time need not be what was checked. */
static int fetch_body(struct cursor *cursor, const uint8_t **body)
{
	/* Its header too, since there may be no word behind the header. */
	int error = words_at(cursor, cursor->body - 1, cursor->body_words + 1, body);
	const char *wrong;

	if (error != 0)
		return error;
	*body += 8;
	wrong = record_check(cursor->site, *body, cursor->body_words * (size_t)8);
	if (wrong == NULL)
		return 0;
	report(cursor, cursor->body - 1, wrong);
	return -EBADMSG;
}

int cursor_event(struct cursor *cursor, struct event *event)
{
	event->body = cursor->body_at;
	if (event->body == NULL) {
		int error = fetch_body(cursor, &event->body);

		if (error != 0)
			return error;
	}
	event->body_bytes = cursor->body_words * 8;
	event->ring = &cursor->ring->ring;
	event->site = cursor->site;
	event->seq = cursor->seq;
	event->real_ns = cursor->time_ns;
	event->is_held = cursor->run.index > 0;
	event->bound_ns = event->is_held ? run_bound_ns(&cursor->run, &cursor->piece, cursor->mono_ns) : 0;
	event->is_decoded = event->is_truncated = false;
	return 0;
}

void cursor_close(struct cursor *cursor)
{
	chunk_words_free(&cursor->held, cursor->scratch);
}
