/*
 * ttlog/ticks.h - the machine's tick counter. Part of <ttlog.h>: include that.
 *
 * One function per architecture; the counters are constant-rate and the same on all CPUs, which the library
 * checks at start (else it uses CLOCK_MONOTONIC through the slow path).
 */
#ifndef TTLOG_TICKS_H
#define TTLOG_TICKS_H

#include <stdint.h>

/* The counter in two halves: in the upper 32 bits of both words stands nothing. */
struct tt_impl_halves {
	uint64_t low;
	uint64_t high;
};

static inline __attribute__((always_inline)) struct tt_impl_halves tt_impl_read_ticks(void)
{
	struct tt_impl_halves ticks = { 0, 0 };

#if defined(__x86_64__)
	__asm__ volatile("rdtsc" : "=a"(ticks.low), "=d"(ticks.high));
#elif defined(__aarch64__)
	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks.low));
	ticks.high = ticks.low >> 32;
	ticks.low = (uint32_t)ticks.low;
#endif /* no counter: the library then uses CLOCK_MONOTONIC, whatever this returns */
	return ticks;
}

static inline uint64_t tt_impl_ticks(void)
{
	struct tt_impl_halves ticks = tt_impl_read_ticks();

	return ticks.high << 32 | ticks.low;
}

#endif
