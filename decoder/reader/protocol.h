/*
 * protocol.h - reads from a region that its process may be writing: region.md, "The chunk protocol".
 *
 * The region is read by system calls, so an acquire load is a read followed by an acquire fence: what later reads
 * copy is no older. Labels are those of region.md.
 */
#ifndef TTDECODE_PROTOCOL_H
#define TTDECODE_PROTOCOL_H

#include <stdint.h>

#include "../input/source.h"

/* Loads a word that is stored atomically, with acquire: repeats until two loads agree. 0; or -errno, and then *value is 0. */
int protocol_load(const struct source *region, uint64_t offset, uint64_t *value);

/*
 * Copies the first `words` committed words of the chunk at `chunk`, if it is still of that generation at the end:
 * 0, -ESTALE if not (torn), or -errno.
 */
int protocol_copy(const struct source *region, uint64_t chunk, uint32_t generation, uint8_t *to,
		  uint32_t words);

/* Copies the chunk's header of 64 bytes; *state is the one it belongs to. 0, -ESTALE if it was recycled, -errno. */
int protocol_header(const struct source *region, uint64_t chunk, uint8_t *to, uint64_t *state);

/*
 * Copies `bytes` bytes at `from` that change only while the word at `version` is odd. With 32-bit versions
 * `version_bytes` is 4, else 8. *version_seen is the version of the copy. 0; -EAGAIN if it stayed odd or kept changing:
 * then the bytes are as they were found; or -errno.
 */
int protocol_versioned(const struct source *region, uint64_t version, unsigned version_bytes, uint64_t from,
		       uint8_t *to, uint32_t bytes, uint64_t *version_seen);

#endif
