/*
 * hammer.h - what hammer.c publishes: after each event it stores how many it has said, with release.
 */
#ifndef HAMMER_H
#define HAMMER_H

#include <stdint.h>

#include "mix.h"

#define HAMMER_THREADS 4

/* What a thread is doing. Of a thread that is replaced again and again by a new one: what the living one is. */
enum hammer_where {
	HAMMER_NOWHERE,
	HAMMER_STARTING, /* the thread is made, and says its first event */
	HAMMER_BETWEEN,	 /* two events */
	HAMMER_SAYING,	 /* an event */
	HAMMER_EXITING,	 /* after its last event, until it is gone */
	HAMMER_SNAPSHOT, /* of the thread that takes snapshots */
	HAMMER_WHERES
};

struct hammer {
	uint32_t started;    /* threads that have said something */
	uint32_t is_long;    /* strings are long ones */
	uint32_t is_renewed; /* a thread is a series of threads, and there is not room for the rings of all */
	struct {
		_Alignas(64) uint64_t said[MIX_STREAMS];
		uint32_t where;
	} threads[HAMMER_THREADS + 1]; /* the last one takes snapshots, and says nothing */
	char letters[MIX_LONG_MAX];
};

#endif
