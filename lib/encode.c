#include "encode.h"

#include <string.h>

#include "../format-spec/twin/bytes.h"
#include "../format-spec/twin/snapshot.h"

void encode_begin(struct encode *encode, bool is_packing)
{
	encode->is_packing = is_packing;
	memset(encode->lanes, 0, sizeof(encode->lanes));
}

static uint8_t lanes_of(const char *entry)
{
	uint32_t bytes = (uint8_t)entry[TTF_SITE_FLAGS] & TTF_SITE_FLAG_ERRNO ? 4 : 0;
	uint32_t arguments = (uint8_t)entry[TTF_SITE_ARGUMENTS];

	for (uint32_t i = 0; i < arguments && i < TTF_ARGUMENTS_MAX; i++)
		bytes += ttf_type_bytes((uint8_t)entry[TTF_SITE_TYPES + i]);
	return (uint8_t)ttf_lanes(bytes);
}

/* The entries are in memory that the program may have written to by mistake. */
void encode_learn(struct encode *encode, const char *entries, size_t bytes)
{
	while (bytes >= TTF_SITE_STRINGS) {
		uint32_t entry = ttf_load32(entries + TTF_SITE_BYTES);
		uint32_t id = ttf_load32(entries + TTF_SITE_ID);

		if (entry < TTF_SITE_STRINGS || entry > bytes)
			return;
		if (id < ENCODE_SITES_MAX)
			encode->lanes[id] = lanes_of(entries);
		entries += entry;
		bytes -= entry;
	}
}

static size_t compress(struct encode *encode, const void *from, size_t bytes, char *to, size_t room)
{
	int made = LZ4_compress_fast_extState(encode->lz4_state, from, to, (int)bytes, (int)room, 1);

	return made > 0 ? (size_t)made : 0;
}

/* How many bytes the packed and compressed records have; 0: they are nothing that can be packed. */
static size_t pack(struct encode *encode, const uint64_t *records, uint32_t words)
{
	const struct ttf_pack_lanes lanes = { encode->lanes, ENCODE_SITES_MAX };
	size_t packed = ttf_pack(records, words, &lanes, encode->scratch, encode->packed, words * (size_t)8);
	size_t made;

	if (packed == 0)
		return 0;
	ttf_store32(encode->data + TTF_PACKED_BYTES, (uint32_t)packed);
	made = compress(encode, encode->packed, packed, encode->data + TTF_PACKED_BLOCK,
			sizeof(encode->data) - TTF_PACKED_BLOCK);
	return made > 0 ? TTF_PACKED_BLOCK + made : 0;
}

uint32_t encode_chunk(struct encode *encode, const uint64_t *records, uint32_t words, const void **data,
		      size_t *bytes)
{
	uint32_t encoding = TTF_ENCODING_PACKED;

	*data = encode->data;
	*bytes = encode->is_packing ? pack(encode, records, words) : 0;
	if (*bytes == 0) {
		encoding = TTF_ENCODING_LZ4;
		*bytes = compress(encode, records, words * (size_t)8, encode->data, sizeof(encode->data));
	}
	if (*bytes == 0 || *bytes >= words * (size_t)8) {
		encoding = TTF_ENCODING_RAW;
		*data = records;
		*bytes = words * (size_t)8;
	}
	return encoding;
}
