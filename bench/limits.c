#include "limits.h"

#include <stdalign.h>
#include <string.h>
#include <time.h>

#include <ttlog/ticks.h>

#include "loop.h"
#include "sites.h"

#define RING_BYTES (256u * 1024) /* as the recorder's */

static alignas(64) char ring[RING_BYTES];
static uint64_t ring_at;

/* Relaxed atomics: loaded and stored in each call. */
static inline uint64_t *room(char *base, uint64_t bytes)
{
	uint64_t at = __atomic_load_n(&ring_at, __ATOMIC_RELAXED);

	__atomic_store_n(&ring_at, at + bytes, __ATOMIC_RELAXED);
	return (uint64_t *)(void *)(base + (at & (RING_BYTES - 1)));
}

static inline void store(uint64_t *to, uint64_t word)
{
	__atomic_store_n(to, word, __ATOMIC_RELAXED);
}

LOOP_BURST limits_empty(uint32_t calls)
{
	for (uint32_t i = 0; i < calls; i++)
		LOOP_OPAQUE(i);
}

LOOP_BURST limits_ticks(uint32_t calls)
{
	for (uint32_t i = 0; i < calls; i++) {
		uint64_t ticks = tt_impl_ticks();

		LOOP_OPAQUE(i);
		__asm__ volatile("" : : "r"(ticks));
	}
}

LOOP_BURST limits_store_16(uint32_t calls)
{
	char *base = ring;

	LOOP_OPAQUE(base); /* a ring that nobody could read would not be written */
	for (uint32_t i = 0; i < calls; i++) {
		uint64_t *to = room(base, 16);

		LOOP_OPAQUE(i);
		store(to, i);
		store(to + 1, i);
	}
}

LOOP_BURST limits_ticks_store_8(uint32_t calls)
{
	char *base = ring;

	LOOP_OPAQUE(base);
	for (uint32_t i = 0; i < calls; i++) {
		uint64_t *to = room(base, 8);

		LOOP_OPAQUE(i);
		store(to, tt_impl_ticks());
	}
}

LOOP_BURST limits_ticks_store_16(uint32_t calls)
{
	char *base = ring;

	LOOP_OPAQUE(base);
	for (uint32_t i = 0; i < calls; i++) {
		uint64_t *to = room(base, 16);

		LOOP_OPAQUE(i);
		store(to, tt_impl_ticks());
		store(to + 1, i);
	}
}

LOOP_BURST limits_ticks_store_32(uint32_t calls)
{
	char *base = ring;

	LOOP_OPAQUE(base);
	for (uint32_t i = 0; i < calls; i++) {
		uint64_t *to = room(base, 32);

		LOOP_OPAQUE(i);
		store(to, tt_impl_ticks());
		store(to + 1, i);
		store(to + 2, i);
		store(to + 3, i);
	}
}

LOOP_BURST limits_ticks_string(uint32_t calls)
{
	char *base = ring;
	const char *string = SITES_STRING;

	LOOP_OPAQUE(base);
	for (uint32_t i = 0; i < calls; i++) {
		uint64_t *to = room(base, 32);
		size_t bytes;

		LOOP_OPAQUE(i);
		LOOP_OPAQUE(string);
		bytes = strlen(string);
		store(to, tt_impl_ticks());
		memcpy(to + 1, string, bytes);
	}
}

LOOP_BURST limits_monotonic(uint32_t calls)
{
	struct timespec now;

	for (uint32_t i = 0; i < calls; i++) {
		LOOP_OPAQUE(i);
		clock_gettime(CLOCK_MONOTONIC, &now);
		__asm__ volatile("" : : "m"(now));
	}
}
