#include "window.h"

#include <errno.h>
#include <stdlib.h>

#define STEP_BYTES ((size_t)262144)

static int make_room(struct window *window, size_t bytes)
{
	uint8_t *larger;

	if (bytes <= window->room)
		return 0;
	larger = realloc(window->bytes, bytes);
	if (larger == NULL)
		return -1;
	window->bytes = larger;
	window->room = bytes;
	return 0;
}

/* Reads `bytes` at `offset`, and what follows of one step. */
static const uint8_t *fill(struct window *window, uint64_t offset, size_t bytes)
{
	uint64_t left = window->source->bytes - offset;
	size_t step = bytes > STEP_BYTES ? bytes : STEP_BYTES;

	if (step > left)
		step = (size_t)left;
	window->filled = 0;
	if (make_room(window, step) != 0) {
		source_fail(window->source, -ENOMEM);
		return NULL;
	}
	if (source_read(window->source, offset, window->bytes, step) != 0) {
		/* A bad place behind the piece must not cost the piece. */
		step = bytes;
		if (source_read(window->source, offset, window->bytes, step) != 0)
			return NULL;
	}
	window->start = offset;
	window->filled = step;
	return window->bytes;
}

const uint8_t *window_at(struct window *window, uint64_t offset, size_t bytes)
{
	uint64_t size = window->source->bytes;

	if (offset > size || bytes > size - offset)
		return NULL;
	if (offset >= window->start && offset - window->start <= window->filled &&
	    bytes <= window->filled - (size_t)(offset - window->start))
		return window->bytes + (offset - window->start);
	return fill(window, offset, bytes);
}

void window_free(struct window *window)
{
	free(window->bytes);
	*window = WINDOW_ON(window->source);
}
