/*
 * chunk.h - a chunk's records: fetched from the file, decoded, and verified to be the ones that were indexed.
 */
#ifndef TTDECODE_CHUNK_H
#define TTDECODE_CHUNK_H

#include <stddef.h>
#include <stdint.h>

#include "trace.h"

/* Buffers that are used again and again. Begin with zeros. */
struct chunk_scratch {
	uint8_t *bytes;
	size_t room;
};

/* Whether the encoded data of a chunk decode to its words, without decoding them: NULL, or what is wrong. */
const char *chunk_check(const struct chunk *chunk, const uint8_t *data);

/*
 * The records of a chunk of the index, words x 8 bytes that the caller frees, in *records. 0; -ESTALE if its
 * process has recycled it in the meantime (counted as torn); -ENOMEM; or -errno after a report of damage.
 */
int chunk_load(struct trace *trace, const struct chunk *chunk, struct chunk_scratch *scratch,
	       uint8_t **records);

void chunk_scratch_free(struct chunk_scratch *scratch);

#endif
