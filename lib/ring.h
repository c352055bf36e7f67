/*
 * ring.h - rings: blocks of the region that belong to one thread each (format-spec/region.md, "Ring block").
 *
 * A ring is a block's address; all that belongs to it stands in the block. Rings are made while there is room. Of the last half
 * of the region only small ones are made, so that a thousand threads find room. After that a new thread takes over the ring
 * of the thread that exited first.
 * Context: SIGNAL, no locks.
 */
#ifndef TTLOG_RING_H
#define TTLOG_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "../format-spec/twin/region.h"

#define RING_COUNT_MAX 8192u

/* A consistent copy of what says whose ring it is. */
struct ring_identity {
	uint32_t version;
	uint32_t use;
	uint32_t kind;
	uint32_t tid;
	uint64_t first_number;
	uint64_t serial;
	uint64_t start_ns;
	uint64_t end_ns;
	char name[TTF_RING_NAME_BYTES];
};

/* What the chunks of a ring hold. */
struct ring_extent {
	uint64_t oldest_number; /* of the chunks of this thread; 0: none yet */
	uint64_t newest_number;
	uint64_t recorded;    /* events so far */
	uint64_t overwritten; /* of them */
};

/* A ring for a new thread, or NULL: no room. *last_number is the number of its last chunk so far. */
char *ring_take(uint32_t kind, uint32_t tid, uint64_t serial, const char *name, uint64_t *last_number);

/* The thread has exited: its ring stays readable until another thread needs it. */
void ring_release(char *ring);

void ring_rename(char *ring, const char *name);

/* Counts a drop of the ring's thread. HOT. */
void ring_count_drop(char *ring, enum ttf_drop cause);
uint64_t ring_dropped(const char *ring, enum ttf_drop cause);

/* Is there a ring that a thread without one could take over? */
bool ring_is_any_exited(void);

/* Marks the rings of threads that ended without telling us. */
void ring_find_exited(void);

/* All rings, by index from 0; NULL where one is just being made. */
uint32_t ring_count(void);
char *ring_at(uint32_t index);

uint32_t ring_chunk_count(const char *ring);
char *ring_chunk(char *ring, uint64_t number);

/* Tries to get a consistent copy; after some tries takes what is there, false. */
bool ring_read_identity(const char *ring, struct ring_identity *identity);
void ring_read_extent(char *ring, uint64_t first_number, struct ring_extent *extent);

/* In a forked child: the rings of the parent are not ours. */
void ring_forget_all(void);

#endif
