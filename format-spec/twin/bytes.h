/*
 * bytes.h - little-endian loads and stores by address, aligned or not.
 *
 * The formats are bytes, never C structs: every access goes through these, so the code is the same on any
 * host. Compilers turn each into one instruction (and a byte swap on big-endian hosts).
 * Pure; any context.
 */
#ifndef TTF_BYTES_H
#define TTF_BYTES_H

#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define TTF_LE16(x) __builtin_bswap16(x)
#define TTF_LE32(x) __builtin_bswap32(x)
#define TTF_LE64(x) __builtin_bswap64(x)
#else
#define TTF_LE16(x) (x)
#define TTF_LE32(x) (x)
#define TTF_LE64(x) (x)
#endif

static inline uint16_t ttf_load16(const void *from)
{
	uint16_t value;
	memcpy(&value, from, sizeof(value));
	return TTF_LE16(value);
}

static inline uint32_t ttf_load32(const void *from)
{
	uint32_t value;
	memcpy(&value, from, sizeof(value));
	return TTF_LE32(value);
}

static inline uint64_t ttf_load64(const void *from)
{
	uint64_t value;
	memcpy(&value, from, sizeof(value));
	return TTF_LE64(value);
}

static inline void ttf_store16(void *to, uint16_t value)
{
	value = TTF_LE16(value);
	memcpy(to, &value, sizeof(value));
}

static inline void ttf_store32(void *to, uint32_t value)
{
	value = TTF_LE32(value);
	memcpy(to, &value, sizeof(value));
}

static inline void ttf_store64(void *to, uint64_t value)
{
	value = TTF_LE64(value);
	memcpy(to, &value, sizeof(value));
}

/* The next multiple of 8; wraps only within 7 of the type's end, which every caller's limit excludes. */
static inline uint64_t ttf_pad8(uint64_t bytes)
{
	return (bytes + 7) & ~(uint64_t)7;
}

#endif
