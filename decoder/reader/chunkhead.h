/*
 * chunkhead.h - what a CHUNK section says of its chunk before the data; an INDEX has the same of it.
 */
#ifndef TTDECODE_CHUNKHEAD_H
#define TTDECODE_CHUNKHEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "trace.h"

/*
 * Takes the first TTF_CHUNKS_DATA bytes of the body, which is `length` bytes long in all. NULL, and the chunk is empty if it has no words; or what
 * is wrong, and its ring is TRACE_LOSS_ANY if that is not known. The chunk's places in the file are not touched.
 */
const char *chunkhead_parse(const uint8_t *head, uint32_t length, struct chunk *chunk);

/* Whether two say the same. */
bool chunkhead_is_same(const struct chunk *a, const struct chunk *b);

#endif
