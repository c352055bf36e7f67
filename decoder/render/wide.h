/*
 * wide.h - wide strings (little-endian 32-bit units) as UTF-8.
 *
 * What is no Unicode scalar value becomes U+FFFD.
 */
#ifndef TTDECODE_WIDE_H
#define TTDECODE_WIDE_H

#include <stdint.h>

#include "../reader/event.h"
#include "out.h"

/* Writes one character, 1 to 4 bytes; returns how many. */
unsigned wide_encode(char *at, uint32_t unit);

/* Cuts the units to those that need at most `limit` bytes of UTF-8, and says how many they need. */
size_t wide_fit(struct text *units, size_t limit);

void wide_render(struct out *to, struct text units);

#endif
