/*
 * number.c - see number.h.
 *
 * Digits are made four or eight at a time in the bytes of one word, without a table and nearly without a branch. Leading zeros
 * are shifted out, and the word is stored whole: that is why NUMBER_BYTES_MAX must be free.
 */
#include "number.h"

#include <stdbool.h>
#include <string.h>

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/conversion.h"

#define EIGHT_DIGITS 100000000u
#define ZEROS UINT64_C(0x3030303030303030)

/*
 * The eight decimal digits of a value below 10^8, one a byte, the first in the lowest: two halves of four, which go on
 * as in number_four_digits.
 */
static uint64_t eight_digits(uint32_t value)
{
	uint64_t halves = value / 10000 | (uint64_t)(value % 10000) << 32;
	uint64_t tops = halves * 10486 >> 20 & UINT64_C(0x7f0000007f); /* 10486 / 2^20 is 1 / 100 */
	uint64_t pairs = ((halves - 100 * tops) << 16) + tops;
	uint64_t tens = pairs * 103 >> 10 & UINT64_C(0x000f000f000f000f); /* 103 / 2^10 is 1 / 10 */

	return ((pairs - 10 * tens) << 8) + tens;
}

char *number_fixed(char *at, uint64_t value, unsigned digits)
{
	char *end = at + digits;
	char *next = end;

	for (; digits >= 8; digits -= 8) {
		next -= 8;
		ttf_store64(next, eight_digits((uint32_t)(value % EIGHT_DIGITS)) + ZEROS);
		value /= EIGHT_DIGITS;
	}
	for (; digits > 0; digits--) {
		*--next = (char)('0' + value % 10);
		value /= 10;
	}
	return end;
}

char *number_fraction(char *at, uint32_t value, unsigned digits)
{
	ttf_store64(at, (eight_digits(value) >> 8 * (8 - digits)) + ZEROS);
	return at + digits;
}

char *number_long(char *at, uint64_t value)
{
	uint64_t digits;
	unsigned zeros;

	if (value >= EIGHT_DIGITS)
		return number_fixed(number_unsigned(at, value / EIGHT_DIGITS), value % EIGHT_DIGITS, 8);
	digits = eight_digits((uint32_t)value);
	zeros = (unsigned)__builtin_ctzll(digits | (uint64_t)1 << 56) /
		8; /* in front, but not the last digit */
	ttf_store64(at, (digits >> 8 * zeros) + ZEROS);
	return at + 8 - zeros;
}

/* The eight hexadecimal digits of a value as characters, the first in the lowest byte. */
static uint64_t eight_nibbles(uint64_t value, uint64_t gap)
{
	uint64_t letters;

	value = (value | value << 16) & UINT64_C(0x0000ffff0000ffff);
	value = (value | value << 8) & UINT64_C(0x00ff00ff00ff00ff);
	value = __builtin_bswap64((value | value << 4) & UINT64_C(0x0f0f0f0f0f0f0f0f));
	letters = (value + UINT64_C(0x0606060606060606)) >> 4 & UINT64_C(0x0101010101010101);
	return value + ZEROS + letters * gap;
}

char *number_hex(char *at, uint64_t value, bool is_upper)
{
	unsigned count = (64 - (unsigned)__builtin_clzll(value | 1) + 3) / 4;
	uint64_t gap = (is_upper ? 'A' : 'a') - '9' - 1;

	value <<= 4 * (16 - count);
	ttf_store64(at, eight_nibbles(value >> 32, gap));
	ttf_store64(at + 8, eight_nibbles(value & 0xffffffff, gap));
	return at + count;
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
