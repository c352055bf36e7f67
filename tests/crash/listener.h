/*
 * listener.h - compares a trace with what was said: say.h's events of up to HAMMER_THREADS threads and their handlers.
 *
 * In each ring `seq` has no gap and every payload is right; what is said of a stream has no gap either, as far back as the rings reach.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include "hammer.h"
#include "trace_file.h"

#define LISTENER_HANDLED_MAX 65536u

struct heard_ring {
	uint64_t count;
	uint64_t first_seq;
	uint64_t next_seq;
};

struct heard_thread {
	struct heard_ring rings[2]; /* main, nested */
	uint64_t own_count;
	uint64_t own_next;
	uint64_t handled_from;	/* of the handler's events older ones may be overwritten */
	uint64_t handled_until; /* how far the handler was at the newest of the thread's own */
	uint64_t handled_next;	/* after listener_compare */
	uint32_t handled_count;
	uint64_t handled[LISTENER_HANDLED_MAX]; /* numbers, as they came */
};

struct listener {
	struct heard_thread threads[HAMMER_THREADS];
	uint64_t events;
	uint64_t nested;
	uint64_t wrong;	 /* things found wrong */
	char first[200]; /* the first of them */
};

/* Notes one more thing that is wrong. */
__attribute__((format(printf, 2, 3))) void listener_wrong(struct listener *listener, const char *format, ...);

/* Forgets what was heard, and hears a trace: 0, or -errno if it cannot be read. Damage is counted as wrong if asked for. */
int listener_hear(struct listener *listener, const char *path, int is_damage_wrong);

/*
 * Whether of every stream all that was published by then is there up to the newest, and at most `more` events after it (more than 1: the
 * threads were living when their rings were copied).
 */
void listener_compare(struct listener *listener, const struct hammer *hammer, uint64_t more);

#endif
