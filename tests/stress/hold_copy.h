/*
 * hold_copy.h - included before the recorder's capture.c: it is held up (hold.h) in the middle of its copies.
 */
#ifndef HOLD_COPY_H
#define HOLD_COPY_H

#include "../../lib/platform/atomic.h"
#include "hold.h"

static inline void hold_copy(uint64_t *to, const uint64_t *from, size_t words)
{
	copy_words(to, from, words / 2);
	hold_in_copy();
	copy_words(to + words / 2, from + words / 2, words - words / 2);
}

#define copy_words hold_copy

#endif
