/*
 * stamp.h - a moment as every output shows it: 2026-11-21T01:02:03.123456789Z
 */
#ifndef TTDECODE_STAMP_H
#define TTDECODE_STAMP_H

#include <stdint.h>

#include "out.h"

#define STAMP_BYTES 30u

/* Appends a CLOCK_REALTIME in ns. Consecutive calls within one second share the date's work. */
void stamp_render(struct out *to, uint64_t real_ns);

#endif
