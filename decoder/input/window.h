/*
 * window.h - reads a source mostly forwards in large steps and lends pieces of it.
 *
 * Memory: one step, or the largest piece asked for.
 */
#ifndef TTDECODE_WINDOW_H
#define TTDECODE_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "source.h"

struct window {
	const struct source *source;
	uint8_t *bytes;
	size_t room;
	uint64_t start; /* offset of bytes[0] in the source */
	size_t filled;
};

/* Set `source` and zero the rest to begin. */
#define WINDOW_ON(from) ((struct window){ .source = (from) })

/*
 * `bytes` bytes at `offset`, valid until the next call. NULL if they reach past the source's end, cannot be read
 * or there is no memory for them.
 */
const uint8_t *window_at(struct window *window, uint64_t offset, size_t bytes);

void window_free(struct window *window);

#endif
