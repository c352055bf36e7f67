#include "ringblock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../format-spec/twin/bytes.h"
#include "../input/spool.h"
#include "protocol.h"

/* How often a ring is copied anew because it got another thread meanwhile, or its thread went all around it. */
#define TRIES 8

/* A chunk's place and number, to copy the newest first. */
struct place {
	uint64_t offset;
	uint64_t number;
};

static uint64_t load_at(const uint8_t *header, size_t offset)
{
	return ttf_load64(header + offset);
}

bool ringblock_is_sound(const struct ringblock *from, uint64_t bytes)
{
	uint32_t chunk_bytes = from->chunk_bytes;

	return from->chunk_count >= TTF_RING_CHUNKS_MIN && from->chunk_count <= TTF_RING_CHUNKS_MAX &&
	       chunk_bytes >= TTF_CHUNK_BYTES_MIN && chunk_bytes <= TTF_CHUNK_BYTES_MAX &&
	       (chunk_bytes & (chunk_bytes - 1)) == 0 &&
	       TTF_RING_CHUNKS + from->chunk_count * (uint64_t)chunk_bytes == bytes;
}

static uint64_t place_of(const struct ringblock *from, uint64_t number)
{
	return from->at + TTF_RING_CHUNKS + number % from->chunk_count * from->chunk_bytes;
}

int strays_add(struct strays *strays, struct stray stray)
{
	if (strays->count == strays->room) {
		size_t room = strays->room * 2 + 64;
		struct stray *larger = reallocarray(strays->all, room, sizeof(*larger));

		if (larger == NULL)
			return -ENOMEM;
		strays->all = larger;
		strays->room = room;
	}
	strays->all[strays->count++] = stray;
	return 0;
}

/* Whether the chunk's header can be believed: NULL, or what is wrong. The state is no part of it. */
static const char *check_header(const uint8_t *header)
{
	if (load_at(header, TTF_CHUNK_MAGIC) != ttf_magic(TTF_CHUNK_MAGIC_MASKED))
		return "its magic is damaged";
	if (ttf_load32(header + TTF_CHUNK_CRC) != ttf_chunk_crc(header))
		return "its header is damaged: wrong CRC";
	return load_at(header, TTF_CHUNK_NUMBER) != 0 ? NULL : "its number is 0";
}

/* Whether a chunk of a right header is this ring's and at its place: NULL, or what is wrong. */
static const char *check_place(const struct ringblock *from, uint64_t at, const uint8_t *header)
{
	if (load_at(header, TTF_CHUNK_BLOCK) != from->block)
		return "it is another ring's";
	if (from->chunk_count > 0 && at != place_of(from, load_at(header, TTF_CHUNK_NUMBER)))
		return "its number belongs elsewhere";
	return NULL;
}

/* Whether exactly so many events stand in exactly the words at `at`: then both numbers are right. Without memory the reading fails. */
static bool holds_events(const struct trace *trace, uint64_t at, uint32_t words, uint32_t events)
{
	uint8_t *records = malloc(words * (size_t)8);
	bool is_so = records != NULL &&
		     source_read(&trace->source, at + TTF_CHUNK_RECORDS, records, words * (size_t)8) == 0;
	uint32_t next = 0;

	if (records == NULL)
		source_fail(&trace->source, -ENOMEM);
	while (is_so && next < words) {
		uint64_t header = ttf_load64(records + next * (size_t)8);

		is_so = ttf_record_words(header) > 0 && (ttf_record_id(header) == 0 || events-- > 0);
		next += ttf_record_words(header);
	}
	free(records);
	return is_so && next == words && events == 0;
}

/*
 * Whether the state of a chunk whose header is right can be used; if not, *wrong says why. Damaged it can be used, too, and *wrong is set:
 * of another generation if its counts are right, with too many words up to the number of its events.
 */
static bool is_usable(const struct trace *trace, const struct ringblock *from, uint64_t at,
		      const uint8_t *header, uint64_t state, const char **wrong)
{
	bool has_room = TTF_CHUNK_RECORDS + ttf_state_words(state) * 8u <= from->chunk_bytes;

	if ((uint32_t)load_at(header, TTF_CHUNK_NUMBER) == ttf_state_generation(state)) {
		*wrong = has_room ? NULL : "it has more words than room";
		return true;
	}
	*wrong = "its number is not that of its generation";
	return has_room && !trace->info.is_alive &&
	       holds_events(trace, at, ttf_state_words(state), ttf_state_events(state));
}

/* Notes a chunk that cannot be read. Its number is believed if its header is right, or if it is one of its place. */
static void lose(struct trace *trace, const struct ringblock *from, uint64_t at, const uint8_t *header,
		 bool is_right)
{
	uint64_t number = load_at(header, TTF_CHUNK_NUMBER);
	bool is_of_place = from->chunk_count > 0 && at == place_of(from, number);

	trace_lose(trace, (struct trace_loss){ .offset = at,
					       .ring = from->ring,
					       .number = is_right || is_of_place ? number : 0,
					       .is_claimed = !is_right });
}

/* A chunk that may be another ring's. False: there is no memory for it, which fails the reading. */
static bool note_stray(struct trace *trace, const struct ringblock *from, uint64_t at, const uint8_t *header)
{
	int error = strays_add(from->strays, (struct stray){ at, load_at(header, TTF_CHUNK_BLOCK) });

	if (error != 0)
		source_fail(&trace->source, error);
	return error == 0;
}

/* Whether a chunk that can be read stands at `at`; *header and *state are then its. Damage is reported. */
static bool look(struct trace *trace, const struct ringblock *from, uint64_t first_number, uint64_t at,
		 uint8_t *header, uint64_t *state)
{
	int error = protocol_header(&trace->source, at, header, state);
	const char *wrong;
	bool is_read;
	bool is_right;
	bool is_stray = false;

	if (error == -ENODATA)
		return false; /* past the end of the file: that was reported */
	if (error == -ESTALE) {
		trace->torn++;
		return false;
	}
	if (error != 0) {
		trace_report(trace, at, "ring %u, a chunk: %s", from->ring, strerror(-error));
		return false;
	}
	if (ttf_state_words(*state) == 0)
		return false;
	wrong = check_header(header);
	is_right = wrong == NULL;
	if (is_right) {
		wrong = check_place(from, at, header);
		is_stray = wrong != NULL && from->strays != NULL && note_stray(trace, from, at, header);
	}
	is_read = wrong == NULL;
	if (is_read && load_at(header, TTF_CHUNK_NUMBER) < first_number)
		return false;
	if (is_read)
		is_read = is_usable(trace, from, at, header, *state, &wrong);
	if (wrong != NULL)
		trace_report(trace, at, "ring %u, chunk %llu: %s", from->ring,
			     (unsigned long long)load_at(header, TTF_CHUNK_NUMBER), wrong);
	if (!is_read && !is_stray)
		lose(trace, from, at, header, is_right);
	return is_read;
}

/* The words of a chunk that the file holds: fewer than were committed where it was cut short. */
static uint16_t words_in_file(struct trace *trace, uint64_t at, uint32_t committed)
{
	uint64_t left = (trace->source.bytes - at - TTF_CHUNK_RECORDS) / 8;

	if (left >= committed)
		return (uint16_t)committed;
	trace_report(trace, at, "a chunk is cut short: %llu of its %u words are there",
		     (unsigned long long)left, committed);
	return (uint16_t)left;
}

/* Copies an accepted chunk to the spool; chunk->offset is then there. *is_kept: whether it was still there to be copied. */
static int copy_to_spool(struct trace *trace, struct chunk *chunk, bool *is_kept)
{
	uint8_t *records = malloc(chunk->stored_bytes);
	int error;

	if (records == NULL)
		return -ENOMEM;
	error = protocol_copy(&trace->source, chunk->offset, chunk->generation, records, chunk->words);
	*is_kept = error == 0;
	if (error == -ESTALE)
		trace->torn++;
	else if (error != 0)
		trace_report(trace, chunk->home, "a chunk of ring %u: %s", chunk->ring, strerror(-error));
	chunk->offset = trace->spool.bytes;
	chunk->is_in_place = false;
	error = *is_kept ? spool_append(&trace->spool, records, chunk->stored_bytes) : 0;
	free(records);
	return error;
}

/* Adds a chunk that can be read to the index. 0 or -errno. */
static int take(struct trace *trace, const struct ringblock *from, uint64_t at, const uint8_t *header,
		uint64_t state, bool is_stray)
{
	uint32_t room = (from->chunk_bytes - TTF_CHUNK_RECORDS) / 8;
	uint32_t committed = ttf_state_words(state);
	uint16_t words = words_in_file(trace, at, committed < room ? committed : room);
	struct chunk chunk = {
		.offset = at,
		.home = at,
		.number = load_at(header, TTF_CHUNK_NUMBER),
		.first_seq = load_at(header, TTF_CHUNK_FIRST_SEQ),
		.base_ticks = load_at(header, TTF_CHUNK_BASE_TICKS),
		.base_ns = load_at(header, TTF_CHUNK_BASE_NS),
		.ring = from->ring,
		.generation = ttf_state_generation(state),
		.words = words,
		.stored_bytes = words * 8u,
		.events = ttf_state_events(state),
		.encoding = TTF_ENCODING_RAW,
		.is_cut = words < committed,
		.is_in_place = true,
		.is_stray = is_stray,
	};
	bool is_kept = words > 0;
	int error = 0;

	if (!is_kept)
		trace_lose(trace, (struct trace_loss){ .offset = at,
						       .ring = from->ring,
						       .number = chunk.number,
						       .events = chunk.events,
						       .is_cut = true });
	if (trace->info.is_alive && is_kept)
		error = copy_to_spool(trace, &chunk, &is_kept);
	return error == 0 && is_kept ? trace_add_chunk(trace, &chunk) : error;
}

static int newest_first(const void *left, const void *right)
{
	const struct place *a = left;
	const struct place *b = right;

	return a->number > b->number ? -1 : a->number < b->number;
}

/* Which accepted chunks there are, newest first. Returns how many. */
static uint32_t survey(struct trace *trace, const struct ringblock *from, uint64_t first_number,
		       struct place *places)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < from->chunk_count; i++) {
		uint64_t at = place_of(from, i);
		uint8_t header[TTF_CHUNK_RECORDS];
		uint64_t state;

		if (look(trace, from, first_number, at, header, &state))
			places[count++] = (struct place){ at, load_at(header, TTF_CHUNK_NUMBER) };
	}
	qsort(places, count, sizeof(*places), newest_first);
	return count;
}

/*
 * Looks at a chunk of the survey anew. Newest first: the older ones are complete by then, so that a living writer leaves
 * no hole between two chunks. One that was recycled since the survey is torn.
 */
static int take_place(struct trace *trace, const struct ringblock *from, const struct place *place)
{
	uint8_t header[TTF_CHUNK_RECORDS];
	uint64_t state;
	int error = protocol_header(&trace->source, place->offset, header, &state);

	if (error == -ESTALE || (error == 0 && load_at(header, TTF_CHUNK_NUMBER) != place->number))
		trace->torn++;
	else if (error != 0)
		trace_report(trace, place->offset, "ring %u, a chunk: %s", from->ring, strerror(-error));
	else if (ttf_state_words(state) > 0)
		return take(trace, from, place->offset, header, state, false);
	return 0;
}

/*
 * The survey goes over a living ring while its writer does: it can meet a chunk that follows one which it had passed too early. So of
 * a jump in the numbers the missing ones are looked for once more at their places; they are complete by now.
 */
static int take_missed(struct trace *trace, const struct ringblock *from, uint64_t newer, uint64_t older)
{
	int error = 0;

	for (uint64_t number = newer - 1; number > older && newer - number < from->chunk_count && error == 0;
	     number--) {
		struct place place = { place_of(from, number), number };
		uint8_t header[TTF_CHUNK_RECORDS];
		uint64_t state;

		if (place.offset < trace->source.bytes &&
		    protocol_header(&trace->source, place.offset, header, &state) == 0 &&
		    load_at(header, TTF_CHUNK_NUMBER) == number &&
		    ttf_state_generation(state) == (uint32_t)number && check_header(header) == NULL &&
		    check_place(from, place.offset, header) == NULL)
			error = take_place(trace, from, &place);
	}
	return error;
}

static int take_chunks(struct trace *trace, const struct ringblock *from, uint64_t first_number)
{
	struct place *places = malloc(from->chunk_count * sizeof(*places));
	int error = -ENOMEM;

	if (places != NULL) {
		uint32_t count = survey(trace, from, first_number, places);

		error = 0;
		for (uint32_t i = 0; i < count && error == 0; i++) {
			if (i > 0)
				error = take_missed(trace, from, places[i - 1].number, places[i].number);
			if (error == 0)
				error = take_place(trace, from, &places[i]);
		}
	}
	free(places);
	return error;
}

int ringblock_salvage(struct trace *trace, const struct ringblock *from, uint64_t first_number, uint64_t at)
{
	uint8_t header[TTF_CHUNK_RECORDS];
	uint64_t state;

	return look(trace, from, first_number, at, header, &state)
		       ? take(trace, from, at, header, state, true)
		       : 0;
}

bool ringblock_is_chunk(const struct trace *trace, const struct ringblock *from, uint64_t at)
{
	uint8_t header[TTF_CHUNK_RECORDS];
	uint64_t state;
	const char *wrong;

	return protocol_header(&trace->source, at, header, &state) == 0 && check_header(header) == NULL &&
	       is_usable(trace, from, at, header, state, &wrong);
}

uint64_t ringblock_bytes(const struct trace *trace, uint64_t at)
{
	uint8_t header[TTF_RING_IDENTITY_END];
	struct ringblock ring;
	uint64_t bytes;

	source_read(&trace->source, at, header, sizeof(header));
	if (ttf_load32(header + TTF_RING_IDENTITY_CRC) != ttf_ring_crc(header))
		return 0;
	ring.chunk_count = ttf_load32(header + TTF_RING_CHUNK_COUNT);
	ring.chunk_bytes = ttf_load32(header + TTF_RING_CHUNK_BYTES);
	bytes = TTF_RING_CHUNKS + ring.chunk_count * (uint64_t)ring.chunk_bytes;
	return ringblock_is_sound(&ring, bytes) ? bytes : 0;
}

static void describe(struct trace *trace, struct trace_ring *ring, const uint8_t *header)
{
	const char *name = (const char *)header + TTF_RING_NAME;

	ring->use = ttf_load32(header + TTF_RING_USE);
	ring->start_ns = load_at(header, TTF_RING_START);
	ring->end_ns = load_at(header, TTF_RING_END);
	ring->ring.tid = ttf_load32(header + TTF_RING_TID);
	ring->ring.serial = load_at(header, TTF_RING_SERIAL);
	ring->ring.is_nested = ttf_load32(header + TTF_RING_KIND) == TTF_RING_NESTED;
	ring->ring.name = trace_keep_text(trace, (struct text){ name, strnlen(name, TTF_RING_NAME_BYTES) });
	for (unsigned i = 0; i < TTF_DROP_CAUSES; i++)
		ring->dropped[i] = load_at(header, TTF_RING_DROPPED + 8 * i);
}

/* The identity: offsets 32 to 192, at their places in a block header. 0, or -EAGAIN as protocol_versioned, or -errno. */
static int read_identity(const struct trace *trace, uint64_t block, uint8_t *header, uint64_t *version)
{
	/* A4, A5: partners R5, R4. */
	return protocol_versioned(&trace->source, block + TTF_RING_VERSION, 4, block + TTF_RING_VERSION,
				  header + TTF_RING_VERSION, TTF_RING_IDENTITY_END - TTF_RING_VERSION,
				  version);
}

/* Which events of the ring were bounded from outside. Whatever else changes meanwhile, a pair that fits its run's ticks is right. */
static void read_until(const struct trace *trace, const struct ringblock *from, struct trace_ring *ring)
{
	uint8_t pair[16];

	if (source_read(&trace->source, from->at + TTF_RING_HELD, pair, sizeof(pair)) != 0)
		return;
	ring->held_ticks = load_at(pair, 0);
	ring->until_ticks = load_at(pair, TTF_RING_UNTIL - TTF_RING_HELD);
}

/*
 * Its thread has gone all around the ring while we copied: nothing of it is there. A copy is much shorter than a round, so that happens only to whoever was kept
 * from running meanwhile.
 */
static bool is_overtaken(const struct trace *trace, size_t chunks_before, uint64_t torn_before)
{
	return trace->chunk_count == chunks_before && trace->torn > torn_before;
}

/* One reading of identity and chunks. 1 if it has to be done anew, else as ringblock_read. */
static int read_once(struct trace *trace, const struct ringblock *from, struct trace_ring *ring)
{
	uint8_t header[TTF_RING_IDENTITY_END] = { 0 };
	size_t chunks_before = trace->chunk_count;
	uint64_t torn_before = trace->torn;
	uint64_t version;
	uint64_t version_after;
	int unsettled = read_identity(trace, from->at, header, &version);
	bool is_known = true;
	int error;

	if (unsettled != 0) {
		trace_report(trace, from->at, "ring %u: its header was being changed", from->ring);
	} else if (ttf_load32(header + TTF_RING_IDENTITY_CRC) != ttf_ring_crc(header)) {
		trace_report(trace, from->at, "ring %u: its thread is not known: wrong CRC", from->ring);
		memset(header, 0, sizeof(header));
		is_known = false;
	}
	describe(trace, ring, header);
	read_until(trace, from, ring);
	ring->is_described = is_known;
	ring->first_number = load_at(header, TTF_RING_FIRST_NUMBER);
	error = take_chunks(trace, from, ring->first_number);
	if (error != 0 || unsettled != 0)
		return error;
	/* A5 once more: the chunks are that thread's only if the ring did not change hands while they were copied. */
	error = read_identity(trace, from->at, header, &version_after);
	return error == -EAGAIN || (error == 0 && version_after != version) ||
			       is_overtaken(trace, chunks_before, torn_before)
		       ? 1
		       : 0;
}

int ringblock_read(struct trace *trace, const struct ringblock *from)
{
	struct trace_ring *ring = trace_ring(trace, from->ring);
	size_t chunks_before = trace->chunk_count;
	size_t strays_before = from->strays != NULL ? from->strays->count : 0;
	uint64_t torn_before = trace->torn;
	int result = 1;

	if (ring == NULL)
		return -ENOMEM;
	for (int i = 0; i < TRIES && result == 1; i++) {
		trace->chunk_count = chunks_before;
		trace->torn = torn_before;
		if (from->strays != NULL)
			from->strays->count = strays_before;
		result = read_once(trace, from, ring);
	}
	return result < 0 ? result : 0;
}
