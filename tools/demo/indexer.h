/*
 * indexer.h - the indexer: one thread that collects the workers' results in the index and shows the progress.
 */
#ifndef DEMO_INDEXER_H
#define DEMO_INDEXER_H

#include <stdbool.h>
#include <stdint.h>

#include "index.h"
#include "queue.h"

struct indexer {
	/* Set before the thread starts. */
	struct queue *results;
	bool shows_progress; /* on stderr */

	/* Read after the thread was joined. */
	struct index index;	 /* owned; index_destroy() it */
	uint64_t failed_count;	 /* files that could not be read */
	uint64_t left_out_count; /* files that the index had no memory for */
};

/* The thread's body; the argument is a struct indexer. Always returns NULL. */
void *indexer_main(void *indexer);

#endif
