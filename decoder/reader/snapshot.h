/*
 * snapshot.h - reads a snapshot file into a trace: snapshot.md.
 *
 * The sections in file order, or by the file's index. Lazily, the sections of chunks that an index describes are verified only when they are fetched; else
 * every CRC is verified here.
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
int snapshot_read(struct trace *trace, bool is_lazy);

#endif
