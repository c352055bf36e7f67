/*
 * section.h - what a snapshot's sections hold: their bodies into the trace.
 *
 * A body that does not hold what it says is reported and leaves nothing behind.
 */
#ifndef TTDECODE_SECTION_H
#define TTDECODE_SECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "index.h"
#include "trace.h"
#include "window.h"

/* The reading of one file. */
struct scan {
	struct trace *trace;
	struct window window;
	uint64_t at;	   /* offset of the section that is read */
	uint64_t sections; /* intact headers so far */
	unsigned seen;	   /* a bit for each type of which an intact section was read */
	bool is_over;	   /* bytes after END were reported */
	uint64_t index;	   /* the last INDEX whose header is intact; 0: none */
	uint64_t indexed;  /* where it ends, or the file's header */
};

struct section {
	uint16_t type;
	uint32_t length;
	uint32_t body_crc;
	uint64_t body; /* offset in the file */
};

/* The section that stands intact at `at`, as far as its header says; false: none does, or it reaches past the file's end. */
bool section_at(const struct trace *trace, struct window *window, uint64_t at, struct section *section);

/* Where the next intact header of that type stands from `at` on; the file's end if none does. */
uint64_t section_search(struct window *window, uint64_t at, unsigned type);

/* Its body, if its CRC is right and it can be read; NULL. Valid until the window moves. */
const uint8_t *section_body(struct window *window, const struct section *section);

/* Where what follows it begins. */
uint64_t section_end(const struct section *section);

/* Goes on behind it. */
void section_pass(struct scan *scan, const struct section *section);

/* Takes an intact body, which the window has lent. 0 or -ENOMEM. */
int section_read(struct scan *scan, const struct section *section, const uint8_t *bytes);

/*
 * What the first TTF_CHUNKS_DATA bytes of a CHUNK's body say, which is `length` bytes long. NULL, and the chunk is empty if it has no words; or what is wrong, and its
 * ring is TRACE_LOSS_ANY if that is not known.
 */
const char *section_parse_chunk(const uint8_t *head, uint32_t length, struct chunk *chunk);

/* Whether two say the same of a chunk. */
bool section_is_same_chunk(const struct chunk *a, const struct chunk *b);

/* Takes the entries of a SITES section, each of which has a CRC of its own: the body's need not be right. 0 or -ENOMEM. */
int section_read_sites(struct scan *scan, const struct section *section);

#endif
