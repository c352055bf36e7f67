#include "quick.h"

#include <stdbool.h>
#include <stddef.h>

#include "number.h"

__extension__ typedef unsigned __int128 u128;

/* clang-format off */
static const uint64_t powers[QUICK_PRECISION_MAX + 1] = {
	1u, 10u, 100u, 1000u, 10000u, 100000u, 1000000u, 10000000u, 100000000u, 1000000000u,
	10000000000u, 100000000000u, 1000000000000u, 10000000000000u, 100000000000000u,
	1000000000000000u, 10000000000000000u, 100000000000000000u, 1000000000000000000u,
	10000000000000000000u,
};
/* clang-format on */

/* 10^precision times a significand / 2^shift below 1, rounded. */
static uint64_t scale(uint64_t significand, unsigned shift, uint64_t power, bool is_odd)
{
	u128 product = (u128)significand * power;
	u128 unit = (u128)1 << shift;
	u128 rest = product & (unit - 1);
	uint64_t scaled = (uint64_t)(product >> shift);

	if (power != 1)
		is_odd = scaled & 1;
	return scaled + (rest > unit / 2 || (rest == unit / 2 && is_odd));
}

char *quick_fixed(char *at, uint64_t bits, unsigned precision)
{
	uint64_t significand = bits & 0xfffffffffffff;
	unsigned biased = (unsigned)(bits >> 52) & 0x7ff;
	unsigned shift = 1075 - biased; /* value = significand / 2^shift */
	uint64_t integer = 0;
	uint64_t fraction = 0;

	if (biased > 1075 + 11)
		return NULL;
	if (biased != 0)
		significand |= (uint64_t)1 << 52;
	if (biased >= 1075) {
		integer = significand << (biased - 1075);
	} else if (shift < 64) {
		integer = significand >> shift;
		fraction = scale(significand & (((uint64_t)1 << shift) - 1), shift, powers[precision],
				 integer & 1);
	} else if (shift < 128) {
		fraction = scale(significand, shift, powers[precision], false);
	}
	if (fraction == powers[precision]) {
		fraction = 0;
		integer++;
	}
	if (bits >> 63)
		*at++ = '-';
	at = number_unsigned(at, integer);
	if (precision == 0)
		return at;
	*at++ = '.';
	if (precision <= 8)
		return number_fraction(at, (uint32_t)fraction, precision);
	return number_fixed(at, fraction, precision);
}

/* A double as significand / 2^shift. */
struct dyadic {
	uint64_t significand;
	unsigned shift;
};

/* How many digits the value has before the point, or minus how many zeros behind it before the first other one; %g writes no more than 3 of these. */
static int digits_before(const struct dyadic *value)
{
	uint64_t integer = (uint64_t)((u128)value->significand >> value->shift);
	int digits = 0;

	if (integer == 0) {
		while (digits > -3 && (u128)value->significand * powers[1 - digits] >> value->shift == 0)
			digits--;
		return digits;
	}
	while (integer >= powers[digits])
		digits++;
	return digits;
}

/*
 * Whether decimal / 10^precision, which is the nearest of so many digits, is nearer to the value than to any other double, or as near and the
 * value even. Below a power of two the next one is half as far.
 */
static bool reads_back(const struct dyadic *value, uint64_t decimal, u128 product, uint64_t power)
{
	u128 scaled = (u128)decimal << value->shift;
	u128 off = scaled > product ? scaled - product : product - scaled;
	bool is_low = scaled < product && value->significand == (uint64_t)1 << 52;
	u128 allowed = is_low ? power / 2 : power;

	return 2 * off < allowed || (2 * off == allowed && (is_low || value->significand % 2 == 0));
}

static uint64_t round_even(u128 product, unsigned shift)
{
	u128 unit = (u128)1 << shift;
	u128 rest = product & (unit - 1);
	uint64_t whole = (uint64_t)(product >> shift);

	return whole + (rest > unit / 2 || (rest == unit / 2 && whole % 2 != 0));
}

/* decimal / 10^precision without zeros at its end. */
static char *put_decimal(char *at, uint64_t decimal, unsigned precision)
{
	uint64_t fraction = decimal % powers[precision];

	at = number_unsigned(at, decimal / powers[precision]);
	if (fraction == 0)
		return at;
	while (fraction % 10 == 0) {
		fraction /= 10;
		precision--;
	}
	*at++ = '.';
	return number_fixed(at, fraction, precision);
}

char *quick_shortest(char *at, uint64_t bits)
{
	unsigned biased = (unsigned)(bits >> 52) & 0x7ff;
	struct dyadic value = { (bits & 0xfffffffffffff) | (uint64_t)1 << 52, 1075 - biased };
	int before;

	if (bits == 0) {
		*at++ = '0';
		return at;
	}
	/* From 2^-13, the least power of two that %g writes without an exponent, to 2^49, which is below 10^15. */
	if (biased < 1023 - 13 || biased >= 1023 + 49)
		return NULL;
	before = digits_before(&value);
	for (int digits = 15; digits <= 17 && digits - before <= (int)QUICK_PRECISION_MAX; digits++) {
		unsigned precision = (unsigned)(digits - before);
		u128 product = (u128)value.significand * powers[precision];
		uint64_t decimal = round_even(product, value.shift);

		if (!reads_back(&value, decimal, product, powers[precision]))
			continue;
		if (bits >> 63)
			*at++ = '-';
		return put_decimal(at, decimal, precision);
	}
	return NULL;
}
