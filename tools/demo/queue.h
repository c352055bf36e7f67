/*
 * queue.h - a bounded first-in first-out queue of files between threads. Any number of threads put and take.
 *
 * A full queue makes the putter wait, so a fast walker never fills the memory with paths. A closed queue takes
 * nothing more; what is in it can still be taken.
 */
#ifndef DEMO_QUEUE_H
#define DEMO_QUEUE_H

#include <pthread.h>
#include <stdbool.h>

#include "file.h"

struct queue {
	const char *name; /* in events; not copied */
	pthread_mutex_t lock;
	pthread_cond_t not_full;
	pthread_cond_t not_empty;
	struct file **slots;
	unsigned capacity;
	unsigned head;	/* slot of the oldest file */
	unsigned depth; /* files in it */
	bool is_closed;
};

/* 0 or -errno: -EINVAL if capacity is 0, -ENOMEM. On error there is nothing to destroy. */
int queue_init(struct queue *queue, const char *name, unsigned capacity);

/* Frees the queue and the files that are still in it. No thread may be using it. */
void queue_destroy(struct queue *queue);

/* Appends the file, which then belongs to the queue; waits while the queue is full. -EPIPE if the queue is or
 * becomes closed: the file still belongs to the caller. */
int queue_put(struct queue *queue, struct file *file);

/* The oldest file, which then belongs to the caller; waits while the queue is empty. NULL: closed and empty. */
struct file *queue_take(struct queue *queue);

/* Wakes everyone who waits. Closing twice is fine. */
void queue_close(struct queue *queue);

#endif
