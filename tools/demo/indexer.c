/*
 * indexer.c - takes results until their queue is closed and empty. The only thread that writes to the terminal.
 */
#define TT_TARGET "demo.index"
#include <ttlog.h>

#include "indexer.h"

#include <errno.h>
#include <stdio.h>

#include "monotonic.h"

#define PROGRESS_NS 100000000

static void collect(struct indexer *indexer, struct file *file)
{
	int result;

	if (file->error) {
		errno = file->error;
		TT_DEBUG("%s stays out of the index: %m", file->path);
		indexer->failed_count++;
		file_free(file);
		return;
	}
	result = index_put(&indexer->index, file);
	if (result < 0) {
		errno = -result;
		TT_ERROR("cannot index %s: %m", file->path);
		indexer->left_out_count++;
		file_free(file);
	}
}

static void show_progress(const struct indexer *indexer, unsigned long long file_count)
{
	const struct index *index = &indexer->index;

	TT_DEBUG("progress: %llu files, %llu -> %llu bytes in the index", file_count,
		 (unsigned long long)index->in_bytes, (unsigned long long)index->out_bytes);
	if (indexer->shows_progress)
		fprintf(stderr, "\r%llu files, %.1f MB -> %.1f MB ", file_count,
			(double)index->in_bytes / 1e6, (double)index->out_bytes / 1e6);
}

void *indexer_main(void *argument)
{
	struct indexer *indexer = argument;
	int64_t shown_ns = monotonic_ns();
	unsigned long long file_count = 0;
	struct file *file;

	tt_thread_name("indexer");
	TT_DEBUG("thread starts");
	while ((file = queue_take(indexer->results))) {
		collect(indexer, file);
		file_count++;
		if (monotonic_ns() - shown_ns >= PROGRESS_NS) {
			show_progress(indexer, file_count);
			shown_ns = monotonic_ns();
		}
	}
	if (indexer->shows_progress)
		fprintf(stderr, "\r%60s\r", ""); /* wipe the line */
	TT_INFO("index complete: %zu files, %llu -> %llu bytes (%.1f %%)", indexer->index.file_count,
		(unsigned long long)indexer->index.in_bytes, (unsigned long long)indexer->index.out_bytes,
		file_percent(indexer->index.in_bytes, indexer->index.out_bytes));
	TT_DEBUG("thread stops after %llu files", file_count);
	return NULL;
}
