#include "chunkdata.h"

#include <errno.h>
#include <lz4.h>
#include <stdlib.h>
#include <string.h>

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/crc32.h"
#include "../../format-spec/twin/pack.h"
#include "../../format-spec/twin/snapshot.h"
#include "chunkhead.h"
#include "lz4_block.h"

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

static int decode_packed(const struct chunk *chunk, const uint8_t *data, struct chunk_room *room, uint8_t *to)
{
	uint32_t bytes = packed_bytes(chunk, data);
	uint8_t *packed;
	int error;

	if (bytes == 0)
		return -EBADMSG;
	packed = room_for(bytes, &room->packed, &room->packed_room);
	if (packed == NULL)
		return -ENOMEM;
	error = decode_lz4(data + TTF_PACKED_BLOCK, chunk->stored_bytes - TTF_PACKED_BLOCK, packed, bytes);
	return error != 0 ? error : unpack(packed, bytes, &room->unpack, to, chunk->words);
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
static int read_stored(const struct source *store, const struct chunk *chunk, struct chunk_room *room,
		       const uint8_t **data)
{
	size_t before = chunk->is_unread ? TTF_SECTION_HEADER + TTF_CHUNKS_DATA : 0;
	size_t bytes = before + chunk->stored_bytes;
	uint8_t *stored = room_for(bytes, &room->stored, &room->stored_room);
	int error;

	if (stored == NULL)
		return -ENOMEM;
	error = source_read(store, chunk->offset - before, stored, bytes);
	*data = stored + before;
	if (error == 0 && chunk->is_unread && !is_described(chunk, stored))
		return -EILSEQ;
	return error;
}

int chunkdata_decode(const struct source *store, const struct chunk *chunk, struct chunk_room *room,
		     uint8_t *to)
{
	const uint8_t *data;
	int error = read_stored(store, chunk, room, &data);

	if (error != 0)
		return error;
	switch (chunk->encoding) {
	case TTF_ENCODING_RAW:
		memcpy(to, data, chunk->words * 8u);
		return 0;
	case TTF_ENCODING_PACKED:
		return decode_packed(chunk, data, room, to);
	default:
		return decode_lz4(data, chunk->stored_bytes, to, chunk->words * 8u);
	}
}

void chunk_room_free(struct chunk_room *room)
{
	free(room->stored);
	free(room->packed);
	unpack_room_free(&room->unpack);
	*room = (struct chunk_room){ 0 };
}
