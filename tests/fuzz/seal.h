/*
 * seal.h - makes files whose checksums are right, so that a fuzzer gets past them: by putting them right in a file as it
 * is, or by making the file out of its parts.
 */
#ifndef TT_FUZZ_SEAL_H
#define TT_FUZZ_SEAL_H

#include "fuzz.h"

/* Puts right what checksums there are: the file header's, every section's and, in SITES, every entry's. */
void seal_snapshot(uint8_t *file, size_t bytes);

/* What a region has checksums and copies of. */
enum seal_part {
	SEAL_HEADER = 1,
	SEAL_IDENTITY = 2,
	SEAL_LATEST = 4,
	SEAL_BLOCKS = 8,
	SEAL_RINGS = 16,
	SEAL_CHUNKS = 32,
	SEAL_SITES = 64,
	SEAL_COPIES = 128,
};

/* The same for a region; the parts in `left_alone` stay as they are. */
void seal_region(uint8_t *file, size_t bytes, unsigned left_alone);

enum seal_chunks {
	SEAL_CHUNKS_AS_THEY_ARE,
	SEAL_CHUNKS_RAW, /* the words are as many as the data */
	SEAL_CHUNKS_LZ4, /* and compressed */
};

/*
 * A snapshot out of parts: for each section u8 type, u16 length, body. Header, lengths and checksums are right, and so is an INDEX, but for what its
 * "body" flips: u16 place, u8 bits. The caller frees; *bytes is its length.
 */
uint8_t *seal_snapshot_of(struct fuzz_input parts, enum seal_chunks chunks, size_t *bytes);

/*
 * A region out of what is not zero in it: u8 pages less one; then u16 place in units of 4 bytes, u8 length, bytes. Not
 * sealed. The caller frees.
 */
uint8_t *seal_region_of(struct fuzz_input parts, size_t *bytes);

#endif
