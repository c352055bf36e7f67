/*
 * encode.h - a chunk's records on their way into a snapshot, packed and compressed (packing.md).
 */
#ifndef TTDECODE_ENCODE_H
#define TTDECODE_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../reader/sites.h"

/* Begin with zeros. */
struct encode {
	bool is_best;	/* as small as it gets: twenty times slower */
	uint8_t *lanes; /* by site */
	uint32_t lane_count;
	uint8_t *memory; /* the rest is in it */
	uint8_t *scratch;
	uint8_t *packed;
	uint8_t *data;
	size_t data_room;
	void *state; /* of the compression */
};

/* 0 or -ENOMEM; encode_free even then. */
int encode_open(struct encode *encode, const struct sites *sites, bool is_best);

/*
 * Encodes `words` x 8 bytes of records, at most TTF_CHUNKS_WORDS_MAX. *data points to *bytes, valid until the next call: in `encode`, or the records
 * themselves. Returns TTF_ENCODING_*.
 */
uint32_t encode_chunk(struct encode *encode, const uint8_t *records, uint32_t words, const uint8_t **data,
		      size_t *bytes);

void encode_free(struct encode *encode);

#endif
