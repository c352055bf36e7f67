/*
 * file.h - one file on its way from the walker through a worker into the index.
 *
 * Exactly one thread owns a file at a time; putting it in a queue hands it over, so nothing in it needs a lock.
 */
#ifndef DEMO_FILE_H
#define DEMO_FILE_H

#include <stdint.h>

struct file {
	char *path;
	int64_t size_bytes; /* as the walker saw it */

	/* Filled in by the worker. */
	uint64_t in_bytes;
	uint64_t out_bytes;
	unsigned block_count;
	uint64_t checksum; /* FNV-1a of the content */
	int error;	   /* the errno that ended the work on it, or 0 */
};

/* A new file with a copy of path, or NULL with errno set. */
struct file *file_new(const char *path, int64_t size_bytes);

/* NULL is fine. */
void file_free(struct file *file);

/* What is left of in_bytes, in percent; 100 for an empty file. */
double file_percent(uint64_t in_bytes, uint64_t out_bytes);

#endif
