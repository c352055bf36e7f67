/*
 * ringblock.h - one ring of a region: its identity and its chunks, found by place or, after damage, by magic.
 */
#ifndef TTDECODE_RINGBLOCK_H
#define TTDECODE_RINGBLOCK_H

#include "trace.h"

/*
 * Reads the ring block of `bytes` bytes at `block` as ring `number`. *end is where the ring's chunks end, as far as
 * that can be told. 0 or -errno as region_read.
 */
int ringblock_read(struct trace *trace, uint32_t number, uint64_t block, uint64_t bytes, uint64_t *end);

/*
 * Salvage: takes the chunk at page `at` into ring `number`, if an acceptable one stands there whose `block` is
 * `block`. *found says whether. 0 or -errno.
 */
int ringblock_salvage(struct trace *trace, uint32_t number, uint64_t block, uint64_t at, bool *found);

/* The `block` of the chunk that stands at page `at`; 0 if none does. */
uint64_t ringblock_of_chunk(const struct trace *trace, uint64_t at);

#endif
