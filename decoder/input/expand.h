/*
 * expand.h - compressed bytes as they were: zstd and lz4 behind one face.
 */
#ifndef TTDECODE_EXPAND_H
#define TTDECODE_EXPAND_H

#include <stddef.h>
#include <stdint.h>

/* A way of compression. */
struct expander {
	/* A state: 0, -ENOMEM, or -ENOPKG without the library. */
	int (*open)(void **state);
	/*
	 * Goes on: takes of *from_bytes and gives of *to_bytes, and sets both to what was taken and given. 0; 1 at the end of a frame, behind which
	 * another one may begin; or -EBADMSG.
	 */
	int (*run)(void *state, const uint8_t *from, size_t *from_bytes, uint8_t *to, size_t *to_bytes);
	void (*close)(void *state);
};

/* The one for bytes that begin like this; NULL: they are not compressed. */
const struct expander *expander_of(const uint8_t *bytes, size_t count);

#endif
