/*
 * index.h - an INDEX section's body: what the sections between the INDEX before it and itself are (snapshot.md, "INDEX").
 */
#ifndef TTDECODE_INDEX_H
#define TTDECODE_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "view.h"

struct index {
	uint64_t previous; /* offset of the INDEX before it; 0: none */
	uint32_t count;
	const uint8_t *entries;
};

struct index_entry {
	uint64_t offset;
	uint32_t type;
	uint32_t length;
	const uint8_t *chunk; /* of a CHUNK: the first TTF_CHUNKS_DATA bytes of its body */
};

/* Whether the body holds the entries that it counts. They point into it. */
bool index_open(struct index *index, struct view body);

struct index_entry index_entry(const struct index *index, uint32_t at);

/* Whether the entries' sections follow each other from the one offset to the other. */
bool index_covers(const struct index *index, uint64_t from, uint64_t to);

#endif
