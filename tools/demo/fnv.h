/*
 * fnv.h - FNV-1a, 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv): the checksum of a file and the hash of a path.
 */
#ifndef DEMO_FNV_H
#define DEMO_FNV_H

#include <stddef.h>
#include <stdint.h>

#define FNV_START UINT64_C(0xcbf29ce484222325)

static inline uint64_t fnv_add(uint64_t hash, const void *bytes, size_t count)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < count; i++)
		hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
	return hash;
}

#endif
