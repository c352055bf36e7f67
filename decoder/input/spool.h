/*
 * spool.h - a file without a name that bytes are kept in, to be read in any order.
 *
 * On disk if possible, since the input may be larger than the memory; in memory where no directory can be used. What was never written is
 * zeros, and takes no room.
 */
#ifndef TTDECODE_SPOOL_H
#define TTDECODE_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "source.h"

/* An empty one: 0 or -errno. */
int spool_open(struct source *spool, const char *name);

/* Writes at an offset; the spool ends behind what was written farthest. 0 or -errno. */
int spool_write(struct source *spool, uint64_t offset, const void *from, size_t bytes);

/* Writes at its end: 0 or -errno. */
int spool_append(struct source *spool, const void *from, size_t bytes);

/* Makes it end there, farther on, with zeros. 0 or -errno. */
int spool_extend(struct source *spool, uint64_t bytes);

#endif
