/*
 * hear.h - reads a region or a snapshot with ttdecode's own reader, and compares each event with the script.
 *
 * The reader is the unchanged one. A region can be given to it as mapped memory instead of as a file, and is then read as one whose
 * process is dead: hear.c takes the place of the system calls of the reader's source.c and life.c (by the linker's --wrap).
 */
#ifndef HEAR_H
#define HEAR_H

#include <stdbool.h>

#include "../../format-spec/twin/region.h"
#include "script.h"

/* What is heard of one thread, in its main ring and its nested one together. */
struct heard_thread {
	uint32_t rings[2]; /* main, nested */
	uint64_t seq[2];   /* of the next event */
	uint64_t first_seq[2];
	uint64_t chunks[2]; /* that are there and hold events */
	uint64_t newest_chunk[2];
	uint32_t use;
	bool has_own;
	uint64_t own_first;
	uint64_t own_next;
	uint64_t handled; /* of its handler's events, one by one in heard.handled */
	uint64_t nones;	  /* of KIND_NONE, before an event tells their number */
};

struct heard {
	struct heard_thread threads[SCRIPT_THREADS];
	uint8_t *handled; /* a bit for each of a handler's events */
	uint64_t handled_most;
	uint64_t handled_high; /* bytes of it in use */
	uint64_t events;
	uint64_t recorded; /* as the rings' counters say */
	uint64_t overwritten;
	uint64_t retired_recorded;
	uint64_t retired_threads;
	uint64_t dropped[TTF_DROP_CAUSES]; /* of rings, region and retired ones */
	uint64_t torn;
	uint32_t rings;
	uint32_t sites;
	uint64_t damage_count;
	char damage[160];  /* the first */
	char refusal[160]; /* why it is refused */
	uint64_t wrong_count;
	char wrong[200];	 /* the first */
	uint64_t from_ns, to_ns; /* set before: CLOCK_MONOTONIC that events can have */
};

/* Room for `handled_most` events of the one handler whose events are told apart, that of thread 0. */
int heard_make(struct heard *heard, uint64_t handled_most);

__attribute__((format(printf, 2, 3))) void heard_wrong(struct heard *heard, const char *format, ...);

/*
 * Reads anew. 0; -EBADMSG if it is refused (heard->refusal); -ENODATA if it is empty; -errno. What is wrong with the events themselves, or
 * with their order, is noted with heard_wrong.
 */
int hear_file(struct heard *heard, const char *path);
int hear_memory(struct heard *heard, const void *at, size_t bytes);

/* Whether of the handler's events exactly those below `count` were heard, each once: the first number that is not, or `count`. */
uint64_t heard_handled(const struct heard *heard);

#endif
