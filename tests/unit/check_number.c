/*
 * check_number.c - integers, against glibc.
 */
#include <inttypes.h>
#include <stdio.h>

#include "../../decoder/render/number.h"
#include "../../format-spec/twin/conversion.h"
#include "sample.h"
#include "unit.h"

/* Every length of every base, and its neighbours. */
static uint64_t interesting(unsigned i)
{
	static const unsigned bases[] = { 2, 8, 10, 16 };
	uint64_t value = 1;

	for (unsigned n = i / 12; n > 0; n--)
		value *= bases[i / 3 % 4];
	return value + i % 3 - 1;
}

#define INTERESTING (12 * 66)

static void expect(const char *at, const char *end, const char *expected)
{
	ck_assert_uint_eq((size_t)(end - at), strlen(expected));
	ck_assert_mem_eq(at, expected, strlen(expected));
}

START_TEST(quick_forms)
{
	char at[NUMBER_BYTES_MAX];
	char expected[32];

	for (unsigned i = 0; i < INTERESTING; i++) {
		uint64_t value = interesting(i);

		snprintf(expected, sizeof(expected), "%" PRIu64, value);
		expect(at, number_unsigned(at, value), expected);
		snprintf(expected, sizeof(expected), "%" PRId64, (int64_t)value);
		expect(at, number_signed(at, (int64_t)value), expected);
		snprintf(expected, sizeof(expected), "%" PRId64, (int64_t)(0 - value));
		expect(at, number_signed(at, (int64_t)(0 - value)), expected);
		snprintf(expected, sizeof(expected), "%" PRIx64, value);
		expect(at, number_hex(at, value, false), expected);
		snprintf(expected, sizeof(expected), "%" PRIX64, value);
		expect(at, number_hex(at, value, true), expected);
		snprintf(expected, sizeof(expected), "%" PRIo64, value);
		expect(at, number_octal(at, value), expected);
	}
}
END_TEST

/* Every group of four digits, in both halves of eight: the multiplications that divide are exact. */
START_TEST(every_four_digits)
{
	char at[NUMBER_BYTES_MAX];
	char expected[32];

	for (unsigned i = 0; i < 10000; i++) {
		snprintf(expected, sizeof(expected), "%u", i * 10000 + i);
		expect(at, number_unsigned(at, i * 10000 + i), expected);
		snprintf(expected, sizeof(expected), "%08u", i * 10000 + i);
		expect(at, number_fraction(at, i * 10000 + i, 8), expected);
		expect(at, number_fraction(at, i, 4), expected + 4);
		snprintf(expected, sizeof(expected), "%x", i * 65536 + i);
		expect(at, number_hex(at, i * 65536 + i, false), expected);
	}
	expect(at, number_fraction(at, 7, 1), "7");
	expect(at, number_fraction(at, 7, 3), "007");
}
END_TEST

START_TEST(fixed_number_of_digits)
{
	char at[24];

	expect(at, number_fixed(at, 0, 1), "0");
	expect(at, number_fixed(at, 7, 1), "7");
	expect(at, number_fixed(at, 7, 2), "07");
	expect(at, number_fixed(at, 123, 9), "000000123");
	expect(at, number_fixed(at, 999999999, 9), "999999999");
	expect(at, number_fixed(at, UINT64_C(9999999999999999999), 19), "9999999999999999999");
	expect(at, number_fixed(at, UINT64_MAX, 20), "18446744073709551615");
}
END_TEST

static void print(char *to, size_t size, uint64_t value, char letter, const struct number_shape *shape)
{
	static const char names[] = "-+ #0";
	char format[32] = "%";
	char *at = format + 1;

	for (unsigned i = 0; names[i] != '\0'; i++) {
		if (shape->flags >> i & 1)
			*at++ = names[i];
	}
	snprintf(at, 24, shape->precision < 0 ? "%u%s%c" : "%u.%s%c", shape->width,
		 shape->precision < 0 ? "ll" : "*ll", letter);
	if (shape->width == 0)
		memmove(at, at + 1, strlen(at));
	if (shape->precision < 0)
		snprintf(to, size, format, value);
	else
		snprintf(to, size, format, shape->precision, value);
}

static void compare(struct out *out, uint64_t value, char letter, const struct number_shape *shape)
{
	char expected[128];
	bool is_negative = letter == 'd' && (int64_t)value < 0;

	print(expected, sizeof(expected), value, letter, shape);
	number_render(out, is_negative ? 0 - value : value, is_negative, letter, shape);
	sample_expect(out, expected);
}

/* All flags at once: _i is their set. */
START_TEST(every_shape)
{
	static const uint64_t values[] = { 0, 1, 8, 255, 123456, UINT64_MAX, (uint64_t)1 << 63 };
	static const unsigned widths[] = { 0, 1, 3, 8, 24, 40 };
	static const char letters[] = "doxXu";
	struct out out;

	out_open(&out, -1);
	for (unsigned n = 0; n < 7 * 6 * 5 * 7; n++) {
		static const int precisions[] = { -1, 0, 1, 3, 8, 22, 30 };
		struct number_shape shape = { .flags = (unsigned)_i,
					      .width = widths[n / 7 % 6],
					      .precision = precisions[n / 7 / 6 / 5] };

		compare(&out, values[n % 7], letters[n / 7 / 6 % 5], &shape);
	}
	out_close(&out);
}
END_TEST

START_TEST(pointers_take_a_sign)
{
	struct out out;
	struct number_shape shape = { .flags = TTF_FLAG_PLUS, .width = 10, .precision = -1 };

	out_open(&out, -1);
	number_render(&out, 0x7f00, false, 'p', &shape);
	sample_expect(&out, "   +0x7f00");
	shape = (struct number_shape){ .flags = TTF_FLAG_MINUS, .width = 12, .precision = 6 };
	number_render(&out, 0x7f00, false, 'p', &shape);
	sample_expect(&out, "0x007f00    ");
	out_close(&out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("number");
	TCase *all = tcase_create("all");

	tcase_add_test(all, quick_forms);
	tcase_add_test(all, every_four_digits);
	tcase_add_test(all, fixed_number_of_digits);
	tcase_add_loop_test(all, every_shape, 0, 32);
	tcase_add_test(all, pointers_take_a_sign);
	suite_add_tcase(suite, all);
	return unit_run(suite);
}
