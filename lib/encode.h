/*
 * encode.h - a chunk's records on their way into a snapshot: packed by format-spec/packing.md and compressed, compressed only, or raw.
 * All memory is the caller's. SIGNAL.
 */
#ifndef TTLOG_ENCODE_H
#define TTLOG_ENCODE_H

#include <lz4.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../format-spec/twin/pack.h"
#include "config.h"

#define ENCODE_SITES_MAX 65536u /* records of sites with higher ids are packed less well */

struct encode {
	bool is_packing;
	uint8_t lanes[ENCODE_SITES_MAX]; /* by site */
	_Alignas(8) char lz4_state[sizeof(LZ4_stream_t)];
	_Alignas(8) char scratch[TTF_PACK_SCRATCH_BYTES(CONFIG_CHUNK_BYTES / 8)];
	char packed[CONFIG_CHUNK_BYTES];
	char data[TTF_PACKED_BLOCK + LZ4_COMPRESSBOUND(CONFIG_CHUNK_BYTES)];
};

/* What is known of sites is forgotten. Without packing less code runs, and it is LZ4's. */
void encode_begin(struct encode *encode, bool is_packing);

/* Learns the layout of records from `bytes` bytes of sites' entries. */
void encode_learn(struct encode *encode, const char *entries, size_t bytes);

/*
 * Encodes `words` of records, at most a chunk's. *data points to *bytes, valid until the next call: in `encode`, or the records themselves.
 * Returns TTF_ENCODING_*.
 */
uint32_t encode_chunk(struct encode *encode, const uint64_t *records, uint32_t words, const void **data,
		      size_t *bytes);

#endif
