/*
 * sections.h - the frame of a snapshot file: its header, sections with their CRCs, the table of contents.
 *
 * Writes through a buffer of its own to a descriptor. The first error sticks, and later calls do nothing. SIGNAL.
 */
#ifndef TTLOG_SECTIONS_H
#define TTLOG_SECTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "../format-spec/twin/snapshot.h"

#define SECTIONS_BUFFER_BYTES 65536u
#define SECTIONS_CONTENTS_MAX 8192u /* later sections do without an entry */

struct sections {
	int fd;
	int error;	 /* 0 or -errno */
	uint64_t offset; /* in the file */
	uint64_t count;
	uint32_t contents_count;
	size_t buffered;
	char buffer[SECTIONS_BUFFER_BYTES];
	char contents[TTF_END_ENTRIES + SECTIONS_CONTENTS_MAX * TTF_END_ENTRY_BYTES];
};

/* Begins a file at the descriptor's position, which is its start. */
void sections_begin(struct sections *sections, int fd);

/* Adds a section whose body is `head` and `rest` one after the other. `ring`: of a CHUNK, else TTF_END_NO_RING. */
void sections_add(struct sections *sections, uint16_t type, uint32_t ring, const void *head,
		  size_t head_bytes, const void *rest, size_t rest_bytes);

/* Writes out what is buffered: if all ends here, a reader finds every section so far. */
void sections_flush(struct sections *sections);

/* Adds END and writes out what is buffered. Returns the first error. */
int sections_end(struct sections *sections, uint32_t torn);

#endif
