/*
 * limits.h - what the machine cannot do faster: the least that any recorder must do for an event.
 *
 * The ring's cursor is kept in memory between calls, as it must be in a program whose calls are apart. Nothing
 * is checked: no space, no reader, no handler in between. `b` of the results is limits_ticks_store_16.
 */
#ifndef BENCH_LIMITS_H
#define BENCH_LIMITS_H

#include <stdint.h>

void limits_empty(uint32_t calls);
void limits_ticks(uint32_t calls);    /* the tick counter is read */
void limits_store_16(uint32_t calls); /* 16 bytes into a ring, no clock */
void limits_ticks_store_8(uint32_t calls);
void limits_ticks_store_16(uint32_t calls);
void limits_ticks_store_32(uint32_t calls);
void limits_ticks_string(uint32_t calls); /* ticks + strlen + copy of 16 bytes into a ring */
void limits_monotonic(uint32_t calls);	  /* clock_gettime(CLOCK_MONOTONIC) */

#endif
