/*
 * snapshot.c - fuzz target: hostile snapshots.
 *
 * The first byte says what the rest is: see enum mode. In all but the first mode the checksums are right, so that what
 * they protect is reached.
 */
#include <stdlib.h>

#include "decode.h"
#include "seal.h"

enum mode {
	AS_IT_IS,
	SEALED,	      /* the file, with its checksums put right */
	PARTS,	      /* sections: seal_snapshot_of */
	PARTS_FITTED, /* and the words of its chunks fit */
	PARTS_LZ4,    /* and they are compressed */
	MODES,
};

static const enum seal_chunks chunks_of[MODES] = {
	[PARTS] = SEAL_CHUNKS_AS_THEY_ARE,
	[PARTS_FITTED] = SEAL_CHUNKS_RAW,
	[PARTS_LZ4] = SEAL_CHUNKS_LZ4,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	enum mode mode = (enum mode)(fuzz_u8(&input) % MODES);
	size_t bytes = input.left;
	uint8_t *file;

	if (mode >= PARTS) {
		file = seal_snapshot_of(input, chunks_of[mode], &bytes);
	} else {
		file = fuzz_exact(input.at, bytes, false);
		if (mode == SEALED)
			seal_snapshot(file, bytes);
	}
	decode_file(file, bytes);
	free(file);
	return 0;
}
