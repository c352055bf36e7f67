/*
 * pack.h - the packed form of a chunk's records: the C twin of packing.md. The recorder packs what it writes, the decoder what it
 * writes anew.
 * Pure: all memory is the caller's; any context.
 */
#ifndef TTF_PACK_H
#define TTF_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "record.h"

/* Before the LZ4 block. */
#define TTF_PACKED_BYTES 0
#define TTF_PACKED_BLOCK 4

/* The packed form: two counts, the shapes, the columns. */
#define TTF_PACKED_RECORDS 0
#define TTF_PACKED_SHAPES 4
#define TTF_PACKED_SHAPE 8 /* the first */
#define TTF_PACKED_SHAPE_BYTES 4
#define TTF_PACKED_LANES_MASK 0xfffu
#define TTF_PACKED_ID_SHIFT 12

/* A column's first byte. */
#define TTF_COLUMN_WIDTH 7u
#define TTF_COLUMN_WIDTH_MAX 4u
#define TTF_COLUMN_MODE_SHIFT 3
#define TTF_COLUMN_MODE_MASK 3u
#define TTF_COLUMN_RESERVED 0xe0u

enum ttf_column {
	TTF_COLUMN_PLAIN,
	TTF_COLUMN_RISING,
	TTF_COLUMN_ZIGZAG,
	TTF_COLUMN_CONSTANT,
};

static inline uint32_t ttf_zigzag(uint32_t difference)
{
	return difference << 1 ^ (0u - (difference >> 31));
}

static inline uint32_t ttf_unzigzag(uint32_t value)
{
	return value >> 1 ^ (0u - (value & 1));
}

/* How many lanes the fixed part of a site's records makes. */
static inline uint32_t ttf_lanes(uint32_t fixed_bytes)
{
	return (fixed_bytes + 3) / 4;
}

#define TTF_LANES_MAX ((TTF_ARGUMENTS_MAX * 16 + 4) / 4)

/* Lanes by site: `of[id]` for each id below `count`; the others' records go without. At most TTF_LANES_MAX each. */
struct ttf_pack_lanes {
	const uint8_t *of;
	uint32_t count;
};

#define TTF_PACK_SHAPES_MAX 512u /* a chunk of more different sites is not packed */
#define TTF_PACK_SLOTS 1024u

/* Aligned as a uint32_t. */
#define TTF_PACK_SCRATCH_BYTES(words_max)                                                                    \
	(TTF_PACK_SHAPES_MAX * 16u + TTF_PACK_SLOTS * 2u + (size_t)(words_max)*16u)

/*
 * Packs `words` x 8 bytes of records to `to`. `scratch` is TTF_PACK_SCRATCH_BYTES of `words` or more. Returns how many bytes it makes; 0
 * if that is more than `room`, the records are not whole, or are shorter than their lanes.
 * Cost: some 5 ns for each word.
 */
size_t ttf_pack(const void *records, uint32_t words, const struct ttf_pack_lanes *lanes, void *scratch,
		void *to, size_t room);

#endif
