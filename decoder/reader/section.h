/*
 * section.h - what a snapshot's sections hold: their bodies into the trace.
 *
 * A body that does not hold what it says is reported and leaves nothing behind.
 */
#ifndef TTDECODE_SECTION_H
#define TTDECODE_SECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"
#include "trace.h"
#include "../input/window.h"

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

/* Takes an intact body, which the window has lent. 0 or -ENOMEM. */
int section_read(struct scan *scan, const struct section *section, const uint8_t *bytes);

/* Takes the entries of a SITES section, each of which has a CRC of its own: the body's need not be right. 0 or -ENOMEM. */
int section_read_sites(struct scan *scan, const struct section *section);

/* The scan goes on behind the section. */
void section_pass(struct scan *scan, const struct section *section);

#endif
