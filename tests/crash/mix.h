/*
 * mix.h - what the events of hammer.c hold: a pseudo-random function of who said it and of its number, known to the judge too.
 */
#ifndef MIX_H
#define MIX_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MIX_STRING_MAX 96

/* Each thread says two sequences: its own, and its signal handler's. */
enum mix_stream { MIX_OWN, MIX_HANDLER, MIX_STREAMS };

/* splitmix64's finalizer. */
static inline uint64_t mix_bits(uint32_t thread, enum mix_stream stream, uint64_t n)
{
	uint64_t z = (n + 1) * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)thread * 2 + stream;

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* A string of 0 to MIX_STRING_MAX - 1 letters made of the bits. Returns its length. */
static inline size_t mix_string(uint64_t bits, char string[MIX_STRING_MAX])
{
	size_t bytes = bits % MIX_STRING_MAX;

	for (size_t i = 0; i < bytes; i++)
		string[i] = (char)('a' + (bits >> i % 57) % 26);
	string[bytes] = '\0';
	return bytes;
}

#endif
