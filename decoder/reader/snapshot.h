/*
 * snapshot.h - reads a snapshot file into a trace: snapshot.md.
 *
 * One pass over the sections, in file order, with every CRC verified. The table of contents is not needed.
 */
#ifndef TTDECODE_SNAPSHOT_H
#define TTDECODE_SNAPSHOT_H

#include <stdbool.h>

#include "trace.h"

/* Whether the file begins as a snapshot. */
bool snapshot_is(const struct source *source);

/* Whether an intact section stands somewhere in a file that begins differently. Reads up to the whole file. */
bool snapshot_is_damaged(const struct source *source);

/* 0, -EBADMSG (refused), -ENOMEM. Damage is reported and left out. */
int snapshot_read(struct trace *trace);

#endif
