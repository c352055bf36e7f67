/*
 * run.h - events whose ticks were held: rendering.md, "Held times".
 *
 * A run is an event that has its own ticks and the held ones behind it, which repeat them. Begin with zeros.
 */
#ifndef TTDECODE_RUN_H
#define TTDECODE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

struct run {
	uint64_t ticks;
	uint64_t limit; /* all of it had happened by then */
	bool has_limit;
	uint32_t count; /* events that are held */
	uint32_t index; /* the present one of them, from 1; 0: the one that is not */
};

/* Begins with an event that is not held. */
void run_begin(struct run *run, uint64_t ticks);

/* A limit below the run's ticks is none. */
void run_limit(struct run *run, uint64_t limit);

/* The ticks at which the present event is shown. */
uint64_t run_ticks(const struct run *run);

/* How far from `shown_ns` the present event, which is held, may have happened at most; EVENT_NO_BOUND. */
uint64_t run_bound_ns(const struct run *run, const struct clock_piece *piece, uint64_t shown_ns);

#endif
