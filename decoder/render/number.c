/*
 * number.c - see number.h.
 */
#include "number.h"

#include <stdbool.h>
#include <string.h>

#include "../../format-spec/twin/conversion.h"

static const char pairs[] = "00010203040506070809"
			    "10111213141516171819"
			    "20212223242526272829"
			    "30313233343536373839"
			    "40414243444546474849"
			    "50515253545556575859"
			    "60616263646566676869"
			    "70717273747576777879"
			    "80818283848586878889"
			    "90919293949596979899";

/* How many decimal digits a value has; 1 for 0. */
static unsigned digits_of(uint64_t value)
{
	/* clang-format off */
	static const uint64_t powers[] = {
		0, 10u, 100u, 1000u, 10000u, 100000u, 1000000u, 10000000u, 100000000u, 1000000000u,
		10000000000u, 100000000000u, 1000000000000u, 10000000000000u, 100000000000000u,
		1000000000000000u, 10000000000000000u, 100000000000000000u, 1000000000000000000u,
		10000000000000000000u,
	};
	/* clang-format on */
	unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1);
	unsigned guess = bits * 1233 >> 12; /* 1233 / 4096 is log10(2): right, or one too small */

	return guess + (value >= powers[guess]);
}

char *number_fixed(char *at, uint64_t value, unsigned digits)
{
	char *end = at + digits;
	char *next = end;

	for (; digits >= 2; digits -= 2) {
		next -= 2;
		memcpy(next, pairs + 2 * (value % 100), 2);
		value /= 100;
	}
	if (digits == 1)
		next[-1] = (char)('0' + value);
	return end;
}

char *number_unsigned(char *at, uint64_t value)
{
	return number_fixed(at, value, digits_of(value));
}

char *number_signed(char *at, int64_t value)
{
	uint64_t magnitude = (uint64_t)value;

	if (value < 0) {
		*at++ = '-';
		magnitude = 0 - magnitude;
	}
	return number_unsigned(at, magnitude);
}

char *number_hex(char *at, uint64_t value, bool is_upper)
{
	const char *digits = is_upper ? "0123456789ABCDEF" : "0123456789abcdef";
	unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1);
	char *end = at + (bits + 3) / 4;
	char *next = end;

	do {
		*--next = digits[value & 15];
		value >>= 4;
	} while (next > at);
	return end;
}

char *number_octal(char *at, uint64_t value)
{
	unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1);
	char *end = at + (bits + 2) / 3;
	char *next = end;

	do {
		*--next = (char)('0' + (value & 7));
		value >>= 3;
	} while (next > at);
	return end;
}

static char *digits_for(char *at, uint64_t magnitude, char letter)
{
	switch (letter) {
	case 'x':
	case 'X':
	case 'p':
		return number_hex(at, magnitude, letter == 'X');
	case 'o':
		return number_octal(at, magnitude);
	default:
		return number_unsigned(at, magnitude);
	}
}

char *number_sign(char *at, bool is_negative, unsigned flags)
{
	if (is_negative)
		*at++ = '-';
	else if (flags & TTF_FLAG_PLUS)
		*at++ = '+';
	else if (flags & TTF_FLAG_SPACE)
		*at++ = ' ';
	return at;
}

/* The sign, for the letters that can have one (to glibc that is so of %p too), and 0x. */
static char *prefix(char *at, uint64_t magnitude, bool is_negative, char letter, unsigned flags)
{
	if (letter == 'd' || letter == 'i' || letter == 'p')
		at = number_sign(at, is_negative, flags);
	if (letter == 'p' || ((letter == 'x' || letter == 'X') && (flags & TTF_FLAG_ALTERNATE))) {
		if (magnitude != 0) {
			*at++ = '0';
			*at++ = letter == 'X' ? 'X' : 'x';
		}
	}
	return at;
}

/* The zeros between prefix and digits. */
static unsigned zeros_for(unsigned prefix_bytes, const char *digits, unsigned count, char letter,
			  const struct number_shape *shape)
{
	unsigned zeros = 0;

	if (shape->precision > (int)count)
		zeros = (unsigned)shape->precision - count;
	if (letter == 'o' && (shape->flags & TTF_FLAG_ALTERNATE) && zeros == 0 &&
	    (count == 0 || *digits != '0'))
		zeros = 1;
	if (shape->precision < 0 && (shape->flags & TTF_FLAG_ZERO) && !(shape->flags & TTF_FLAG_MINUS) &&
	    shape->width > prefix_bytes + zeros + count)
		zeros = shape->width - prefix_bytes - count;
	return zeros;
}

void number_render(struct out *to, uint64_t magnitude, bool is_negative, char letter,
		   const struct number_shape *shape)
{
	char before[3]; /* sign and 0x */
	char digits[NUMBER_BYTES_MAX];
	unsigned before_bytes =
		(unsigned)(prefix(before, magnitude, is_negative, letter, shape->flags) - before);
	unsigned count = (unsigned)(digits_for(digits, magnitude, letter) - digits);
	unsigned zeros;

	if (magnitude == 0 && shape->precision == 0)
		count = 0;
	zeros = zeros_for(before_bytes, digits, count, letter, shape);
	number_pad(to, shape, before_bytes + zeros + count, false);
	out_bytes(to, before, before_bytes);
	out_repeat(to, '0', zeros);
	out_bytes(to, digits, count);
	number_pad(to, shape, before_bytes + zeros + count, true);
}

void number_pad(struct out *to, const struct number_shape *shape, size_t bytes, bool is_after)
{
	bool is_left = (shape->flags & TTF_FLAG_MINUS) != 0;

	if (shape->width > bytes && is_left == is_after)
		out_repeat(to, ' ', shape->width - bytes);
}
