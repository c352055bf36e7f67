/*
 * hammer.h - what hammer.c publishes: after each event it stores how many it has said, with release.
 */
#ifndef HAMMER_H
#define HAMMER_H

#include <stdint.h>

#include "mix.h"

#define HAMMER_THREADS 4

struct hammer {
	uint32_t started; /* threads that have said something */
	struct {
		_Alignas(64) uint64_t said[MIX_STREAMS];
	} threads[HAMMER_THREADS];
};

#endif
