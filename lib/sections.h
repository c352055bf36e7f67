/*
 * sections.h - the frame of a snapshot file: its header, sections with their CRCs, the index.
 *
 * Writes through a buffer of its own to a descriptor. The first error sticks, and later calls do nothing. SIGNAL.
 */
#ifndef TTLOG_SECTIONS_H
#define TTLOG_SECTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "../format-spec/twin/snapshot.h"

#define SECTIONS_BUFFER_BYTES 65536u
#define SECTIONS_INDEX_MAX 1023u /* entries of one INDEX: it fills the buffer */

struct sections {
	int fd;
	int error;	 /* 0 or -errno */
	uint64_t offset; /* in the file */
	uint64_t count;
	uint64_t index_offset; /* of the last INDEX */
	uint32_t index_count;  /* of entries for the next one */
	size_t buffered;
	char buffer[SECTIONS_BUFFER_BYTES];
	char index[TTF_INDEX_ENTRIES + SECTIONS_INDEX_MAX * TTF_INDEX_ENTRY_BYTES];
};

/* Begins a file at the descriptor's position, which is its start. */
void sections_begin(struct sections *sections, int fd);

/* Adds a section whose body is `head` and `rest` one after the other; a CHUNK's head is its first TTF_CHUNKS_DATA bytes. */
void sections_add(struct sections *sections, uint16_t type, const void *head, size_t head_bytes,
		  const void *rest, size_t rest_bytes);

/* Writes out what is buffered: if all ends here, a reader finds every section so far. */
void sections_flush(struct sections *sections);

/* Adds what is left of the index and END, and writes out what is buffered. Returns the first error. */
int sections_end(struct sections *sections, uint32_t torn);

#endif
