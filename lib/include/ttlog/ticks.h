/*
 * ttlog/ticks.h - the machine's tick counter. Part of <ttlog.h>: include that.
 *
 * One function per architecture; the counters are constant-rate and the same on all CPUs, which the library
 * checks at start (else it uses CLOCK_MONOTONIC through the slow path).
 */
#ifndef TTLOG_TICKS_H
#define TTLOG_TICKS_H

#include <stdint.h>

static inline __attribute__((always_inline)) uint64_t tt_impl_ticks(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
	uint64_t ticks;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
	return ticks;
#else
	return 0; /* no counter: the library then uses CLOCK_MONOTONIC, whatever this returns */
#endif
}

#endif
