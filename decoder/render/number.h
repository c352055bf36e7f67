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

#include "out.h"

/* The longest of the quick forms: 2^64 - 1 in octal; in decimal 20 digits and a sign. */
#define NUMBER_BYTES_MAX 24u

char *number_unsigned(char *at, uint64_t value);
char *number_signed(char *at, int64_t value);
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
