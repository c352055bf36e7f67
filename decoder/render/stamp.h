/*
 * stamp.h - a moment as every output shows it: 2026-11-21T01:02:03.123456789Z
 */
#ifndef TTDECODE_STAMP_H
#define TTDECODE_STAMP_H

#include <stdint.h>

#include "out.h"

#define STAMP_BYTES 30u

/* Writes a CLOCK_REALTIME in ns to STAMP_BYTES of room, and returns their end. Consecutive calls share what their moments have in common. */
char *stamp_write(char *at, uint64_t real_ns);

/* Writes it as a number, to NUMBER_BYTES_MAX of room, and returns its end; the same is true of it. */
char *stamp_write_ns(char *at, uint64_t real_ns);

/* Appends it. */
static inline void stamp_render(struct out *to, uint64_t real_ns)
{
	out_commit(to, stamp_write(out_reserve(to, STAMP_BYTES), real_ns));
}

#endif
