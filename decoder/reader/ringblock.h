/*
 * ringblock.h - one ring of a region: its identity and its chunks, found by place or, after damage, by magic.
 */
#ifndef TTDECODE_RINGBLOCK_H
#define TTDECODE_RINGBLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "trace.h"

/* What a ring's chunks must agree with. The fields of the block's header that never change. */
struct ringblock {
	uint64_t block;	      /* its offset in the region */
	uint32_t ring;	      /* its number */
	uint32_t chunk_count; /* 0: not known, after damage */
	uint32_t chunk_bytes;
};

/* Whether a ring block of `bytes` bytes can be cut into such chunks. */
bool ringblock_is_sound(const struct ringblock *from, uint64_t bytes);

/* Reads identity and chunks of an intact block into the trace's ring. 0; -ENOMEM; or what writing the spool failed with. */
int ringblock_read(struct trace *trace, const struct ringblock *from);

/* Takes the chunk at page `at`, which names from->block. One that breaks a rule is reported. Returns as ringblock_read. */
int ringblock_salvage(struct trace *trace, const struct ringblock *from, uint64_t at);

/* Whether a chunk that can be salvaged for that ring stands at page `at`. */
bool ringblock_is_chunk(const struct trace *trace, const struct ringblock *from, uint64_t at);

#endif
