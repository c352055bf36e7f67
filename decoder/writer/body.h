/*
 * body.h - fields of a section's body, little-endian, appended to a buffer in memory.
 */
#ifndef TTDECODE_BODY_H
#define TTDECODE_BODY_H

#include <stddef.h>
#include <stdint.h>

#include "../../format-spec/twin/bytes.h"
#include "../reader/event.h"
#include "../render/out.h"

static inline void body_u8(struct out *body, uint8_t value)
{
	out_bytes(body, &value, sizeof(value));
}

static inline void body_u16(struct out *body, uint16_t value)
{
	uint8_t bytes[2];

	ttf_store16(bytes, value);
	out_bytes(body, bytes, sizeof(bytes));
}

static inline void body_u32(struct out *body, uint32_t value)
{
	uint8_t bytes[4];

	ttf_store32(bytes, value);
	out_bytes(body, bytes, sizeof(bytes));
}

static inline void body_u64(struct out *body, uint64_t value)
{
	uint8_t bytes[8];

	ttf_store64(bytes, value);
	out_bytes(body, bytes, sizeof(bytes));
}

static inline void body_u64s(struct out *body, const uint64_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		body_u64(body, values[i]);
}

/* A string of snapshot.md. */
static inline void body_string(struct out *body, struct text text)
{
	body_u16(body, (uint16_t)text.bytes);
	out_bytes(body, text.at, text.bytes);
}

/* Zeros up to a multiple of 8 from `from` on. */
static inline void body_pad(struct out *body, size_t from)
{
	while ((out_used(body) - from) % 8 != 0)
		body_u8(body, 0);
}

#endif
