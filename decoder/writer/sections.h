/*
 * sections.h - a snapshot file's frame: its header, sections with their CRCs, the index (snapshot.md).
 */
#ifndef TTDECODE_SECTIONS_H
#define TTDECODE_SECTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "../../format-spec/twin/snapshot.h"
#include "../render/out.h"

#define SECTIONS_INDEX_MAX 1023u /* entries of one INDEX */

struct sections {
	struct out *to;
	uint64_t offset; /* in the file */
	uint64_t count;
	uint64_t index;	      /* offset of the last INDEX; 0: none */
	uint32_t index_count; /* of entries for the next one */
	uint8_t entries[TTF_INDEX_ENTRIES + SECTIONS_INDEX_MAX * TTF_INDEX_ENTRY_BYTES];
};

/* Begins a file. What goes wrong shows in to->error. */
void sections_begin(struct sections *sections, struct out *to, uint64_t file_id);

/* Adds a section whose body is `head` and `rest`, one after the other; a CHUNK's head is its first TTF_CHUNKS_DATA bytes. */
void sections_add(struct sections *sections, unsigned type, const void *head, size_t head_bytes,
		  const void *rest, size_t rest_bytes);

/* Adds what is left of the index, and END. */
void sections_end(struct sections *sections, uint32_t torn);

#endif
