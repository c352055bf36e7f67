#include "chunk.h"

#include <errno.h>
#include <limits.h>
#include <lz4.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/crc32.h"
#include "../../format-spec/twin/pack.h"
#include "chunkhead.h"
#include "lz4_block.h"
#include "protocol.h"

/* Memory for `bytes` bytes, which may be none, and which grows as they do; NULL: there is none. */
static uint8_t *room_for(size_t bytes, uint8_t **room, size_t *room_bytes)
{
	uint8_t *larger;

	if (*room != NULL && bytes <= *room_bytes)
		return *room;
	larger = realloc(*room, bytes + 1);
	if (larger == NULL)
		return NULL;
	*room = larger;
	*room_bytes = bytes;
	return larger;
}

static int decoded_of(struct chunk_scratch *scratch)
{
	if (scratch->decoded == NULL)
		scratch->decoded = calloc(1, UINT16_MAX * (size_t)8 + BODY_SLACK);
	return scratch->decoded != NULL ? 0 : -ENOMEM;
}

/* The size of the packed form that encoded data decode to; 0: they are damaged. It is never larger than the records. */
static uint32_t packed_bytes(const struct chunk *chunk, const uint8_t *data)
{
	uint32_t bytes;

	if (chunk->stored_bytes < TTF_PACKED_BLOCK)
		return 0;
	bytes = ttf_load32(data + TTF_PACKED_BYTES);
	return bytes <= chunk->words * 8u ? bytes : 0;
}

/* The encoded length is at most a section's, which an int holds. */
static int decode_lz4(const uint8_t *block, size_t bytes, uint8_t *to, uint32_t wanted)
{
	if (!lz4_block_is_sound(block, bytes, wanted) ||
	    LZ4_decompress_safe((const char *)block, (char *)to, (int)bytes, (int)wanted) != (int)wanted)
		return -EBADMSG;
	return 0;
}

static int decode_packed(const struct chunk *chunk, const uint8_t *data, struct chunk_scratch *scratch,
			 uint8_t *to)
{
	uint32_t bytes = packed_bytes(chunk, data);
	uint8_t *packed;
	int error;

	if (bytes == 0)
		return -EBADMSG;
	packed = room_for(bytes, &scratch->packed, &scratch->packed_room);
	if (packed == NULL)
		return -ENOMEM;
	error = decode_lz4(data + TTF_PACKED_BLOCK, chunk->stored_bytes - TTF_PACKED_BLOCK, packed, bytes);
	return error != 0 ? error : unpack(packed, bytes, &scratch->unpack, to, chunk->words);
}

/* Whether these bytes are the section that the INDEX describes. */
static bool is_described(const struct chunk *chunk, const uint8_t *section)
{
	const uint8_t *body = section + TTF_SECTION_HEADER;
	uint32_t length = TTF_CHUNKS_DATA + chunk->stored_bytes;
	struct chunk said = { 0 };

	return ttf_load64(section + TTF_SECTION_MARKER) == TTF_SECTION_MARKER_VALUE &&
	       ttf_load32(section + TTF_SECTION_HEADER_CRC) ==
		       ttf_crc32(0, section, TTF_SECTION_HEADER_CRC) &&
	       ttf_load16(section + TTF_SECTION_TYPE) == TTF_SECTION_CHUNK &&
	       ttf_load32(section + TTF_SECTION_LENGTH) == length &&
	       ttf_load32(section + TTF_SECTION_BODY_CRC) == ttf_crc32(0, body, length) &&
	       chunkhead_parse(body, length, &said) == NULL && chunkhead_is_same(chunk, &said);
}

/* The encoded data of a chunk: *data lasts until the next call. */
static int read_stored(const struct trace *trace, const struct chunk *chunk, struct chunk_scratch *scratch,
		       const uint8_t **data)
{
	size_t before = chunk->is_unread ? TTF_SECTION_HEADER + TTF_CHUNKS_DATA : 0;
	size_t bytes = before + chunk->stored_bytes;
	uint8_t *stored = room_for(bytes, &scratch->stored, &scratch->stored_room);
	int error;

	if (stored == NULL)
		return -ENOMEM;
	error = source_read(trace_store(trace), chunk->offset - before, stored, bytes);
	*data = stored + before;
	if (error == 0 && chunk->is_unread && !is_described(chunk, stored))
		return -EILSEQ;
	return error;
}

/* Reads the encoded data and decodes them. */
static int fetch_encoded(const struct trace *trace, const struct chunk *chunk, struct chunk_scratch *scratch,
			 uint8_t *to)
{
	const uint8_t *data;
	int error = read_stored(trace, chunk, scratch, &data);

	if (error != 0)
		return error;
	switch (chunk->encoding) {
	case TTF_ENCODING_RAW:
		memcpy(to, data, chunk->words * 8u);
		return 0;
	case TTF_ENCODING_PACKED:
		return decode_packed(chunk, data, scratch, to);
	default:
		return decode_lz4(data, chunk->stored_bytes, to, chunk->words * 8u);
	}
}

/* Decodes the whole chunk. -EILSEQ: its section is damaged. */
static int decode(struct trace *trace, const struct chunk *chunk, struct chunk_scratch *scratch, uint8_t *to)
{
	if (chunk->is_lost)
		return -EILSEQ;
	if (chunk->is_in_place)
		return protocol_copy(&trace->source, chunk->offset, chunk->generation, to, chunk->words);
	if (chunk->encoding == TTF_ENCODING_RAW && !chunk->is_unread)
		return source_read(trace_store(trace), chunk->offset, to, chunk->words * 8u);
	return fetch_encoded(trace, chunk, scratch, to);
}

static void report(struct trace *trace, const struct chunk *chunk, int error)
{
	if (error == -EBADMSG)
		trace_report(trace, chunk->home, "ring %u, chunk %llu: its %s data are damaged", chunk->ring,
			     (unsigned long long)chunk->number,
			     chunk->encoding == TTF_ENCODING_PACKED ? "packed" : "compressed");
	else if (error == -EILSEQ)
		trace_report(trace, chunk->home, "ring %u, chunk %llu: is not what the INDEX section says",
			     chunk->ring, (unsigned long long)chunk->number);
	else
		/* The scan has read the bytes: the file is another one now, or the disk fails. */
		trace_report(trace, chunk->home, "chunk %llu of ring %u: cannot be read again: %s",
			     (unsigned long long)chunk->number, chunk->ring, strerror(-error));
}

static int load(struct trace *trace, const struct chunk *chunk, struct chunk_scratch *scratch, uint8_t *to)
{
	int error = decode(trace, chunk, scratch, to);

	if (error == -ESTALE)
		trace->torn++;
	else if (error != 0 && error != -ENOMEM && !chunk->is_lost)
		report(trace, chunk, error);
	return error;
}

/* Makes room for so many words from `from` on. */
static int hold(struct chunk_words *words, struct chunk_scratch *scratch, uint32_t from, uint32_t count)
{
	chunk_words_free(words, scratch);
	words->bytes = malloc(count * (size_t)8 + BODY_SLACK);
	if (words->bytes == NULL)
		return -ENOMEM;
	memset(words->bytes + count * (size_t)8, 0, BODY_SLACK);
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
	int error = decoded_of(scratch);

	if (error != 0)
		return error;
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
	free(scratch->packed);
	free(scratch->decoded);
	unpack_room_free(&scratch->unpack);
	*scratch = (struct chunk_scratch){ 0 };
}
