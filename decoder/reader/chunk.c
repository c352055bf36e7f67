#include "chunk.h"

#include <errno.h>
#include <limits.h>
#include <lz4.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lz4_block.h"
#include "protocol.h"

static uint8_t *stored_of(struct chunk_scratch *scratch, size_t bytes)
{
	uint8_t *larger;

	if (bytes <= scratch->stored_room)
		return scratch->stored;
	larger = realloc(scratch->stored, bytes);
	if (larger == NULL)
		return NULL;
	scratch->stored = larger;
	scratch->stored_room = bytes;
	return larger;
}

const char *chunk_check(const struct chunk *chunk, const uint8_t *data)
{
	switch (chunk->encoding) {
	case TTF_ENCODING_RAW:
		return chunk->stored_bytes == chunk->words * 8u ? NULL : "its length does not fit its words";
	case TTF_ENCODING_LZ4:
		return lz4_block_is_sound(data, chunk->stored_bytes, chunk->words * 8u)
			       ? NULL
			       : "its compressed data are damaged";
	default:
		return "an encoding of a later version";
	}
}

static int fetch_lz4(const struct trace *trace, const struct chunk *chunk, struct chunk_scratch *scratch,
		     uint8_t *to)
{
	uint8_t *stored = stored_of(scratch, chunk->stored_bytes);
	int wanted = chunk->words * 8;
	int error;

	if (stored == NULL)
		return -ENOMEM;
	error = source_read(trace_store(trace), chunk->offset, stored, chunk->stored_bytes);
	if (error != 0)
		return error;
	/* The encoded length is at most a section's, which an int holds. */
	if (LZ4_decompress_safe((const char *)stored, (char *)to, (int)chunk->stored_bytes, wanted) != wanted)
		return -EBADMSG;
	return 0;
}

/* Decodes the whole chunk. */
static int decode(struct trace *trace, const struct chunk *chunk, struct chunk_scratch *scratch, uint8_t *to)
{
	if (chunk->is_in_place)
		return protocol_copy(&trace->source, chunk->offset, chunk->generation, to, chunk->words);
	if (chunk->encoding == TTF_ENCODING_LZ4)
		return fetch_lz4(trace, chunk, scratch, to);
	return source_read(trace_store(trace), chunk->offset, to, chunk->words * 8u);
}

static int load(struct trace *trace, const struct chunk *chunk, struct chunk_scratch *scratch, uint8_t *to)
{
	int error = decode(trace, chunk, scratch, to);

	if (error == -ESTALE)
		trace->torn++;
	else if (error != 0 && error != -ENOMEM)
		/* The scan has verified the bytes: they changed, or the disk fails. */
		trace_report(trace, chunk->home, "chunk %llu of ring %u: cannot be read again: %s",
			     (unsigned long long)chunk->number, chunk->ring, strerror(-error));
	return error;
}

/* Makes room for so many words from `from` on. */
static int hold(struct chunk_words *words, struct chunk_scratch *scratch, uint32_t from, uint32_t count)
{
	chunk_words_free(words, scratch);
	words->bytes = malloc(count * (size_t)8);
	if (words->bytes == NULL)
		return -ENOMEM;
	words->from = from;
	words->count = count;
	scratch->held_bytes += count * (size_t)8;
	return 0;
}

static int fetch_whole(struct trace *trace, const struct chunk *chunk, struct chunk_scratch *scratch,
		       struct chunk_words *words)
{
	int error = hold(words, scratch, 0, chunk->words);

	if (error == 0)
		error = load(trace, chunk, scratch, words->bytes);
	if (error != 0)
		chunk_words_free(words, scratch);
	return error;
}

/* Of a record longer than a slice nothing is held: it is read where it was decoded. */
static int fetch_slice(struct trace *trace, const struct chunk *chunk, struct chunk_scratch *scratch,
		       struct chunk_words *words, uint32_t from, uint32_t count, const uint8_t **at)
{
	uint32_t left = chunk->words - from;
	uint32_t slice = left < CHUNK_SLICE_WORDS ? left : CHUNK_SLICE_WORDS;
	int error;

	if (scratch->decoded == NULL)
		scratch->decoded = malloc(UINT16_MAX * (size_t)8);
	if (scratch->decoded == NULL)
		return -ENOMEM;
	error = load(trace, chunk, scratch, scratch->decoded);
	if (error != 0)
		return error;
	*at = scratch->decoded + from * (size_t)8;
	if (count > slice)
		return 0;
	error = hold(words, scratch, from, slice);
	if (error == 0) {
		memcpy(words->bytes, *at, slice * (size_t)8);
		*at = words->bytes;
	}
	return error;
}

int chunk_fetch(struct trace *trace, const struct chunk *chunk, struct chunk_scratch *scratch,
		struct chunk_words *words, uint32_t from, uint32_t count, const uint8_t **at)
{
	int error;

	if (scratch->held_bytes + chunk->words * (size_t)8 > CHUNK_HELD_MAX)
		return fetch_slice(trace, chunk, scratch, words, from, count, at);
	error = fetch_whole(trace, chunk, scratch, words);
	if (error == 0)
		*at = words->bytes + from * (size_t)8;
	return error;
}

void chunk_words_free(struct chunk_words *words, struct chunk_scratch *scratch)
{
	scratch->held_bytes -= words->count * (size_t)8;
	free(words->bytes);
	*words = (struct chunk_words){ 0 };
}

void chunk_scratch_free(struct chunk_scratch *scratch)
{
	free(scratch->stored);
	free(scratch->decoded);
	*scratch = (struct chunk_scratch){ 0 };
}
