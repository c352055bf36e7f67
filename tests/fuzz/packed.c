/*
 * packed.c - fuzz target: packed forms, by which a chunk's records are rebuilt (format-spec/packing.md).
 *
 * The input is how many words the chunk has, then a packed form. What can be unpacked is packed again, without lanes and with those that the
 * input has, and unpacked again: the same records.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../decoder/reader/unpack.h"
#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/pack.h"
#include "fuzz.h"

#define WORDS_MAX 2048u
#define IDS 1024u

static _Alignas(8) char scratch[TTF_PACK_SCRATCH_BYTES(WORDS_MAX)];

/* Packs with these lanes, and unpacks what comes out. */
static void go_round(const uint8_t *records, uint32_t words, const uint8_t *lanes_of)
{
	const struct ttf_pack_lanes lanes = { lanes_of, IDS };
	struct unpack_room room = { 0 };
	uint8_t *packed = malloc(words * (size_t)8);
	uint8_t *again = malloc(words * (size_t)8);
	size_t bytes;

	fuzz_require(packed != NULL && again != NULL, "there is memory");
	bytes = ttf_pack(records, words, &lanes, scratch, packed, words * (size_t)8);
	if (bytes > 0) {
		fuzz_require(unpack(packed, bytes, &room, again, words) == 0,
			     "what was packed can be unpacked");
		fuzz_require(memcmp(records, again, words * (size_t)8) == 0,
			     "what was packed is the same again");
	}
	unpack_room_free(&room);
	free(again);
	free(packed);
}

/* As many lanes as the packed form gives the sites that it names. */
static void take_lanes(const uint8_t *packed, size_t bytes, uint8_t *lanes_of)
{
	uint32_t shapes = ttf_load32(packed + TTF_PACKED_SHAPES);

	for (uint32_t i = 0;
	     i < shapes && TTF_PACKED_SHAPE + (i + 1) * (size_t)TTF_PACKED_SHAPE_BYTES <= bytes; i++) {
		uint32_t word = ttf_load32(packed + TTF_PACKED_SHAPE + i * (size_t)TTF_PACKED_SHAPE_BYTES);
		uint32_t lanes = word & TTF_PACKED_LANES_MASK;

		if (word >> TTF_PACKED_ID_SHIFT < IDS && lanes <= TTF_LANES_MAX)
			lanes_of[word >> TTF_PACKED_ID_SHIFT] = (uint8_t)lanes;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	uint32_t words = fuzz_u16(&input) % WORDS_MAX + 1;
	uint8_t *packed = fuzz_exact(input.at, input.left, false);
	uint8_t *records = malloc(words * (size_t)8);
	uint8_t lanes_of[IDS] = { 0 };
	struct unpack_room room = { 0 };
	int error;

	fuzz_require(records != NULL, "there is memory");
	error = unpack(packed, input.left, &room, records, words);
	fuzz_require(error == 0 || error == -EBADMSG, "there is memory, or the bytes are damaged");
	if (error == 0) {
		go_round(records, words, lanes_of);
		take_lanes(packed, input.left, lanes_of);
		go_round(records, words, lanes_of);
	}
	unpack_room_free(&room);
	free(records);
	free(packed);
	return 0;
}
