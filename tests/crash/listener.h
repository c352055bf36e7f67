/*
 * listener.h - compares a trace with what was said: say.h's events of up to HAMMER_THREADS threads and their handlers. A thread may be a
 * series of threads that go on where the one before has ended, each with rings of its own.
 *
 * In each ring `seq` has no gap and every payload is right; what is said of a stream has no gap either, as far back as the rings reach.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include "hammer.h"
#include "trace_file.h"

#define LISTENER_HANDLED_MAX 65536u

#define LISTENER_RINGS_MAX 8192u /* of one trace */

struct heard_ring {
	uint64_t count;
	uint64_t own_count; /* of the thread's own events */
	uint64_t first_seq;
	uint64_t next_seq;
};

struct heard_thread {
	uint64_t own_count; /* since own_first */
	uint64_t own_first;
	uint64_t own_next;
	uint64_t handled_from;	/* of the handler's events older ones may be overwritten */
	uint64_t handled_until; /* how far the handler was at the newest of the thread's own */
	uint64_t handled_next;	/* after listener_compare */
	uint32_t handled_count;
	uint64_t handled[LISTENER_HANDLED_MAX]; /* numbers, as they came */
};

struct listener {
	struct heard_thread threads[HAMMER_THREADS];
	struct heard_ring rings[LISTENER_RINGS_MAX];
	const char *letters; /* of long strings; NULL: strings are short */
	int is_living; /* set before: the rings are copied one after the other while their threads go on, and end */
	int is_renewed; /* set before: and a thread is a series of threads, so that some of its rings may be gone by then */
	uint64_t events;
	uint64_t nested;
	uint64_t in_change;  /* rings that were just being taken */
	uint64_t taken_over; /* threads of which nothing is left, since their rings are now of others */
	uint64_t wrong;	     /* things found wrong */
	char first[200];     /* the first of them */
};

/* Notes one more thing that is wrong. */
__attribute__((format(printf, 2, 3))) void listener_wrong(struct listener *listener, const char *format, ...);

/*
 * Forgets what was heard, and hears a trace: 0, or -errno if it cannot be read. Damage is wrong; rings that were just being taken are so
 * only if asked for.
 */
int listener_hear(struct listener *listener, const char *path, int is_change_wrong);

/*
 * Whether of every stream all that was published by then is there up to the newest, and at most `more` events after it.
 */
void listener_compare(struct listener *listener, const struct hammer *hammer, uint64_t more);

#endif
