/*
 * source.h - the bytes of one input: a descriptor of known size that is read at any offset.
 *
 * Only regular files are read in place; what comes from elsewhere goes to a spool first (input.h), so that everything above may read in any
 * order. Never mapped: a file that another process cuts short would be a SIGBUS.
 */
#ifndef TTDECODE_SOURCE_H
#define TTDECODE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct source {
	int fd;		  /* -1: closed */
	bool is_stream;	  /* a pipe, or a file that was read in part: to be read once, from where it is */
	uint64_t bytes;	  /* as found when it was opened; 0 of a stream */
	const char *name; /* for diagnostics; belongs to the caller */
	pid_t pid;	  /* of the process whose memory it is: see memory.h; 0: a file */
	uint64_t address; /* there */
	int *failure; /* takes the first -errno of a read, or of a lack of memory for it, that is not the file's end; may be NULL */
};

/* Notes it there. Returns the error. */
int source_fail(const struct source *source, int error);

/*
 * Opens `path`, "-" is standard input. 0, or -errno and nothing is open: -EISDIR for a directory, -ENODATA for an
 * empty file, -EINVAL for what is neither a file nor a pipe.
 */
int source_open(struct source *source, const char *path);

/* Copies exactly `bytes` bytes at `offset`: 0; or -ENODATA if they reach past the end, or -errno, and then all of `to` is zeros. */
int source_read(const struct source *source, uint64_t offset, void *to, size_t bytes);

/* The first offset from `offset` on that is not in a hole of the file; source->bytes if there is none. */
uint64_t source_next_data(const struct source *source, uint64_t offset);

/* Closing twice is fine. */
void source_close(struct source *source);

#endif
