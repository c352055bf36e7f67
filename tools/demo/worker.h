/*
 * worker.h - a worker: one thread that takes files from a queue, reads and compresses them block by block, and puts
 * the results in another queue.
 */
#ifndef DEMO_WORKER_H
#define DEMO_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "queue.h"

#define WORKER_BLOCK_BYTES 65536

/* The crash that a user may ask for, shared by all workers: exactly one of them makes it. */
struct worker_crash {
	bool is_wanted;
	uint64_t after_count;	      /* files begun before the one that crashes */
	_Atomic uint64_t begun_count; /* files begun by all workers */
	int *volatile never_set;      /* NULL: what the crash dereferences */
};

struct worker {
	unsigned number; /* the thread's name is worker-<number> */
	struct queue *files;
	struct queue *results;
	struct worker_crash *crash;
	unsigned char *block;
	char *compressed;
	int compressed_bytes; /* room */
	void *lz4_state;
};

/* 0 or -ENOMEM; then there is nothing to destroy. */
int worker_init(struct worker *worker, unsigned number, struct queue *files, struct queue *results,
		struct worker_crash *crash);
void worker_destroy(struct worker *worker);

/* The thread's body; the argument is a struct worker. Always returns NULL. */
void *worker_main(void *worker);

#endif
