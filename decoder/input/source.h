/*
 * source.h - the bytes of one input: a descriptor of known size that is read at any offset.
 *
 * Only regular files are read in place. A pipe (or standard input) is copied to a file without a name first, so
 * that everything above may read in any order. Never mapped: a file that another process cuts short would be a
 * SIGBUS.
 */
#ifndef TTDECODE_SOURCE_H
#define TTDECODE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct source {
	int fd;		  /* -1: closed */
	uint64_t bytes;	  /* as found when it was opened */
	const char *name; /* for diagnostics; belongs to the caller */
	int *failure; /* takes the first -errno of a read, or of a lack of memory for it, that is not the file's end; may be NULL */
};

/* Notes it there. Returns the error. */
int source_fail(const struct source *source, int error);

/*
 * Opens `path`, "-" is standard input. 0, or -errno and nothing is open: -EISDIR for a directory, -ENODATA for an
 * empty file, -EINVAL for what is neither a file nor a pipe, -ENOSPC and the like when a pipe cannot be copied.
 */
int source_open(struct source *source, const char *path);

/* An empty file without a name, to keep bytes in: 0 or -errno. */
int source_spool(struct source *source, const char *name);

/* Appends to a spool: 0 or -errno. */
int source_append(struct source *source, const void *from, size_t bytes);

/* Copies exactly `bytes` bytes at `offset`: 0; or -ENODATA if they reach past the end, or -errno, and then all of `to` is zeros. */
int source_read(const struct source *source, uint64_t offset, void *to, size_t bytes);

/* The first offset from `offset` on that is not in a hole of the file; source->bytes if there is none. */
uint64_t source_next_data(const struct source *source, uint64_t offset);

/* Closing twice is fine. */
void source_close(struct source *source);

#endif
