/*
 * monotonic.h - the clock for durations.
 */
#ifndef DEMO_MONOTONIC_H
#define DEMO_MONOTONIC_H

#include <stdint.h>
#include <time.h>

static inline int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline double monotonic_ms_since(int64_t start_ns)
{
	return (double)(monotonic_ns() - start_ns) / 1e6;
}

#endif
