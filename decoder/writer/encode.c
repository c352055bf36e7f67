#include "encode.h"

#include <errno.h>
#include <lz4.h>
#include <lz4hc.h>
#include <stdlib.h>

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/pack.h"
#include "../../format-spec/twin/snapshot.h"

#define RECORDS_MAX (TTF_CHUNKS_WORDS_MAX * 8)

static size_t aligned(size_t bytes)
{
	return (bytes + 15) & ~(size_t)15;
}

/* The lanes of the fixed part of each site's records; sites that nobody knows have none. */
static int learn(struct encode *encode, const struct sites *sites)
{
	encode->lane_count = sites->room;
	encode->lanes = calloc(sites->room + 1, 1);
	if (encode->lanes == NULL)
		return -ENOMEM;
	for (uint32_t id = 0; id < sites->room; id++) {
		const struct site *site = sites_find(sites, id);

		if (site != NULL && !site->is_unknown)
			encode->lanes[id] = (uint8_t)ttf_lanes(site->fixed_bytes);
	}
	return 0;
}

int encode_open(struct encode *encode, const struct sites *sites, bool is_best)
{
	size_t state_bytes = aligned((size_t)(is_best ? LZ4_sizeofStateHC() : LZ4_sizeofState()));
	size_t scratch_bytes = aligned(TTF_PACK_SCRATCH_BYTES(TTF_CHUNKS_WORDS_MAX));

	encode->is_best = is_best;
	encode->data_room = TTF_PACKED_BLOCK + LZ4_COMPRESSBOUND(RECORDS_MAX);
	encode->memory = malloc(state_bytes + scratch_bytes + aligned(RECORDS_MAX) + encode->data_room);
	if (encode->memory == NULL)
		return -ENOMEM;
	encode->state = encode->memory;
	encode->scratch = encode->memory + state_bytes;
	encode->packed = encode->scratch + scratch_bytes;
	encode->data = encode->packed + aligned(RECORDS_MAX);
	return learn(encode, sites);
}

/* Returns how many bytes it makes; 0: it does not fit. */
static size_t compress(struct encode *encode, const uint8_t *from, size_t bytes, uint8_t *to, size_t room)
{
	int made = encode->is_best ? LZ4_compress_HC_extStateHC(encode->state, (const char *)from, (char *)to,
								(int)bytes, (int)room, LZ4HC_CLEVEL_MAX)
				   : LZ4_compress_fast_extState(encode->state, (const char *)from, (char *)to,
								(int)bytes, (int)room, 1);

	return made > 0 ? (size_t)made : 0;
}

/* Returns how many bytes the packed and compressed records have; 0: they are nothing that can be packed. */
static size_t pack(struct encode *encode, const uint8_t *records, uint32_t words)
{
	const struct ttf_pack_lanes lanes = { encode->lanes, encode->lane_count };
	size_t packed = ttf_pack(records, words, &lanes, encode->scratch, encode->packed, words * (size_t)8);
	size_t made;

	if (packed == 0)
		return 0;
	ttf_store32(encode->data + TTF_PACKED_BYTES, (uint32_t)packed);
	made = compress(encode, encode->packed, packed, encode->data + TTF_PACKED_BLOCK,
			encode->data_room - TTF_PACKED_BLOCK);
	return made > 0 ? TTF_PACKED_BLOCK + made : 0;
}

uint32_t encode_chunk(struct encode *encode, const uint8_t *records, uint32_t words, const uint8_t **data,
		      size_t *bytes)
{
	uint32_t encoding = TTF_ENCODING_PACKED;

	*data = encode->data;
	*bytes = pack(encode, records, words);
	if (*bytes == 0) {
		encoding = TTF_ENCODING_LZ4;
		*bytes = compress(encode, records, words * (size_t)8, encode->data, encode->data_room);
	}
	if (*bytes == 0 || *bytes >= words * (size_t)8) {
		encoding = TTF_ENCODING_RAW;
		*data = records;
		*bytes = words * (size_t)8;
	}
	return encoding;
}

void encode_free(struct encode *encode)
{
	free(encode->lanes);
	free(encode->memory);
	*encode = (struct encode){ 0 };
}
