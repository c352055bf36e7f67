/*
 * arguments.h - arguments that look like a program's: a request counter, times that spread over decades, few connections and states, sparse flags.
 *
 * `random` is the next of sample_random: the same in every run, and for every recorder that is given them.
 */
#ifndef BENCH_ARGUMENTS_H
#define BENCH_ARGUMENTS_H

#include <stdint.h>

static inline int arguments_connection(uint64_t random)
{
	return (int)(random >> 56);
}

static inline int arguments_state(uint64_t random)
{
	return (int)(random & 7);
}

static inline double arguments_us(uint64_t random)
{
	unsigned decade = (unsigned)(random >> 60) & 3;

	return (double)(uint32_t)random / (double)(1u << (20 - 3 * decade));
}

static inline int arguments_from(uint64_t random)
{
	return (int)(random >> 32 & 255);
}

static inline unsigned long long arguments_flags(uint64_t random)
{
	return 1ULL << (random >> 40 & 31) | 1;
}

#endif
