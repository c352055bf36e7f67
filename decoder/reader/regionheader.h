/*
 * regionheader.h - the first page of a region, or what the copies in its rings' headers save of it: region.md, "Header".
 */
#ifndef TTDECODE_REGIONHEADER_H
#define TTDECODE_REGIONHEADER_H

#include <stdbool.h>

#include "trace.h"

/* Whether the file begins as a region, as far as it goes. */
bool regionheader_is(const struct source *source);

/* The page from `at` (a multiple of a page) on that is in no hole; past the end if there is none. */
uint64_t regionheader_next_page(const struct source *source, uint64_t at);

/* Fills in process, clock and counters. 0, -EBADMSG (refused) or -ENOMEM. Damage is reported and left out. */
int regionheader_read(struct trace *trace);

#endif
