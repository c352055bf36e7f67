/*
 * check_message.c - the message where rendering.md says more than "as printf": arguments that do not fit, limits, and
 * what only a hostile file holds. printf's own part is the work of tests/vectors/printf_differential.c.
 */
#include <errno.h>
#include <stdio.h>

#include "../../format-spec/twin/conversion.h"
#include "sample.h"
#include "unit.h"

static struct sample sample;
static struct out out;

static void begin_test(void)
{
	ck_assert_int_eq(out_open(&out, -1), 0);
}

static void end_test(void)
{
	ck_assert_int_eq(out_close(&out), 0);
}

/* The sample's message must be this; twice, since the second time the program is there already. */
static void expect(const char *message)
{
	for (int i = 0; i < 2; i++) {
		message_render(&out, &sample.event);
		sample_expect(&out, message);
	}
	message_forget(&sample.site);
}

START_TEST(as_printf)
{
	sample_begin(&sample, "req %u took %f us from %d flags 0x%llx: %s, %c, %5.1f%%");
	sample_argument(&sample, TTF_U32, 4000000000);
	sample_f64(&sample, 123.4567891);
	sample_i32(&sample, -7);
	sample_argument(&sample, TTF_U64, 0xdeadbeef);
	sample_str(&sample, "open");
	sample_i32(&sample, 'z');
	sample_f64(&sample, 99.95);
	expect("req 4000000000 took 123.456789 us from -7 flags 0xdeadbeef: open, z, 100.0%");
}
END_TEST

START_TEST(no_conversion)
{
	sample_begin(&sample, "");
	expect("");
	sample_begin(&sample, "100%% plain");
	expect("100% plain");
	sample_begin(&sample, "left over");
	sample_i32(&sample, 1);
	expect("left over");
}
END_TEST

START_TEST(not_a_conversion)
{
	sample_begin(&sample, "a %y b %-+5.3lv c %n d %");
	expect("a %y b %-+5.3lv c %n d %");
	sample_begin(&sample, "%d %5");
	sample_i32(&sample, 3);
	expect("3 %5");
	sample_begin(&sample, "%5.3ll");
	expect("%5.3ll");
}
END_TEST

START_TEST(no_argument_left)
{
	sample_begin(&sample, "%d %d %s %5.2f %lx %m");
	sample_i32(&sample, 1);
	expect("1 %!d(missing) %!s(missing) %!f(missing) %!x(missing) %!m(missing)");
	sample_begin(&sample, "%3$d %1$d %4095$S");
	sample_i32(&sample, 1);
	expect("%!d(missing) 1 %!S(missing)");
	/* the hidden errno is nobody's argument but %m's */
	sample_begin(&sample, "%d %m");
	sample_errno(&sample, ENOENT);
	expect("%!d(missing) No such file or directory");
}
END_TEST

/* Each conversion with each type: a letter says that it fits. */
static bool fits(char letter, bool is_wide, enum ttf_type type)
{
	bool is_integer = type >= TTF_I32 && type <= TTF_U64;

	switch (letter) {
	case 'c':
	case 'C':
		return is_integer;
	case 's':
		return type == (is_wide ? TTF_WSTR : TTF_STR);
	case 'S':
		return type == TTF_WSTR;
	case 'p':
		return type == TTF_PTR || type == TTF_PSTR || type == TTF_U64 || type == TTF_I64;
	case 'd':
	case 'i':
	case 'o':
	case 'u':
	case 'x':
	case 'X':
		return is_integer || type == TTF_PTR;
	default:
		return type == TTF_F64 || type == TTF_F80 || type == TTF_F128;
	}
}

static void check_fit(char letter, bool is_wide, enum ttf_type type)
{
	static const char *const names[] = { "",     "i32", "u32", "i64",  "u64",  "f64",  "f80",
					     "f128", "ptr", "str", "wstr", "pstr", "errno" };
	char format[8] = { '%', is_wide ? 'l' : letter, is_wide ? letter : '\0' };
	char fault[32];
	bool is_fault;

	snprintf(fault, sizeof(fault), "%%!%c(%s)", letter, names[type]);
	sample_begin(&sample, format);
	sample_argument(&sample, type, 65)->bytes = (struct text){ "A\0\0\0", type == TTF_STR ? 1 : 4 };
	message_render(&out, &sample.event);
	message_forget(&sample.site);
	is_fault = out_used(&out) == strlen(fault) && memcmp(out.start, fault, strlen(fault)) == 0;
	if (is_fault == fits(letter, is_wide, type))
		ck_abort_msg("%s of %s: %.*s", format, names[type], (int)out_used(&out), out.start);
	out_clear(&out);
}

/* _i: the type. */
START_TEST(what_fits)
{
	for (const char *letter = "diouxXcCsSpeEfFgGaA"; *letter != '\0'; letter++) {
		check_fit(*letter, false, (enum ttf_type)_i);
		check_fit(*letter, true, (enum ttf_type)_i);
	}
}
END_TEST

START_TEST(integers_are_cut)
{
	sample_begin(&sample, "%hhd %hhu %hd %hx %d %u %ld %lu %zx %Lx %c");
	for (int i = 0; i < 11; i++)
		sample_argument(&sample, TTF_I64, 0xfedcba98fffe8081 + 0xc0 * (uint64_t)(i == 10));
	expect("-127 129 -32639 8081 -98175 4294869121 -81985526906847103 18364758546802704513 fedcba98fffe8081 "
	       "fedcba98fffe8081 A");
	sample_begin(&sample, "%lu %lld %x");
	sample_i32(&sample, -1);
	sample_argument(&sample, TTF_U32, 0xffffffff);
	sample_argument(&sample, TTF_PTR, 0x7fff12345678);
	expect("18446744073709551615 4294967295 12345678");
}
END_TEST

START_TEST(pointers)
{
	sample_begin(&sample, "%p|%12p|%-8p|%p|%.2p");
	sample_argument(&sample, TTF_PTR, 0x7f00);
	sample_argument(&sample, TTF_PSTR, 0x7f00);
	sample_argument(&sample, TTF_PTR, 0);
	sample_argument(&sample, TTF_PSTR, 0)->is_null = true;
	sample_argument(&sample, TTF_U64, 0);
	expect("0x7f00|      0x7f00|(nil)   |(nil)|(nil)");
}
END_TEST

START_TEST(null_strings)
{
	sample_begin(&sample, "%s|%8s|%.5s|%.6s|%.0s|%-8.7s|%ls|%.5S");
	for (int i = 0; i < 6; i++)
		sample_str(&sample, NULL);
	sample_wstr(&sample, NULL, 0);
	sample_wstr(&sample, NULL, 0);
	expect("(null)|  (null)||(null)||(null)  |(null)|");
}
END_TEST

START_TEST(strings_end_where_they_end)
{
	sample_begin(&sample, "%s|%.2s|%6.3s|%.*s|%.*s");
	sample_argument(&sample, TTF_STR, 0)->bytes = (struct text){ "abcdef", 3 };
	sample_argument(&sample, TTF_STR, 0)->bytes = (struct text){ "abcdef", 3 };
	sample_argument(&sample, TTF_STR, 0)->bytes = (struct text){ "abcdef", 2 };
	sample_i32(&sample, 4);
	sample_argument(&sample, TTF_STR, 0)->bytes = (struct text){ "abcdef", 6 };
	sample_i32(&sample, -1);
	sample_argument(&sample, TTF_STR, 0)->bytes = (struct text){ "abcdef", 6 };
	expect("abc|ab|    ab|abcd|abcdef");
}
END_TEST

START_TEST(wide_strings)
{
	static const char hello[] = "h\0\0\0\xe9\0\0\0\xac\x20\0\0\0\xf6\x01"; /* h, e acute, euro, U+1F600 */
	static const char broken[] = "\0\xd8\0\0\xff\xff\x10\0\0\0\x11\0\xff\xff\xff\xff";

	sample_begin(&sample, "%ls|%.2ls|%.3ls|%8.6S|%ls|%lc|%lc");
	for (int i = 0; i < 4; i++)
		sample_wstr(&sample, hello, 16);
	sample_wstr(&sample, broken, 16);
	sample_argument(&sample, TTF_U32, 0x20ac);
	sample_argument(&sample, TTF_U32, 0xdfff);
	expect("h\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80|h|h\xc3\xa9|  h\xc3\xa9\xe2\x82\xac|"
	       "\xef\xbf\xbd\xf4\x8f\xbf\xbf\xef\xbf\xbd\xef\xbf\xbd|\xe2\x82\xac|\xef\xbf\xbd");
}
END_TEST

START_TEST(stars)
{
	sample_begin(&sample, "%*d|%*d|%.*d|%*.*f|%2$*1$d|");
	sample_i32(&sample, 4);
	sample_i32(&sample, 7);
	sample_i32(&sample, -4);
	sample_i32(&sample, 7);
	sample_i32(&sample, -1);
	sample_i32(&sample, 7);
	sample_argument(&sample, TTF_U64, 0xffffffff00000006);
	sample_argument(&sample, TTF_I64, 1);
	sample_f64(&sample, 2.25);
	expect("   7|7   |7|   2.2|   7|");
}
END_TEST

START_TEST(stars_that_do_not_fit_are_absent)
{
	sample_begin(&sample, "%*d|%.*f|%2$*9$d");
	sample_f64(&sample, 4);
	sample_i32(&sample, 7);
	sample_str(&sample, "4");
	sample_f64(&sample, 2.25);
	expect("7|2.250000|7");
}
END_TEST

/* A width or precision beyond 4095 counts as 4095, in digits and as an argument. */
START_TEST(widths_have_a_limit)
{
	static const int amounts[] = { INT32_MAX, INT32_MIN, 4096, -4096, 4095 };

	sample_begin(&sample, "%99999d%.4294967297d");
	sample_i32(&sample, 7);
	sample_i32(&sample, 7);
	message_render(&out, &sample.event);
	ck_assert_uint_eq(out_used(&out), 2 * TTF_WIDTH_MAX);
	message_forget(&sample.site);
	for (size_t i = 0; i < sizeof(amounts) / sizeof(*amounts); i++) {
		out_clear(&out);
		sample_begin(&sample, "%*d");
		sample_i32(&sample, amounts[i]);
		sample_i32(&sample, 7);
		message_render(&out, &sample.event);
		message_forget(&sample.site);
		ck_assert_uint_eq(out_used(&out), TTF_WIDTH_MAX);
		ck_assert_int_eq(out.start[amounts[i] < 0 ? 0 : TTF_WIDTH_MAX - 1], '7');
	}
}
END_TEST

START_TEST(reals_print_as_the_type_they_have)
{
	sample_begin(&sample, "%Lf %La %f %a %.3f");
	sample_f64(&sample, 0.1);
	sample_f64(&sample, 1);
	sample_argument(&sample, TTF_F80, (uint64_t)1 << 63)->high = 0x3fff;
	sample_argument(&sample, TTF_F80, (uint64_t)1 << 63)->high = 0x3fff;
	sample_argument(&sample, TTF_F128, 0)->high = 0x4000000000000000;
	expect("0.100000 0x1p+0 1.000000 0x8p-3 2.000");
}
END_TEST

START_TEST(errors)
{
	sample_begin(&sample, "open: %m (%#m)|%.2m|%8.2m|%-10.2m|%d");
	sample_i32(&sample, 5);
	sample_errno(&sample, EACCES);
	expect("open: Permission denied (EACCES)|Pe|      Pe|Pe        |5");
	sample_begin(&sample, "%m|%#m");
	sample_errno(&sample, 0);
	expect("Success|0");
	sample_begin(&sample, "%m|%#m|%#8m");
	sample_errno(&sample, -99999);
	expect("Unknown error -99999|-99999|  -99999");
}
END_TEST

START_TEST(a_broken_conversion_takes_no_argument)
{
	sample_begin(&sample, "%*y %*n %d");
	sample_i32(&sample, 1);
	sample_i32(&sample, 2);
	expect("%*y %*n 1");
}
END_TEST

/* Literals on both sides of the length that goes with the conversion after it. _i: the length. */
START_TEST(long_literals)
{
	char format[400];
	char expected[400];

	memset(format, 'l', (size_t)_i);
	strcpy(format + _i, "%d-%d");
	memset(expected, 'l', (size_t)_i);
	strcpy(expected + _i, "7--8");
	sample_begin(&sample, format);
	sample_i32(&sample, 7);
	sample_i32(&sample, -8);
	expect(expected);
}
END_TEST

START_TEST(many_conversions)
{
	char format[TTF_SITE_FORMAT_MAX + 1];
	size_t i;

	for (i = 0; i + 4 < sizeof(format); i += 4)
		memcpy(format + i, "%1$s", 4);
	format[i] = '\0';
	sample_begin(&sample, format);
	sample_str(&sample, "0123456789");
	message_render(&out, &sample.event);
	ck_assert_uint_eq(out_used(&out), 10 * (i / 4));
	message_forget(&sample.site);
}
END_TEST

/* A sequence of UTF-8 may be begun by the format and ended by an argument. */
START_TEST(escaped)
{
	sample_begin(&sample, "\xe2%s\x1b\"%c");
	sample_str(&sample, "\x82\xac\xff");
	sample_i32(&sample, '\n');
	message_escape(&out, &sample.event, CHARACTERS_TEXT);
	sample_expect(&out, "\xe2\x82\xac\\xff\\x1b\"\\n");
	message_escape(&out, &sample.event, CHARACTERS_JSON);
	sample_expect(&out, "\xe2\x82\xac\\ufffd\\u001b\\\"\\n");
	message_forget(&sample.site);
	sample_begin(&sample, "say \"%d\"");
	sample_i32(&sample, 1);
	message_escape(&out, &sample.event, CHARACTERS_TEXT);
	sample_expect(&out, "say \"1\"");
	message_escape(&out, &sample.event, CHARACTERS_JSON);
	sample_expect(&out, "say \\\"1\\\"");
	message_forget(&sample.site);
}
END_TEST

/* Everything that can bring in a character from the file is looked at. */
START_TEST(nothing_hostile_passes)
{
	static const struct {
		const char *format;
		enum ttf_type type;
		uint64_t bits;
	} cases[] = { { "%s", TTF_STR, 0 },	{ "%5s", TTF_STR, 0 },	{ "%ls", TTF_WSTR, 0 },
		      { "%c", TTF_I32, 27 },	{ "%lc", TTF_I32, 27 }, { "%-3C", TTF_U32, 27 },
		      { "\x1b%d", TTF_I32, 1 }, { "%\x1b", TTF_I32, 1 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		sample_begin(&sample, cases[i].format);
		sample_argument(&sample, cases[i].type, cases[i].bits)->bytes =
			(struct text){ "\x1b\0\0\0", cases[i].type == TTF_STR ? 1 : 4 };
		message_escape(&out, &sample.event, CHARACTERS_TEXT);
		ck_assert_ptr_null(memchr(out.start, 27, out_used(&out)));
		ck_assert_ptr_nonnull(memmem(out.start, out_used(&out), "\\x1b", 4));
		out_clear(&out);
		message_forget(&sample.site);
	}
}
END_TEST

/* What nobody would write: nothing may be read or written that is not there, and nothing unsafe comes out. */
START_TEST(random_formats)
{
	static const char alphabet[] = "%%%%$*.0123459-+ #'IhlLqjztZdiouxXcCsSpeEfFgGaAmn\n\xe2\x82";
	char format[64];
	uint64_t state = 1;

	for (unsigned i = 0; i < 100000; i++) {
		for (unsigned n = 0; n < sizeof(format); n++) {
			state = state * 6364136223846793005 + 1442695040888963407;
			format[n] = alphabet[(state >> 33) % (sizeof(alphabet) - 1)];
		}
		sample_begin(&sample, "");
		sample.site.format = (struct text){ format, i % (sizeof(format) + 1) };
		for (unsigned n = 0; n < i % (TTF_ARGUMENTS_MAX + 1); n++)
			sample_argument(&sample, (enum ttf_type)(TTF_I32 + (state >> n) % 11), state << n)
				->bytes = (struct text){ "\x1b\0\0\0\xff\xff\xff\xff", 8 };
		message_escape(&out, &sample.event, CHARACTERS_TEXT);
		message_forget(&sample.site);
		ck_assert_int_eq(out.error, 0);
		ck_assert_ptr_null(memchr(out.start, 27, out_used(&out)));
		ck_assert_ptr_null(memchr(out.start, '\n', out_used(&out)));
		out_clear(&out);
	}
}
END_TEST

START_TEST(forgetting_twice)
{
	sample_begin(&sample, "x");
	message_forget(&sample.site);
	expect("x");
	message_forget(&sample.site);
	ck_assert_ptr_null(sample.site.program);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("message");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, begin_test, end_test);
	tcase_add_test(all, as_printf);
	tcase_add_test(all, no_conversion);
	tcase_add_test(all, not_a_conversion);
	tcase_add_test(all, no_argument_left);
	tcase_add_loop_test(all, what_fits, TTF_I32, TTF_TYPE_END);
	tcase_add_test(all, integers_are_cut);
	tcase_add_test(all, pointers);
	tcase_add_test(all, null_strings);
	tcase_add_test(all, strings_end_where_they_end);
	tcase_add_test(all, wide_strings);
	tcase_add_test(all, stars);
	tcase_add_test(all, stars_that_do_not_fit_are_absent);
	tcase_add_test(all, widths_have_a_limit);
	tcase_add_test(all, reals_print_as_the_type_they_have);
	tcase_add_test(all, errors);
	tcase_add_test(all, a_broken_conversion_takes_no_argument);
	tcase_add_loop_test(all, long_literals, 0, 300);
	tcase_add_test(all, many_conversions);
	tcase_add_test(all, escaped);
	tcase_add_test(all, nothing_hostile_passes);
	tcase_add_test(all, random_formats);
	tcase_add_test(all, forgetting_twice);
	tcase_set_timeout(all, 60);
	suite_add_tcase(suite, all);
	return unit_run(suite);
}
