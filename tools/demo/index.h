/*
 * index.h - the index in memory: one entry for each path, with totals.
 *
 * Not thread-safe: it belongs to the indexer while that runs, and to main afterwards.
 */
#ifndef DEMO_INDEX_H
#define DEMO_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "file.h"

struct index {
	struct file **slots; /* a hash table by path, open addressing; NULL = free */
	size_t slot_count;   /* 0 or a power of two */
	size_t file_count;
	uint64_t in_bytes; /* the totals of the files in it */
	uint64_t out_bytes;
};

/* An index of all zeros is an empty one. */
void index_destroy(struct index *index);

/* Takes the file over; one of the same path is replaced. 0 or -ENOMEM: then nothing has changed and the file still
 * belongs to the caller. */
int index_put(struct index *index, struct file *file);

/* Writes the index as text, ordered by path, a file a line: checksum, size, compressed size, blocks, path. Control
 * characters and backslashes of a path are written as \xNN. 0 or -errno: then the file may be incomplete. */
int index_write(const struct index *index, const char *path);

#endif
