/*
 * real.c - see real.h.
 *
 * A finite value is `significand * 2^exponent`. Its integer part becomes decimal by Horner's rule in base 10^9; its
 * fraction is a binary fixed-point number that is multiplied by 10^19 again and again: what overflows are the
 * next 19 digits, and what is left says exactly how to round. The longest are those of binary128: 4933 digits of integer,
 * and a fraction of 16494 bits.
 */
#include "real.h"

#include <string.h>

#include "../../format-spec/twin/conversion.h"

__extension__ typedef unsigned __int128 u128;

#define INTEGER_DIGITS_MAX 4933 /* of 2^16384 */
#define GROUP_DIGITS 19
#define TEN_19 10000000000000000000u
/* Digits: room for a carry, the integer, the most that is asked for, and the rest of the last group. */
#define DIGITS_MAX (1 + INTEGER_DIGITS_MAX + TTF_WIDTH_MAX + 2 * GROUP_DIGITS)
#define FRACTION_LIMBS 258 /* of 64 bits: 16494 bits */
#define INTEGER_LIMBS 549  /* of 9 digits */

struct real {
	enum real_class class;
	bool is_negative;
	u128 significand;
	int exponent;	  /* of the significand's lowest bit */
	int leading_bits; /* that make the digit before the point in %a */
	int fraction_bits;
};

/* Digits of a decimal: digit[0] is the first, `integers` of them stand before the point. */
struct digits {
	char room[DIGITS_MAX];
	char *digit;
	size_t count;
	size_t integers;
	int exponent; /* scientific only: of the first digit */
};

struct fraction {
	uint64_t limb[FRACTION_LIMBS]; /* the first is the most significant: 2^-64 is its lowest bit */
	size_t first;		       /* the limbs from first to end are not all zero, the others are */
	size_t end;
};

static u128 bits128(const struct argument *argument)
{
	return (u128)argument->high << 64 | argument->bits;
}

static enum real_class class_of(bool is_top_exponent, u128 fraction, u128 significand)
{
	if (is_top_exponent)
		return fraction == 0 ? REAL_INFINITE : REAL_NAN;
	return significand == 0 ? REAL_ZERO : REAL_FINITE;
}

/* binary64 and binary128: the leading bit is not stored. */
static struct real unpack_ieee(u128 bits, int fraction_bits, int exponent_bits)
{
	u128 fraction = bits & (((u128)1 << fraction_bits) - 1);
	int top = (1 << exponent_bits) - 1;
	int biased = (int)(bits >> fraction_bits) & top;
	struct real real = { .is_negative = (bits >> (fraction_bits + exponent_bits) & 1) != 0,
			     .significand = fraction,
			     .exponent = (biased == 0 ? 1 : biased) - top / 2 - fraction_bits,
			     .leading_bits = 1,
			     .fraction_bits = fraction_bits };

	if (biased != 0)
		real.significand |= (u128)1 << fraction_bits;
	real.class = class_of(biased == top, fraction, real.significand);
	return real;
}

/*
 * x87 extended: the leading bit is stored. Where it contradicts the exponent (an "unnormal", which no processor since
 * the 80287 makes) glibc prints nan, and so does this.
 */
static struct real unpack_f80(const struct argument *argument)
{
	uint64_t significand = argument->bits;
	int biased = (int)(argument->high & 0x7fff);
	bool is_unnormal = biased != 0 && significand >> 63 == 0;
	struct real real = { .is_negative = (argument->high >> 15 & 1) != 0,
			     .significand = significand,
			     .exponent = (biased == 0 ? 1 : biased) - 16383 - 63,
			     .leading_bits = 4,
			     .fraction_bits = 60 };

	real.class = class_of(biased == 0x7fff, significand << 1, significand);
	if (is_unnormal)
		real.class = REAL_NAN;
	return real;
}

static struct real unpack(const struct argument *argument)
{
	switch (argument->type) {
	case TTF_F80:
		return unpack_f80(argument);
	case TTF_F128:
		return unpack_ieee(bits128(argument), 112, 15);
	default:
		return unpack_ieee(argument->bits, 52, 11);
	}
}

enum real_class real_classify(const struct argument *argument, bool *is_negative)
{
	struct real real = unpack(argument);

	*is_negative = real.is_negative;
	return real.class;
}

/* Multiplies by 2^shift (at most 32) in base 10^9; limb[0] is the lowest. Returns the new number of limbs. */
static size_t shift_limbs(uint32_t *limb, size_t count, int shift)
{
	uint64_t carry = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		carry += (uint64_t)limb[i] << shift;
		limb[i] = (uint32_t)(carry % 1000000000u);
		carry /= 1000000000u;
	}
	for (; carry != 0; carry /= 1000000000u)
		limb[count++] = (uint32_t)(carry % 1000000000u);
	return count;
}

/* An integer below 2^128 in decimal, without leading zeros. */
static char *write_u128(char *at, u128 value)
{
	uint64_t top = (uint64_t)(value / TEN_19 / TEN_19);
	uint64_t middle = (uint64_t)(value / TEN_19 % TEN_19);
	uint64_t low = (uint64_t)(value % TEN_19);

	if (top != 0) {
		at = number_unsigned(at, top);
		at = number_fixed(at, middle, GROUP_DIGITS);
		return number_fixed(at, low, GROUP_DIGITS);
	}
	if (middle != 0)
		return number_fixed(number_unsigned(at, middle), low, GROUP_DIGITS);
	return low != 0 ? number_unsigned(at, low) : at;
}

static char *write_shifted(char *at, u128 significand, int shift)
{
	uint32_t limb[INTEGER_LIMBS + 2];
	size_t count = 0;

	for (; significand != 0; significand /= 1000000000u)
		limb[count++] = (uint32_t)(significand % 1000000000u);
	for (; shift > 32; shift -= 32)
		count = shift_limbs(limb, count, 32);
	count = shift_limbs(limb, count, shift);
	at = number_unsigned(at, limb[--count]);
	while (count > 0)
		at = number_fixed(at, limb[--count], 9);
	return at;
}

/* The integer part's digits; none if it is 0. */
static char *write_integer(char *at, const struct real *real)
{
	if (real->exponent <= -128)
		return at;
	if (real->exponent <= 0)
		return write_u128(at, real->significand >> -real->exponent);
	if (real->exponent < 128 && real->significand >> (128 - real->exponent) == 0)
		return write_u128(at, real->significand << real->exponent);
	return write_shifted(at, real->significand, real->exponent);
}

static void fraction_of(struct fraction *fraction, const struct real *real)
{
	unsigned bits = real->exponent < 0 ? (unsigned)-real->exponent : 0;
	u128 value = real->significand;
	unsigned below = -bits % 64; /* unused bits of the last limb */
	size_t i;

	if (bits < 128)
		value &= ((u128)1 << bits) - 1;
	fraction->end = (bits + 63) / 64;
	memset(fraction->limb, 0, fraction->end * sizeof(*fraction->limb));
	for (i = fraction->end; value != 0; below = 0) {
		fraction->limb[--i] = (uint64_t)(value << below);
		value >>= 64 - below;
	}
	fraction->first = i;
}

/* The next GROUP_DIGITS digits after the point. */
static uint64_t fraction_next(struct fraction *fraction)
{
	uint64_t carry = 0;
	size_t i = fraction->end;

	while (i > fraction->first) {
		u128 product = (u128)fraction->limb[--i] * TEN_19 + carry;

		fraction->limb[i] = (uint64_t)product;
		carry = (uint64_t)(product >> 64);
	}
	while (fraction->end > fraction->first && fraction->limb[fraction->end - 1] == 0)
		fraction->end--;
	if (carry == 0 || fraction->first == 0)
		return carry;
	fraction->limb[--fraction->first] = carry;
	return 0;
}

static bool fraction_is_zero(const struct fraction *fraction)
{
	return fraction->first == fraction->end;
}

static bool is_above_half(const char *tail, const char *end, bool has_more, bool is_odd)
{
	if (*tail != '5')
		return *tail > '5';
	while (++tail < end)
		has_more = has_more || *tail != '0';
	return has_more || is_odd;
}

/* Cuts the digits, of which more than `wanted` stand up to `end`; has_more: what follows them is not all zero. */
static void round_digits(struct digits *digits, size_t wanted, const char *end, bool has_more, bool is_fixed)
{
	char *tail = digits->digit + wanted;
	char *next = tail;
	bool is_odd = wanted > 0 && (tail[-1] & 1);

	digits->count = wanted;
	if (!is_above_half(tail, end, has_more, is_odd))
		return;
	while (next > digits->digit && next[-1] == '9')
		*--next = '0';
	if (next > digits->digit) {
		next[-1]++;
		return;
	}
	*--digits->digit = '1';
	digits->count += is_fixed; /* scientific: the last zero falls off, the point moves */
	digits->integers++;
	digits->exponent++;
}

/* The digits from the first that is not 0, which lies behind the point. */
static char *skip_zeros(struct digits *digits, struct fraction *fraction)
{
	uint64_t group;
	char *end;

	digits->exponent = -1;
	while ((group = fraction_next(fraction)) == 0)
		digits->exponent -= GROUP_DIGITS;
	end = number_unsigned(digits->digit, group);
	digits->exponent -= GROUP_DIGITS - (int)(end - digits->digit);
	return end;
}

/* Fixed: the integer and `wanted` digits after the point. Else: `wanted` digits from the first that is not 0. */
static void expand(struct digits *digits, const struct real *real, size_t wanted, bool is_fixed)
{
	struct fraction fraction;
	char *end;

	digits->digit = digits->room + 1;
	end = write_integer(digits->digit, real);
	digits->integers = (size_t)(end - digits->digit);
	digits->exponent = (int)digits->integers - 1;
	fraction_of(&fraction, real);
	if (is_fixed)
		wanted += digits->integers;
	else if (real->class == REAL_ZERO)
		digits->exponent = 0;
	else if (digits->integers == 0)
		end = skip_zeros(digits, &fraction);
	while (end <= digits->digit + wanted)
		end = number_fixed(end, fraction_next(&fraction), GROUP_DIGITS);
	round_digits(digits, wanted, end, !fraction_is_zero(&fraction), is_fixed);
}

/* How the digits are set: [integers] [.] [zeros] [fraction] [suffix]. */
struct layout {
	const char *digit;
	size_t integers; /* none: a 0 is shown */
	size_t zeros;
	size_t fraction;
	bool has_point;
	char suffix[2 + NUMBER_BYTES_MAX]; /* e-4966, p+16383 */
	size_t suffix_bytes;
};

static void set_suffix(struct layout *layout, char letter, int exponent, unsigned least)
{
	unsigned magnitude = (unsigned)(exponent < 0 ? -exponent : exponent);
	char *at = layout->suffix;

	*at++ = letter;
	*at++ = exponent < 0 ? '-' : '+';
	at = magnitude < 10 ? number_fixed(at, magnitude, least) : number_unsigned(at, magnitude);
	layout->suffix_bytes = (size_t)(at - layout->suffix);
}

static void set_fixed(struct layout *layout, const struct digits *digits)
{
	layout->integers = digits->integers;
	layout->fraction = digits->count - digits->integers;
}

static void set_scientific(struct layout *layout, const struct digits *digits, char letter)
{
	layout->integers = 1;
	layout->fraction = digits->count - 1;
	set_suffix(layout, letter, digits->exponent, 2);
}

static void set_general(struct layout *layout, const struct digits *digits, char letter, bool keeps_zeros)
{
	if (digits->exponent < -4 || digits->exponent >= (int)digits->count) {
		set_scientific(layout, digits, letter);
	} else if (digits->exponent >= 0) {
		layout->integers = (size_t)digits->exponent + 1;
		layout->fraction = digits->count - layout->integers;
	} else {
		layout->zeros = (size_t)-digits->exponent - 1;
		layout->fraction = digits->count;
	}
	while (!keeps_zeros && layout->fraction > 0 &&
	       digits->digit[layout->integers + layout->fraction - 1] == '0')
		layout->fraction--;
}

static void lay_out_decimal(struct layout *layout, struct digits *digits, const struct real *real,
			    char letter, const struct number_shape *shape)
{
	size_t precision = shape->precision < 0 ? 6 : (size_t)shape->precision;

	switch (letter) {
	case 'f':
	case 'F':
		expand(digits, real, precision, true);
		set_fixed(layout, digits);
		break;
	case 'e':
	case 'E':
		expand(digits, real, precision + 1, false);
		set_scientific(layout, digits, letter);
		break;
	default:
		expand(digits, real, precision == 0 ? 1 : precision, false);
		set_general(layout, digits, letter == 'g' ? 'e' : 'E',
			    (shape->flags & TTF_FLAG_ALTERNATE) != 0);
	}
}

/* Rounds the significand to a number of hexadecimal digits after the leading one; the rest becomes zero. */
static u128 round_hex(u128 significand, unsigned drop_bits)
{
	u128 unit = (u128)1 << drop_bits;
	u128 rest = significand & (unit - 1);

	significand -= rest;
	if (rest > unit / 2 || (rest == unit / 2 && (significand & unit)))
		significand += unit;
	return significand;
}

static void lay_out_hex(struct layout *layout, struct digits *digits, const struct real *real, bool is_upper,
			int precision)
{
	const char *names = is_upper ? "0123456789ABCDEF" : "0123456789abcdef";
	int nibbles = real->fraction_bits / 4;
	int exponent = real->class == REAL_ZERO ? 0 : real->exponent + real->fraction_bits;
	u128 significand = real->significand;
	int i;

	if (precision >= 0 && precision < nibbles)
		significand = round_hex(significand, 4 * (unsigned)(nibbles - precision));
	if (significand >> (real->fraction_bits + 4) != 0) {
		significand >>= 4;
		exponent += 4;
	}
	for (i = 0; i <= nibbles; i++)
		digits->room[i] = names[significand >> (4 * (nibbles - i)) & 15];
	for (; i <= precision; i++)
		digits->room[i] = '0';
	for (i = nibbles; precision < 0 && i > 0 && digits->room[i] == '0'; i--)
		;
	layout->integers = 1;
	layout->fraction = (size_t)(precision < 0 ? i : precision);
	digits->digit = digits->room;
	set_suffix(layout, is_upper ? 'P' : 'p', exponent, 1);
}

static void emit(struct out *to, const struct layout *layout, const char *prefix, size_t prefix_bytes,
		 const struct number_shape *shape)
{
	size_t integers = layout->integers == 0 ? 1 : layout->integers;
	size_t bytes = prefix_bytes + integers + layout->has_point + layout->zeros + layout->fraction +
		       layout->suffix_bytes;
	size_t fill = 0;

	if ((shape->flags & TTF_FLAG_ZERO) && !(shape->flags & TTF_FLAG_MINUS) && shape->width > bytes)
		fill = shape->width - bytes;
	number_pad(to, shape, bytes + fill, false);
	out_bytes(to, prefix, prefix_bytes);
	out_repeat(to, '0', fill);
	out_bytes(to, layout->integers == 0 ? "0" : layout->digit, integers);
	if (layout->has_point)
		out_byte(to, '.');
	out_repeat(to, '0', layout->zeros);
	out_bytes(to, layout->digit + layout->integers, layout->fraction);
	out_bytes(to, layout->suffix, layout->suffix_bytes);
	number_pad(to, shape, bytes + fill, true);
}

static void emit_special(struct out *to, enum real_class class, const char *sign, size_t sign_bytes,
			 bool is_upper, const struct number_shape *shape)
{
	const char *name = class == REAL_NAN ? "nan" : "inf";

	if (is_upper)
		name = class == REAL_NAN ? "NAN" : "INF";
	number_pad(to, shape, sign_bytes + 3, false);
	out_bytes(to, sign, sign_bytes);
	out_bytes(to, name, 3);
	number_pad(to, shape, sign_bytes + 3, true);
}

void real_render(struct out *to, const struct argument *argument, char letter,
		 const struct number_shape *shape)
{
	struct real real = unpack(argument);
	struct digits digits;
	struct layout layout = { .zeros = 0 };
	bool is_upper = letter < 'a';
	char prefix[3];
	char *end = number_sign(prefix, real.is_negative, shape->flags);

	if (real.class == REAL_NAN || real.class == REAL_INFINITE) {
		emit_special(to, real.class, prefix, (size_t)(end - prefix), is_upper, shape);
		return;
	}
	if (letter == 'a' || letter == 'A') {
		*end++ = '0';
		*end++ = is_upper ? 'X' : 'x';
		lay_out_hex(&layout, &digits, &real, is_upper, shape->precision);
	} else {
		lay_out_decimal(&layout, &digits, &real, letter, shape);
	}
	layout.digit = digits.digit;
	layout.has_point = layout.zeros + layout.fraction > 0 || (shape->flags & TTF_FLAG_ALTERNATE);
	emit(to, &layout, prefix, (size_t)(end - prefix), shape);
}
