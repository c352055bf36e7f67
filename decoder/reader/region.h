/*
 * region.h - reads a black box, of a living or dead process, into a trace: region.md.
 *
 * Of a living process the chunks are copied to a spool at once, newest first, so that what is shown is one moment
 * and not a race with the writers. Of a dead one only their headers are read.
 */
#ifndef TTDECODE_REGION_H
#define TTDECODE_REGION_H

#include <stdbool.h>

#include "trace.h"

/* Whether the file begins as a region, as far as it goes. */
bool region_is(const struct source *source);

/* Whether an intact block stands somewhere in a file that begins differently. Looks at every page that is no hole. */
bool region_is_damaged(const struct source *source);

/* 0, -EBADMSG (refused), -ENOMEM, or what making the spool failed with. Damage is reported and left out. */
int region_read(struct trace *trace);

#endif
