/*
 * walk.h - the walker: one thread that finds the regular files below a directory and puts them in a queue.
 */
#ifndef DEMO_WALK_H
#define DEMO_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "queue.h"

struct walk {
	/* Set before the thread starts. */
	const char *root;
	struct queue *files; /* closed by the walker when it ends */
	bool is_repeated;    /* begin again at the root, until a round finds no file */

	/* Read after the thread was joined. */
	uint64_t file_count;
	uint64_t directory_count;
	uint64_t skipped_count;	   /* symbolic links and special files */
	uint64_t unreadable_count; /* directories and entries that could not be examined */
	int error;		   /* 0, or -errno of what ended the walk: the root, or memory */

	/* The walker's own: directories still to be read. */
	char **pending;
	size_t pending_count;
	size_t pending_capacity;
};

/* The thread's body; the argument is a struct walk. Always returns NULL. */
void *walk_main(void *walk);

#endif
