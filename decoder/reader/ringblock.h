/*
 * ringblock.h - one ring of a region: its identity and its chunks, found by place or, after damage, by magic.
 */
#ifndef TTDECODE_RINGBLOCK_H
#define TTDECODE_RINGBLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "trace.h"

/* A chunk that is right but stands where it does not belong: its offset in the file, and the block that it names. */
struct stray {
	uint64_t at;
	uint64_t block;
};

/* Begin with zeros; the owner frees `all`. */
struct strays {
	struct stray *all;
	size_t count;
	size_t room;
};

/* Notes one: 0 or -ENOMEM. */
int strays_add(struct strays *strays, struct stray stray);

/* What a ring's chunks must agree with. The fields of the block's header that never change. */
struct ringblock {
	uint64_t at;	      /* where it stands in the file */
	uint64_t block;	      /* its offset in the region, by its own header: elsewhere if pages were moved */
	uint32_t ring;	      /* its number */
	uint32_t chunk_count; /* 0: not known, after damage */
	uint32_t chunk_bytes;
	struct strays *strays; /* where chunks that belong elsewhere are noted; NULL: not wanted */
};

/* Whether a ring block of `bytes` bytes can be cut into such chunks. */
bool ringblock_is_sound(const struct ringblock *from, uint64_t bytes);

/*
 * The length of the ring block at `at` as the ring's own fields give it, if their CRC is right and they can be; else 0. The block's
 * header is not looked at.
 */
uint64_t ringblock_bytes(const struct trace *trace, uint64_t at);

/* Reads identity and chunks of an intact block into the trace's ring. 0; -ENOMEM; or what writing the spool failed with. */
int ringblock_read(struct trace *trace, const struct ringblock *from);

/*
 * Takes the stray chunk at page `at`, which names from->block, if its number is not below `first_number`. One that breaks a rule is
 * reported. Returns as ringblock_read.
 */
int ringblock_salvage(struct trace *trace, const struct ringblock *from, uint64_t first_number, uint64_t at);

/* Whether a chunk that names from->block and can be read stands at page `at`. */
bool ringblock_is_chunk(const struct trace *trace, const struct ringblock *from, uint64_t at);

#endif
