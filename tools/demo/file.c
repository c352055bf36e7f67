/*
 * file.c - making and freeing the struct that travels through the queues.
 */
#include "file.h"

#include <stdlib.h>
#include <string.h>

struct file *file_new(const char *path, int64_t size_bytes)
{
	struct file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->size_bytes = size_bytes;
	file->path = strdup(path);
	if (!file->path) {
		free(file);
		return NULL;
	}
	return file;
}

void file_free(struct file *file)
{
	if (!file)
		return;
	free(file->path);
	free(file);
}

double file_percent(uint64_t in_bytes, uint64_t out_bytes)
{
	return in_bytes ? 100.0 * (double)out_bytes / (double)in_bytes : 100.0;
}
