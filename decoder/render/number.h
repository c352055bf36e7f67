/*
 * number.h - integers as printf prints them, written by hand.
 *
 * The quick functions write at `at`, where NUMBER_BYTES_MAX bytes must be free, whatever the value; they return the end.
 */
#ifndef TTDECODE_NUMBER_H
#define TTDECODE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../format-spec/twin/bytes.h"
#include "out.h"

/* The longest of the quick forms: 2^64 - 1 in octal; in decimal 20 digits and a sign. */
#define NUMBER_BYTES_MAX 24u

/* number_unsigned of what has more than four digits. */
char *number_long(char *at, uint64_t value);

/*
 * The four decimal digits of a value below 10^4, one a byte, the first in the lowest: two pairs, then four digits, each time all lanes at once
 * with a multiplication for the division (Paul Khuong, "How to print integers really fast").
 */
static inline uint32_t number_four_digits(uint32_t value)
{
	uint32_t top = value * 10486 >> 20; /* 10486 / 2^20 is 1 / 100 */
	uint32_t pairs = ((value - 100 * top) << 16) + top;
	uint32_t tens = pairs * 103 >> 10 & 0x000f000f; /* 103 / 2^10 is 1 / 10 */

	return ((pairs - 10 * tens) << 8) + tens;
}

static inline char *number_unsigned(char *at, uint64_t value)
{
	uint32_t digits;
	unsigned zeros; /* in front, but not the last digit */

	if (value >= 10000)
		return number_long(at, value);
	digits = number_four_digits((uint32_t)value);
	zeros = (unsigned)__builtin_ctz(digits | 1u << 24) / 8;
	ttf_store32(at, (digits + 0x30303030u) >> 8 * zeros);
	return at + 4 - zeros;
}

static inline char *number_signed(char *at, int64_t value)
{
	uint64_t magnitude = (uint64_t)value;

	if (value < 0) {
		*at++ = '-';
		magnitude = 0 - magnitude;
	}
	return number_unsigned(at, magnitude);
}

char *number_hex(char *at, uint64_t value, bool is_upper);
char *number_octal(char *at, uint64_t value);

/* Decimal digits with zeros in front, 1 to 8 of them; value < 10^digits. */
char *number_fraction(char *at, uint32_t value, unsigned digits);

/* The same with up to 20 digits; only these are written to. */
char *number_fixed(char *at, uint64_t value, unsigned digits);

/* How a conversion asks for its result: flags are TTF_FLAG_*, precision -1 is none. */
struct number_shape {
	unsigned flags;
	unsigned width;
	int precision;
};

/* The sign that the flags ask for, at most one byte. */
char *number_sign(char *at, bool is_negative, unsigned flags);

/* The spaces that bring `bytes` to the width: call it before and after, and one of the two does something. */
void number_pad(struct out *to, const struct number_shape *shape, size_t bytes, bool is_after);

/* Appends an integer: `letter` is one of d i o u x X p. The magnitude of a p is not 0. */
void number_render(struct out *to, uint64_t magnitude, bool is_negative, char letter,
		   const struct number_shape *shape);

#endif
