/*
 * clock.h - ticks: which counter counts, and how it stands to the clocks of the world.
 */
#ifndef TTLOG_CLOCK_H
#define TTLOG_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct triple {
	uint64_t ticks;
	uint64_t mono_ns;
	uint64_t real_ns;
};

/* Takes the triple of the load. Once, before main. CONTROL. */
void clock_load(void);

/* Decides by configuration and by what the machine can which clock counts. Before the first ring. SIGNAL. */
void clock_choose(void);

/* The region's code of the clock that counts, its flag included. */
uint32_t clock_code(void);

/* Ticks are CLOCK_MONOTONIC ns: the hot path cannot read them, every record takes the slow one. HOT. */
bool clock_is_slow(void);

/* A writer may hold a stamp (stamp.h). HOT. */
bool clock_is_adaptive(void);

/* The counter now. HOT. */
uint64_t clock_ticks(void);

/* Counter and CLOCK_MONOTONIC, read close together. HOT. */
struct triple clock_pair(void);

/* The same with CLOCK_REALTIME. SIGNAL. */
struct triple clock_triple(void);

/* The triple of the load. */
struct triple clock_at_load(void);

#endif
