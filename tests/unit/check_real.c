/*
 * check_real.c - floating-point numbers: the types that the host has against glibc, the others against known digits.
 *
 * Random shapes and values are the work of tests/vectors/printf_differential.c.
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../decoder/render/quick.h"
#include "../../decoder/render/real.h"
#include "../../format-spec/twin/conversion.h"
#include "sample.h"
#include "unit.h"

static struct argument f64(double value)
{
	struct argument argument = { .type = TTF_F64 };

	memcpy(&argument.bits, &value, sizeof(value));
	return argument;
}

static struct argument wide_real(enum ttf_type type, uint64_t high, uint64_t low)
{
	return (struct argument){ .type = type, .bits = low, .high = high };
}

/* The argument printed with a letter and a precision must be this. */
static void expect(struct argument argument, char letter, int precision, const char *expected)
{
	struct number_shape shape = { .precision = precision };
	struct out out;

	out_open(&out, -1);
	real_render(&out, &argument, letter, &shape);
	sample_expect(&out, expected);
	out_close(&out);
}

static const double doubles[] = {
	0.0,
	-0.0,
	1.0,
	-1.0,
	0.1,
	0.5,
	1.5,
	2.5,
	0.05,
	0.125,
	9.5,
	99.5,
	999999.5,
	9999995.0,
	0.0001,
	0.00001,
	123456.789,
	1e15,
	1e16,
	1e21,
	1e22,
	1e23,
	1e100,
	DBL_MAX,
	DBL_MIN,
	DBL_EPSILON,
	0x1p-1074,
	0x1p63,
	0x1p64,
	0x1p53,
	0x1.8p-75,
	0x1p-127,
	0x1p-64,
	0x1.fffffffffffffp63,
	4.35,
	1e-5,
	1e-300,
	3e-310,
	M_PI,
	0.3,
	1e9 + 0.25,
	18446744073709551615.0,
	999.9999999999999,
	0x1.8p0,
	0x1.08p0,
};

START_TEST(doubles_equal_glibc)
{
	char expected[8192];
	char format[] = "%.*?";

	for (size_t i = 0; i < sizeof(doubles) / sizeof(*doubles); i++) {
		for (const char *letter = "fFeEgGaA"; *letter != '\0'; letter++) {
			for (int precision = -1; precision < 60; precision++) {
				format[3] = *letter;
				snprintf(expected, sizeof(expected), format, precision, doubles[i]);
				expect(f64(doubles[i]), *letter, precision, expected);
			}
		}
	}
}
END_TEST

/* Every bit pattern near a power of two and a half, at every precision: the quick form and the exact one agree. */
START_TEST(quick_form_is_exact)
{
	struct out out;
	uint64_t state = 1;

	out_open(&out, -1);
	for (unsigned i = 0; i < 400000; i++) {
		unsigned precision = i % (QUICK_PRECISION_MAX + 1);
		struct number_shape shape = { .precision = (int)precision };
		struct argument argument = { .type = TTF_F64 };
		char at[QUICK_BYTES_MAX];
		char *end;

		state = state * 6364136223846793005 + 1442695040888963407;
		argument.bits = (state >> 63) << 63 | (uint64_t)(900 + i / 20 % 190) << 52;
		argument.bits |= i % 3 ? state >> 12 : (state >> 12 & ~(uint64_t)0 << (30 + i % 22));
		argument.bits &= 0xbfffffffffffffff | (uint64_t)(i % 5 != 0) << 62;
		end = quick_fixed(at, argument.bits, precision);
		if (end == NULL)
			continue;
		real_render(&out, &argument, 'f', &shape);
		*end = '\0';
		sample_expect(&out, at);
	}
	out_close(&out);
}
END_TEST

START_TEST(quick_form_declines)
{
	char at[QUICK_BYTES_MAX];

	ck_assert_ptr_null(quick_fixed(at, f64(0x1p64).bits, 6));
	ck_assert_ptr_null(quick_fixed(at, f64(DBL_MAX).bits, 6));
	ck_assert_ptr_null(quick_fixed(at, f64(-INFINITY).bits, 6));
	ck_assert_ptr_null(quick_fixed(at, f64(NAN).bits, 6));
	ck_assert_ptr_nonnull(quick_fixed(at, f64(-0x1.fffffffffffffp63).bits, 19));
}
END_TEST

START_TEST(special_values)
{
	struct number_shape shape = { .flags = TTF_FLAG_ZERO, .width = 6, .precision = -1 };
	struct argument infinite = f64(INFINITY);
	struct out out;

	expect(f64(INFINITY), 'f', -1, "inf");
	expect(f64(-INFINITY), 'G', 3, "-INF");
	expect((struct argument){ .type = TTF_F64, .bits = 0xfff8000000000000 }, 'a', -1, "-nan");
	expect((struct argument){ .type = TTF_F64, .bits = 0x7ff0000000000001 }, 'E', -1, "NAN");
	expect(wide_real(TTF_F80, 0x7fff, 0x8000000000000000), 'f', -1, "inf");
	expect(wide_real(TTF_F80, 0xffff, 0xc000000000000000), 'f', -1, "-nan");
	expect(wide_real(TTF_F128, 0x7fff000000000000, 0), 'e', -1, "inf");
	expect(wide_real(TTF_F128, 0xffff000000000000, 1), 'e', -1, "-nan");
	out_open(&out, -1);
	real_render(&out, &infinite, 'f', &shape);
	sample_expect(&out, "   inf");
	out_close(&out);
}
END_TEST

START_TEST(f80_on_every_host)
{
	const uint64_t one = (uint64_t)1 << 63;

	expect(wide_real(TTF_F80, 0x3fff, one), 'f', -1, "1.000000");
	expect(wide_real(TTF_F80, 0x3fff, one), 'a', -1, "0x8p-3");
	expect(wide_real(TTF_F80, 0xbfff, one | 1), 'a', -1, "-0x8.000000000000001p-3");
	expect(wide_real(TTF_F80, 0x4000, 0xc90fdaa22168c235), 'g', 21, "3.14159265358979323851");
	expect(wide_real(TTF_F80, 0x7ffe, UINT64_MAX), 'g', -1, "1.18973e+4932");
	expect(wide_real(TTF_F80, 0, 1), 'g', 21, "3.64519953188247460253e-4951");
	expect(wide_real(TTF_F80, 0, 1), 'a', -1, "0x0.000000000000001p-16385");
	expect(wide_real(TTF_F80, 0x8000, 0), 'f', 2, "-0.00");
	expect(wide_real(TTF_F80, 0, 0), 'a', -1, "0x0p+0");
	expect(wide_real(TTF_F80, 0x3fff, 0x9fffffffffffffff), 'a', 0, "0xap-3");
	expect(wide_real(TTF_F80, 0x3fff, UINT64_MAX), 'a', 0, "0x1p+1");
	/* what stands in the bytes beyond the ten is not part of the value */
	expect(wide_real(TTF_F80, 0xffffffffffff3fff, one), 'f', 0, "1");
}
END_TEST

START_TEST(f80_contradictions)
{
	expect(wide_real(TTF_F80, 0x3fff, 1), 'f', -1, "nan");			   /* an unnormal */
	expect(wide_real(TTF_F80, 0xffff, 0), 'f', -1, "-nan");			   /* a pseudo-infinity */
	expect(wide_real(TTF_F80, 0x7fff, 1), 'f', -1, "nan");			   /* a pseudo-NaN */
	expect(wide_real(TTF_F80, 0, (uint64_t)1 << 63), 'g', -1, "3.3621e-4932"); /* a pseudo-denormal */
}
END_TEST

START_TEST(f128_on_every_host)
{
	const uint64_t one = 0x3fff000000000000;

	expect(wide_real(TTF_F128, one, 0), 'f', -1, "1.000000");
	expect(wide_real(TTF_F128, one, 1), 'a', -1, "0x1.0000000000000000000000000001p+0");
	expect(wide_real(TTF_F128, 0x4000921fb54442d1, 0x8469898cc51701b8), 'g', 36,
	       "3.1415926535897932384626433832795028");
	expect(wide_real(TTF_F128, 0x7ffeffffffffffff, UINT64_MAX), 'g', 36,
	       "1.18973149535723176508575932662800702e+4932");
	expect(wide_real(TTF_F128, 0, 1), 'e', 20, "6.47517511943802511092e-4966");
	expect(wide_real(TTF_F128, 0, 1), 'a', -1, "0x0.0000000000000000000000000001p-16382");
	expect(wide_real(TTF_F128, 0x8000000000000000, 0), 'g', -1, "-0");
	expect(wide_real(TTF_F128, one | 0xffffffffffff, UINT64_MAX), 'a', 3, "0x2.000p+0");
}
END_TEST

#if defined(__HAVE_FLOAT128) && __HAVE_FLOAT128
/* strfromf128 knows binary128 on hosts whose long double is another type. */
__extension__ typedef _Float128 binary128;

static binary128 host_f128(uint64_t high, uint64_t low)
{
	bool is_little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
	uint64_t halves[2] = { is_little ? low : high, is_little ? high : low };
	binary128 value;

	memcpy(&value, halves, sizeof(value));
	return value;
}

START_TEST(f128_equals_glibc)
{
	static const char *const formats[] = { "%.0f", "%.30f", "%.40e", "%.4095f",
					       "%g",   "%.50g", "%a",	 "%.7a" };
	static char expected[16384];
	uint64_t state = 1;

	for (unsigned i = 0; i < 4000; i++) {
		const char *format = formats[i % 8];
		unsigned exponent = i % 50 == 0 ? i * 7 : 0x3fff - 120 + i / 8 % 240;
		uint64_t low, high;

		state = state * 6364136223846793005 + 1442695040888963407;
		low = i % 3 ? state : 0;
		high = (state >> 63) << 63 | (uint64_t)exponent << 48 | (state >> 7 & 0xffffffffffff);
		strfromf128(expected, sizeof(expected), format, host_f128(high, low));
		expect(wide_real(TTF_F128, high, low), format[strlen(format) - 1],
		       format[1] == '.' ? atoi(format + 2) : -1, expected);
	}
}
END_TEST
#endif

START_TEST(shapes)
{
	static const struct {
		unsigned flags;
		unsigned width;
		const char *expected;
	} cases[] = {
		{ 0, 8, "     1.5" },
		{ TTF_FLAG_ZERO, 8, "000001.5" },
		{ TTF_FLAG_MINUS | TTF_FLAG_ZERO, 8, "1.5     " },
		{ TTF_FLAG_PLUS | TTF_FLAG_ZERO, 8, "+00001.5" },
		{ TTF_FLAG_SPACE, 0, " 1.5" },
		{ TTF_FLAG_ALTERNATE, 0, "1.50000" },
	};
	struct argument argument = f64(1.5);
	struct out out;

	out_open(&out, -1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct number_shape shape = { .flags = cases[i].flags,
					      .width = cases[i].width,
					      .precision = -1 };

		real_render(&out, &argument, 'g', &shape);
		sample_expect(&out, cases[i].expected);
	}
	out_close(&out);
}
END_TEST

/* The longest results there are, and nothing written past the digits' room. */
START_TEST(extremes)
{
	struct number_shape shape = { .width = TTF_WIDTH_MAX, .precision = TTF_WIDTH_MAX };
	struct argument greatest = wide_real(TTF_F128, 0x7ffeffffffffffff, UINT64_MAX);
	struct argument least = wide_real(TTF_F128, 0, 1);
	struct out out;

	out_open(&out, -1);
	real_render(&out, &greatest, 'f', &shape);
	ck_assert_uint_eq(out_used(&out), 4933 + 1 + TTF_WIDTH_MAX);
	out_clear(&out);
	real_render(&out, &least, 'e', &shape);
	ck_assert_uint_eq(out_used(&out), 2 + TTF_WIDTH_MAX + strlen("e-4966"));
	out_clear(&out);
	real_render(&out, &least, 'a', &shape);
	ck_assert_uint_eq(out_used(&out), strlen("0x0.") + TTF_WIDTH_MAX + strlen("p-16382"));
	out_close(&out);
}
END_TEST

START_TEST(classes)
{
	struct argument argument = f64(-INFINITY);
	bool is_negative;

	ck_assert_int_eq(real_classify(&argument, &is_negative), REAL_INFINITE);
	ck_assert(is_negative);
	argument = f64(0x1p-1074);
	ck_assert_int_eq(real_classify(&argument, &is_negative), REAL_FINITE);
	ck_assert(!is_negative);
	argument = f64(-0.0);
	ck_assert_int_eq(real_classify(&argument, &is_negative), REAL_ZERO);
	ck_assert(is_negative);
	argument = f64(NAN);
	ck_assert_int_eq(real_classify(&argument, &is_negative), REAL_NAN);
}
END_TEST

/* What quick_shortest must give, by the C library. */
static void shortest_of(double value, char *to, size_t room)
{
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(to, room, "%.*g", digits, value);
		if (strtod(to, NULL) == value)
			return;
	}
}

static bool expect_shortest(double value)
{
	char expected[64], at[QUICK_BYTES_MAX];
	char *end = quick_shortest(at, f64(value).bits);

	if (end == NULL)
		return false;
	shortest_of(value, expected, sizeof(expected));
	ck_assert_int_le(end - at, (int)sizeof(at));
	ck_assert_msg(strlen(expected) == (size_t)(end - at) && memcmp(at, expected, strlen(expected)) == 0,
		      "%a: %.*s, not %s", value, (int)(end - at), at, expected);
	return true;
}

START_TEST(test_shortest)
{
	uint64_t state = 1, quick = 0;

	for (size_t i = 0; i < sizeof(doubles) / sizeof(doubles[0]); i++)
		expect_shortest(doubles[i]);
	for (int exponent = -14; exponent <= 50; exponent++)
		for (int step = -3; step <= 3; step++) {
			double value = ldexp(1.0, exponent);

			for (int i = 0; i < abs(step); i++)
				value = nextafter(value, step < 0 ? 0 : HUGE_VAL);
			expect_shortest(value);
			expect_shortest(-value);
		}
	for (unsigned i = 0; i < 300000; i++) {
		double value;

		state = state * 6364136223846793005u + 1442695040888963407u;
		value = ldexp((double)(int64_t)(state >> (i % 50)), (int)(i % 90) - 60);
		quick += expect_shortest(value);
		quick += expect_shortest((double)(state >> 40) / 1000.0);
		quick += expect_shortest(round(ldexp((double)(state >> 11), -40) * 1e6) / 1e6);
	}
	ck_assert_uint_gt(quick, 600000);
	ck_assert(expect_shortest(0.1) && expect_shortest(0x1p48) && expect_shortest(0x1p-13) &&
		  expect_shortest(0.0));
	ck_assert(!expect_shortest(-0.0) && !expect_shortest(1e300) && !expect_shortest(NAN) &&
		  !expect_shortest(INFINITY));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("real");
	TCase *all = tcase_create("all");

	tcase_add_test(all, doubles_equal_glibc);
	tcase_add_test(all, quick_form_is_exact);
	tcase_add_test(all, quick_form_declines);
	tcase_add_test(all, special_values);
	tcase_add_test(all, f80_on_every_host);
	tcase_add_test(all, f80_contradictions);
	tcase_add_test(all, f128_on_every_host);
#if defined(__HAVE_FLOAT128) && __HAVE_FLOAT128
	tcase_add_test(all, f128_equals_glibc);
#endif
	tcase_add_test(all, shapes);
	tcase_add_test(all, extremes);
	tcase_add_test(all, classes);
	tcase_set_timeout(all, 60);
	tcase_add_test(all, test_shortest);
	suite_add_tcase(suite, all);
	return unit_run(suite);
}
