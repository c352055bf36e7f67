#include "ringblock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../format-spec/twin/bytes.h"
#include "protocol.h"

/* How often a ring is copied anew because it got another thread meanwhile. */
#define TRIES 8

/* What a ring's chunks must agree with. */
struct geometry {
	uint64_t block;
	uint64_t first_number;
	uint32_t number;      /* of the ring */
	uint32_t chunk_count; /* 0: not known */
	uint32_t chunk_bytes;
};

/* A chunk's place and number, to copy the newest first. */
struct place {
	uint64_t offset;
	uint64_t number;
};

#define report(trace, offset, ...) damage_report((trace)->damage, (trace)->source.name, (offset), __VA_ARGS__)

static uint64_t load_at(const uint8_t *header, size_t offset)
{
	return ttf_load64(header + offset);
}

/* The rules of "accepted", but for the number's lower limit: NULL, or what is wrong. */
static const char *check_header(const struct geometry *geometry, uint64_t at, const uint8_t *header,
				uint64_t state)
{
	uint64_t number = load_at(header, TTF_CHUNK_NUMBER);

	if (load_at(header, TTF_CHUNK_MAGIC) != ttf_magic(TTF_CHUNK_MAGIC_MASKED))
		return "its magic is damaged";
	if (load_at(header, TTF_CHUNK_BLOCK) != geometry->block)
		return "it names another ring's block";
	if ((uint32_t)number != ttf_state_generation(state) || number == 0)
		return "its number is not that of its generation";
	if (geometry->chunk_count > 0 &&
	    at != geometry->block + TTF_RING_CHUNKS +
			    number % geometry->chunk_count * (uint64_t)geometry->chunk_bytes)
		return "its number belongs elsewhere";
	if (TTF_CHUNK_RECORDS + ttf_state_words(state) * 8u > geometry->chunk_bytes)
		return "it has more words than room";
	return NULL;
}

/*
 * Looks at the chunk at `at`: 1 and *header and *state if it is accepted, 0 if there is nothing, or damage that has been
 * reported, or -errno.
 */
static int look(struct trace *trace, const struct geometry *geometry, uint64_t at, uint8_t *header,
		uint64_t *state)
{
	int error = protocol_header(&trace->source, at, header, state);
	const char *wrong;

	if (error == -ESTALE) {
		trace->torn++;
		return 0;
	}
	if (error != 0) {
		report(trace, at, "a chunk of ring %u: %s", geometry->number,
		       error == -ENODATA ? "it lies past the end of the file" : strerror(-error));
		return 0;
	}
	if (ttf_state_words(*state) == 0)
		return 0;
	wrong = check_header(geometry, at, header, *state);
	if (wrong == NULL && at + TTF_CHUNK_RECORDS + ttf_state_words(*state) * 8u > trace->source.bytes)
		wrong = "it reaches past the end of the file";
	if (wrong != NULL) {
		report(trace, at, "chunk %llu of ring %u: %s",
		       (unsigned long long)load_at(header, TTF_CHUNK_NUMBER), geometry->number, wrong);
		return 0;
	}
	return load_at(header, TTF_CHUNK_NUMBER) >= geometry->first_number;
}

/* Copies an accepted chunk to the spool; chunk->offset is then there. *is_kept: whether it was still there to be copied. */
static int copy_to_spool(struct trace *trace, struct chunk *chunk, bool *is_kept)
{
	uint8_t *records = malloc(chunk->stored_bytes);
	int error;

	if (records == NULL)
		return -ENOMEM;
	error = protocol_copy(&trace->source, chunk->offset, (uint32_t)chunk->number, records, chunk->words);
	*is_kept = error == 0;
	if (error == -ESTALE)
		trace->torn++;
	else if (error != 0)
		report(trace, chunk->home, "a chunk of ring %u: %s", chunk->ring, strerror(-error));
	chunk->offset = trace->spool.bytes;
	chunk->is_in_place = false;
	error = *is_kept ? source_append(&trace->spool, records, chunk->stored_bytes) : 0;
	free(records);
	return error;
}

/* Adds an accepted chunk to the index. 0 or -errno. */
static int take(struct trace *trace, const struct geometry *geometry, uint64_t at, const uint8_t *header,
		uint64_t state)
{
	struct chunk chunk = {
		.offset = at,
		.home = at,
		.number = load_at(header, TTF_CHUNK_NUMBER),
		.first_seq = load_at(header, TTF_CHUNK_FIRST_SEQ),
		.base_ticks = load_at(header, TTF_CHUNK_BASE_TICKS),
		.base_ns = load_at(header, TTF_CHUNK_BASE_NS),
		.ring = geometry->number,
		.words = (uint16_t)ttf_state_words(state),
		.stored_bytes = ttf_state_words(state) * 8u,
		.events = ttf_state_events(state),
		.encoding = TTF_ENCODING_RAW,
		.is_in_place = true,
	};
	bool is_kept = true;
	int error = trace->info.is_alive ? copy_to_spool(trace, &chunk, &is_kept) : 0;

	return error == 0 && is_kept ? trace_add_chunk(trace, &chunk) : error;
}

static int newest_first(const void *left, const void *right)
{
	const struct place *a = left;
	const struct place *b = right;

	return a->number > b->number ? -1 : a->number < b->number;
}

/* Which chunks there are, newest first. Returns how many. */
static int survey(struct trace *trace, const struct geometry *geometry, struct place *places)
{
	int count = 0;

	for (uint32_t i = 0; i < geometry->chunk_count; i++) {
		uint64_t at = geometry->block + TTF_RING_CHUNKS + i * (uint64_t)geometry->chunk_bytes;
		uint8_t header[TTF_CHUNK_RECORDS];
		uint64_t state;

		if (at >= trace->source.bytes) {
			report(trace, trace->source.bytes, "ring %u reaches past the end of the file",
			       geometry->number);
			break;
		}
		if (look(trace, geometry, at, header, &state) > 0)
			places[count++] = (struct place){ at, load_at(header, TTF_CHUNK_NUMBER) };
	}
	qsort(places, (size_t)count, sizeof(*places), newest_first);
	return count;
}

/*
 * Newest first, and every chunk is looked at anew: the older ones are complete by then, so a living writer leaves no hole
 * between two chunks. One that was recycled since the survey is torn.
 */
static int take_place(struct trace *trace, const struct geometry *geometry, const struct place *place)
{
	uint8_t header[TTF_CHUNK_RECORDS];
	uint64_t state;
	int error = protocol_header(&trace->source, place->offset, header, &state);

	if (error == -ESTALE || (error == 0 && load_at(header, TTF_CHUNK_NUMBER) != place->number))
		trace->torn++;
	else if (error != 0)
		report(trace, place->offset, "a chunk of ring %u: %s", geometry->number, strerror(-error));
	else if (ttf_state_words(state) > 0)
		return take(trace, geometry, place->offset, header, state);
	return 0;
}

static int take_by_place(struct trace *trace, const struct geometry *geometry)
{
	struct place *places = malloc(geometry->chunk_count * sizeof(*places));
	int error = -ENOMEM;

	if (places != NULL) {
		int count = survey(trace, geometry, places);

		error = 0;
		for (int i = 0; i < count && error == 0; i++)
			error = take_place(trace, geometry, &places[i]);
	}
	free(places);
	return error;
}

uint64_t ringblock_of_chunk(const struct trace *trace, uint64_t at)
{
	uint8_t header[TTF_CHUNK_RECORDS];

	if (source_read(&trace->source, at, header, sizeof(header)) != 0 ||
	    load_at(header, TTF_CHUNK_MAGIC) != ttf_magic(TTF_CHUNK_MAGIC_MASKED))
		return 0;
	return load_at(header, TTF_CHUNK_BLOCK);
}

static uint32_t likely_chunk_bytes(const struct trace *trace)
{
	return trace->info.chunk_bytes != 0 ? trace->info.chunk_bytes : TTF_CHUNK_BYTES_MAX;
}

int ringblock_salvage(struct trace *trace, uint32_t number, uint64_t block, uint64_t at, bool *found)
{
	struct geometry geometry = { .block = block,
				     .number = number,
				     .chunk_bytes = likely_chunk_bytes(trace) };
	uint8_t header[TTF_CHUNK_RECORDS];
	uint64_t state;

	*found = ringblock_of_chunk(trace, at) == block && look(trace, &geometry, at, header, &state) > 0;
	return *found ? take(trace, &geometry, at, header, state) : 0;
}

/* All chunks of a block whose ring header says nothing usable about their places. */
static int take_by_magic(struct trace *trace, uint32_t number, uint64_t block, uint64_t end)
{
	for (uint64_t at = block + TTF_RING_CHUNKS; at < end; at += TTF_PAGE) {
		bool found;
		int error;

		at = source_next_data(&trace->source, at) & ~(uint64_t)(TTF_PAGE - 1);
		if (at >= end)
			break;
		error = ringblock_salvage(trace, number, block, at, &found);
		if (error != 0)
			return error;
	}
	return 0;
}

static void describe(struct trace *trace, struct trace_ring *ring, uint64_t block, const uint8_t *header)
{
	const char *name = (const char *)header + TTF_RING_NAME;
	uint32_t kind = ttf_load32(header + TTF_RING_KIND);

	ring->is_described = true;
	ring->use = ttf_load32(header + TTF_RING_USE);
	ring->start_ns = load_at(header, TTF_RING_START);
	ring->end_ns = load_at(header, TTF_RING_END);
	ring->ring.tid = ttf_load32(header + TTF_RING_TID);
	ring->ring.serial = load_at(header, TTF_RING_SERIAL);
	ring->ring.is_nested = kind == TTF_RING_NESTED;
	ring->ring.name = trace_keep_text(trace, (struct text){ name, strnlen(name, TTF_RING_NAME_BYTES) });
	for (unsigned i = 0; i < TTF_DROP_CAUSES; i++)
		ring->dropped[i] = load_at(header, TTF_RING_DROPPED + 8 * i);
	if (ring->use > TTF_RING_USE_EXITED || kind > TTF_RING_NESTED)
		report(trace, block + TTF_RING_USE, "ring %u: its use or kind is damaged", ring->ring.index);
}

static bool is_geometry(const struct geometry *geometry, uint64_t bytes)
{
	uint32_t chunk_bytes = geometry->chunk_bytes;

	return geometry->chunk_count >= TTF_RING_CHUNKS_MIN && geometry->chunk_count <= TTF_RING_CHUNKS_MAX &&
	       chunk_bytes >= TTF_CHUNK_BYTES_MIN && chunk_bytes <= TTF_CHUNK_BYTES_MAX &&
	       (chunk_bytes & (chunk_bytes - 1)) == 0 &&
	       TTF_RING_CHUNKS + geometry->chunk_count * (uint64_t)chunk_bytes <= bytes;
}

/* The identity: offsets 32 to 192, at their places in a block header. 0, or -EAGAIN as protocol_versioned, or -errno. */
static int read_identity(const struct trace *trace, uint64_t block, uint8_t *header, uint64_t *version)
{
	/* A4, A5: partners R5, R4. */
	return protocol_versioned(&trace->source, block + TTF_RING_VERSION, 4, block + TTF_RING_VERSION,
				  header + TTF_RING_VERSION, TTF_RING_IDENTITY_END - TTF_RING_VERSION,
				  version);
}

/* One reading of identity and chunks. 1 if another thread got the ring meanwhile, else as ringblock_read. */
static int read_once(struct trace *trace, struct trace_ring *ring, uint64_t block, uint64_t bytes,
		     uint64_t *end)
{
	uint8_t header[TTF_RING_IDENTITY_END] = { 0 };
	struct geometry geometry = { .block = block, .number = ring->ring.index };
	uint64_t version;
	uint64_t version_after;
	int unsettled = read_identity(trace, block, header, &version);
	int error;

	if (unsettled == -ENODATA) {
		report(trace, block, "ring %u: its header is cut short", ring->ring.index);
		return 0;
	}
	if (unsettled != 0)
		report(trace, block + TTF_RING_VERSION, "ring %u: its header was being changed",
		       ring->ring.index);
	describe(trace, ring, block, header);
	geometry.first_number = load_at(header, TTF_RING_FIRST_NUMBER);
	geometry.chunk_count = ttf_load32(header + TTF_RING_CHUNK_COUNT);
	geometry.chunk_bytes = ttf_load32(header + TTF_RING_CHUNK_BYTES);
	if (!is_geometry(&geometry, bytes)) {
		report(trace, block + TTF_RING_CHUNK_COUNT, "ring %u: its header is damaged",
		       ring->ring.index);
		return take_by_magic(trace, ring->ring.index, block, *end);
	}
	*end = block + TTF_RING_CHUNKS + geometry.chunk_count * (uint64_t)geometry.chunk_bytes;
	error = take_by_place(trace, &geometry);
	if (error != 0 || unsettled != 0)
		return error;
	/* A5 once more: the chunks are that thread's only if the ring did not change hands while they were copied. */
	error = read_identity(trace, block, header, &version_after);
	return error == -EAGAIN || (error == 0 && version_after != version) ? 1 : 0;
}

int ringblock_read(struct trace *trace, uint32_t number, uint64_t block, uint64_t bytes, uint64_t *end)
{
	struct trace_ring *ring = trace_ring(trace, number);
	size_t chunks_before = trace->chunk_count;
	int result = 1;

	if (ring == NULL)
		return -ENOMEM;
	*end = block + bytes;
	for (int i = 0; i < TRIES && result == 1; i++) {
		trace->chunk_count = chunks_before;
		result = read_once(trace, ring, block, bytes, end);
	}
	return result < 0 ? result : 0;
}
