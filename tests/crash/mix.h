/*
 * mix.h - what the events of hammer.c hold: a pseudo-random function of who said it and of its number, known to the judge too.
 */
#ifndef MIX_H
#define MIX_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MIX_STRING_MAX 96
#define MIX_LONG_MAX 4000 /* with the other strings of an event it is within what ttlog keeps */

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

/* Where a string is to take long to copy: the letters from which long strings are cut. */
static inline void mix_long_fill(char letters[MIX_LONG_MAX])
{
	for (size_t i = 0; i + 1 < MIX_LONG_MAX; i++)
		letters[i] = (char)('a' + mix_bits(0, MIX_OWN, i) % 26);
	letters[MIX_LONG_MAX - 1] = '\0';
}

/* The long string made of the bits: some thousand letters, to the end of all. */
static inline const char *mix_long_string(uint64_t bits, const char letters[MIX_LONG_MAX])
{
	return letters + bits % (MIX_LONG_MAX / 2);
}

#endif
