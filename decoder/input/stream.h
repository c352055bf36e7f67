/*
 * stream.h - the bytes of a descriptor from the first to the last, decompressed if they are compressed.
 *
 * Frames of zstd and lz4 are known by their first bytes. The library of zstd is loaded when it is needed, and need not be there.
 */
#ifndef TTDECODE_STREAM_H
#define TTDECODE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest that can be looked at ahead. */
#define STREAM_AHEAD_MAX 64u

struct stream;

/* Who is told how far the reading is: of `all` bytes of the descriptor `done` were read; 0: it is not known how many there are. */
struct stream_watch {
	void (*show)(void *user, uint64_t done, uint64_t all);
	void *user;
};

/*
 * Begins at the descriptor's position; the descriptor stays the caller's, and so does the watch, which may be NULL. 0; -ENOMEM; -ENOPKG if the bytes are compressed by what no library
 * is there for; or -errno of a read.
 */
int stream_open(struct stream **stream, int fd, const struct stream_watch *watch);

/* Whether bytes that begin like this are compressed. */
bool stream_is_compressed(const uint8_t *bytes, size_t count);

/* The next `bytes` <= STREAM_AHEAD_MAX bytes, or fewer at the end, which stay the next ones. Returns how many, or -errno as stream_read. */
ptrdiff_t stream_look(struct stream *stream, void *to, size_t bytes);

/* Reads `bytes` bytes, or fewer at the end: how many; -errno, -EBADMSG where compressed data are damaged, -ENODATA where they are cut short. */
ptrdiff_t stream_read(struct stream *stream, void *to, size_t bytes);

/* Passes over `bytes` bytes: 0, -ENODATA if the end comes first, or -errno as stream_read. */
int stream_skip(struct stream *stream, uint64_t bytes);

/* How many of the next `most` bytes are known to be zeros, without reading them: holes of a file. */
uint64_t stream_hole(struct stream *stream, uint64_t most);

/* How many bytes were read or passed. */
uint64_t stream_at(const struct stream *stream);

/* Whether so many bytes, which are no zeros, are more than an honest file of what was read so far expands to. */
bool stream_is_bomb(const struct stream *stream, uint64_t bytes);

/* NULL is fine. */
void stream_close(struct stream *stream);

#endif
