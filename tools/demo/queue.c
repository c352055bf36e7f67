/*
 * queue.c - the bounded queue: a circular array under one mutex, one condition for each way of waiting.
 *
 * Invariant under the lock: depth <= capacity, and the files are in slots head .. head + depth - 1 (modulo capacity).
 *
 * Events are recorded while the lock is held. After the unlock the file may already be another thread's, and freed;
 * and the depths in the trace then follow each other without gaps. Recording costs nanoseconds and cannot block on
 * this lock.
 */
#define TT_TARGET "demo.queue"
#include <ttlog.h>

#include "queue.h"

#include <errno.h>
#include <stdlib.h>

int queue_init(struct queue *queue, const char *name, unsigned capacity)
{
	if (capacity == 0)
		return -EINVAL;
	*queue = (struct queue){ .name = name, .capacity = capacity };
	queue->slots = calloc(capacity, sizeof(*queue->slots));
	if (!queue->slots)
		return -ENOMEM;
	/* With default attributes these cannot fail on Linux: they only store. */
	pthread_mutex_init(&queue->lock, NULL);
	pthread_cond_init(&queue->not_full, NULL);
	pthread_cond_init(&queue->not_empty, NULL);
	return 0;
}

void queue_destroy(struct queue *queue)
{
	for (unsigned i = 0; i < queue->depth; i++)
		file_free(queue->slots[(queue->head + i) % queue->capacity]);
	free(queue->slots);
	pthread_cond_destroy(&queue->not_empty);
	pthread_cond_destroy(&queue->not_full);
	pthread_mutex_destroy(&queue->lock);
}

static void wait_for_room(struct queue *queue, const struct file *file)
{
	if (queue->depth < queue->capacity || queue->is_closed)
		return;
	TT_DEBUG("%s queue full (%u of %u), waiting to put %s", queue->name, queue->depth, queue->capacity,
		 file->path);
	while (queue->depth == queue->capacity && !queue->is_closed)
		pthread_cond_wait(&queue->not_full, &queue->lock);
}

int queue_put(struct queue *queue, struct file *file)
{
	int result = 0;

	pthread_mutex_lock(&queue->lock);
	wait_for_room(queue, file);
	if (queue->is_closed) {
		TT_DEBUG("%s queue closed, cannot put %s", queue->name, file->path);
		result = -EPIPE;
	} else {
		queue->slots[(queue->head + queue->depth) % queue->capacity] = file;
		queue->depth++;
		TT_TRACE("%s queue: put %s, depth %u of %u", queue->name, file->path, queue->depth,
			 queue->capacity);
		pthread_cond_signal(&queue->not_empty);
	}
	pthread_mutex_unlock(&queue->lock);
	return result;
}

static void wait_for_file(struct queue *queue)
{
	if (queue->depth > 0 || queue->is_closed)
		return;
	TT_DEBUG("%s queue empty, waiting", queue->name);
	while (queue->depth == 0 && !queue->is_closed)
		pthread_cond_wait(&queue->not_empty, &queue->lock);
}

struct file *queue_take(struct queue *queue)
{
	struct file *file = NULL;

	pthread_mutex_lock(&queue->lock);
	wait_for_file(queue);
	if (queue->depth > 0) {
		file = queue->slots[queue->head];
		queue->head = (queue->head + 1) % queue->capacity;
		queue->depth--;
		TT_TRACE("%s queue: take %s, depth %u of %u", queue->name, file->path, queue->depth,
			 queue->capacity);
		pthread_cond_signal(&queue->not_full);
	} else {
		TT_DEBUG("%s queue closed and empty", queue->name);
	}
	pthread_mutex_unlock(&queue->lock);
	return file;
}

void queue_close(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	if (!queue->is_closed) {
		queue->is_closed = true;
		TT_DEBUG("%s queue: close, depth %u of %u", queue->name, queue->depth, queue->capacity);
		pthread_cond_broadcast(&queue->not_full);
		pthread_cond_broadcast(&queue->not_empty);
	}
	pthread_mutex_unlock(&queue->lock);
}
