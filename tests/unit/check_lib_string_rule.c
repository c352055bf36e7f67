/*
 * check_lib_string_rule.c - how far strings are read: never past a precision, never a byte of what `%p` prints.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <wchar.h>

#include "../../format-spec/twin/conversion.h"
#include "../../lib/string_rule.h"
#include "lib_sample.h"

#define STR "\x09"
#define WSTR "\x0a"
#define INT "\x01"
#define PLAIN TT_IMPL_RULE_PLAIN
#define STAR TT_IMPL_RULE_STAR
#define WIDE TT_IMPL_RULE_WIDE
#define POINTER TT_IMPL_RULE_POINTER

static const struct sample {
	const char *format;
	const char *types;
	unsigned argument; /* whose rule is looked at */
	unsigned rule;
} samples[] = {
	{ "%s", STR, 0, PLAIN },
	{ "%-10s|", STR, 0, PLAIN },
	{ "%*s", INT STR, 1, PLAIN },
	{ "%.16s", STR, 0, 16 },
	{ "%.s", STR, 0, 0 },
	{ "%.0s", STR, 0, 0 },
	{ "%10.3s", STR, 0, 3 },
	{ "%.4095s", STR, 0, 4095 },
	{ "%.*s", INT STR, 1, STAR },
	{ "%*.*s", INT INT STR, 2, STAR },
	{ "%p", STR, 0, POINTER },
	{ "%ls", WSTR, 0, WIDE | PLAIN },
	{ "%S", WSTR, 0, WIDE | PLAIN },
	{ "%.3ls", WSTR, 0, WIDE | 3 },
	{ "%.*ls", INT WSTR, 1, WIDE | STAR },
	{ "%p", WSTR, 0, POINTER },
	/* What the compiler warns about, and what no conversion reads, is not read. */
	{ "%ls", STR, 0, POINTER },
	{ "%s", WSTR, 0, POINTER },
	{ "%d", STR, 0, POINTER },
	{ "nothing", STR, 0, POINTER },
	{ "%d", INT STR, 1, POINTER },
	{ "%d%%%s", INT STR, 1, PLAIN },
	/* By number; more than once: as far as one of them reads. */
	{ "%2$s %1$d", INT STR, 1, PLAIN },
	{ "%1$.2s %1$.5s", STR, 0, 5 },
	{ "%1$.5s %1$.2s", STR, 0, 5 },
	{ "%1$.2s %1$s", STR, 0, PLAIN },
	{ "%1$s %1$.2s", STR, 0, PLAIN },
	{ "%2$.*1$s", INT STR, 1, STAR },
	{ "%2$.*1$s %2$s", INT STR, 1, PLAIN },
	{ "%1$.2ls %1$ls", WSTR, 0, WIDE | PLAIN },
	/* More conversions than there can be arguments. */
	{ "%s%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%s",
	  STR INT INT INT INT INT INT INT INT INT INT INT INT INT INT INT, 0, PLAIN },
};

START_TEST(follows_the_format)
{
	const struct sample *sample = &samples[_i];
	struct tt_impl_site site = sample_site(sample->format, sample->types);

	ck_assert_int_eq(string_rule_set(&site), 0);
	ck_assert_msg(site.rules[sample->argument] == sample->rule, "`%s`: rule %x, not %x", sample->format,
		      site.rules[sample->argument], sample->rule);
}
END_TEST

static const struct sample refused[] = {
	{ "%n", "\x08", 0, 0 },
	{ "%d%hhn", INT "\x08", 0, 0 },
	{ "%1$n", "\x08", 0, 0 },
	{ "%-5n", "\x08", 0, 0 },
	/* The precision is not the argument before. */
	{ "%1$.*2$s", STR INT, 0, 0 },
	{ "%3$.*1$s", INT INT STR, 0, 0 },
	/* No rule says "the larger of 5 and the argument". */
	{ "%2$.*1$s %2$.5s", INT STR, 0, 0 },
};

START_TEST(refuses)
{
	struct tt_impl_site site = sample_site(refused[_i].format, refused[_i].types);

	ck_assert_msg(string_rule_set(&site) == -EINVAL, "`%s` was taken", refused[_i].format);
}
END_TEST

START_TEST(takes_percent_n_that_is_none)
{
	struct tt_impl_site site = sample_site("100%%n %%%%n", "");

	ck_assert_int_eq(string_rule_set(&site), 0);
}
END_TEST

START_TEST(resolves_types)
{
	struct tt_impl_site site = sample_site("%p %s %d %ls %p", STR STR INT WSTR WSTR);
	uint8_t types[TT_IMPL_ARGUMENTS_MAX];

	ck_assert_int_eq(string_rule_set(&site), 0);
	string_rule_types(&site, types);
	ck_assert_uint_eq(types[0], TTF_PSTR);
	ck_assert_uint_eq(types[1], TTF_STR);
	ck_assert_uint_eq(types[2], TTF_I32);
	ck_assert_uint_eq(types[3], TTF_WSTR);
	ck_assert_uint_eq(types[4], TTF_PSTR);
}
END_TEST

static const struct {
	const char *format;
	int wants;
} errnos[] = {
	{ "%m", 1 },	{ "%#m", 1 }, { "%-20m|", 1 }, { "%20m", 1 }, { "%.5m", 1 },  { "%*m", 1 },
	{ "%.*m", 1 },	{ "% m", 1 }, { "%+m", 1 },    { "%'m", 1 },  { "%Im", 1 },   { "% 5m", 1 },
	{ "%- m", 1 },	{ "%0m", 1 }, { "%.m", 1 },    { "%  m", 1 }, { "%' m", 1 },  { "%-I m", 1 },
	{ "%+  m", 1 }, { "%d", 0 },  { "memory", 0 }, { "", 0 },     { "%d ms", 0 }, { "%ld mm", 0 },
};

START_TEST(sees_errno)
{
	struct tt_impl_site site = sample_site(errnos[_i].format, "");

	ck_assert_int_eq(string_rule_set(&site), 0);
	ck_assert_msg(site.has_errno == errnos[_i].wants, "`%s`: %d", errnos[_i].format, site.has_errno);
}
END_TEST

/* Whether a %m without a length is in the format, by the grammar of the specification. */
static bool has_error(const char *format)
{
	struct ttf_format grammar = { format, format + strlen(format), 0 };
	struct ttf_piece piece;

	while (ttf_format_next(&grammar, &piece))
		if (!piece.is_literal && piece.letter == 'm' && piece.length == TTF_LENGTH_NONE)
			return true;
	return false;
}

/* Every text of up to five of the characters that may stand between the `%` and the `m`. */
START_TEST(sees_errno_in_all_conversions)
{
	static const char between[] = "1$ -+#0'I*.l";
	enum { KINDS = sizeof(between) - 1, MOST = 5 };
	unsigned found = 0;

	for (unsigned bytes = 0, texts = 1; bytes <= MOST; bytes++, texts *= KINDS)
		for (unsigned text = 0; text < texts; text++) {
			char format[1 + MOST + 1 + 1] = "%";
			unsigned rest = text;

			for (unsigned i = 1; i <= bytes; i++, rest /= KINDS)
				format[i] = between[rest % KINDS];
			format[bytes + 1] = 'm';
			if (!has_error(format))
				continue;
			found++;
			ck_assert_msg(tt_impl_wants_errno(format), "`%s`", format);
		}
	ck_assert_uint_gt(found, 10000);
}
END_TEST

/* The end of a page that is followed by none: one byte too far is a crash. */
static char *last_bytes(const void *bytes, size_t count)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(pages, MAP_FAILED);
	ck_assert_int_eq(mprotect(pages + page, page, PROT_NONE), 0);
	memcpy(pages + page - count, bytes, count);
	return pages + page - count;
}

static struct tt_impl_string measure(const void *at, uint32_t rule, int before, uint32_t left)
{
	return string_rule_measure((uint64_t)(uintptr_t)at, rule, (uint64_t)(int64_t)before, left);
}

START_TEST(measures_strings)
{
	struct tt_impl_string string = measure("hello", PLAIN, 0, 4096);

	ck_assert_uint_eq(string.bytes, 5);
	ck_assert_uint_eq(string.field, 5);
	ck_assert_uint_eq(measure("", PLAIN, 0, 4096).field, 0);
	ck_assert_uint_eq(measure(NULL, PLAIN, 0, 4096).field, TTF_STRING_NULL);
	ck_assert_uint_eq(measure(NULL, PLAIN, 0, 4096).bytes, 0);
	ck_assert_uint_eq(measure(NULL, STAR, 3, 4096).field, TTF_STRING_NULL);
	ck_assert_uint_eq(measure("hello", 3, 0, 4096).field, 3);
	ck_assert_uint_eq(measure("hello", 9, 0, 4096).field, 5);
	ck_assert_uint_eq(measure("hello", 0, 0, 4096).field, 0);
	ck_assert_uint_eq(measure("hello", STAR, 2, 4096).field, 2);
	ck_assert_uint_eq(measure("hello", STAR, 0, 4096).field, 0);
	ck_assert_uint_eq(measure("hello", STAR, -1, 4096).field, 5);
	ck_assert_uint_eq(measure("hello", STAR, INT32_MIN, 4096).field, 5);
	ck_assert_uint_eq(measure("hello", STAR, INT32_MAX, 4096).field, 5);
}
END_TEST

/* What is left of the record's room cuts, and says so; a precision does not. */
START_TEST(cuts_at_the_room_left)
{
	ck_assert_uint_eq(measure("hello", PLAIN, 0, 5).field, 5);
	ck_assert_uint_eq(measure("hello", PLAIN, 0, 4).field, 4 | TTF_STRING_TRUNCATED);
	ck_assert_uint_eq(measure("hello", PLAIN, 0, 0).field, TTF_STRING_TRUNCATED);
	ck_assert_uint_eq(measure("", PLAIN, 0, 0).field, 0);
	ck_assert_uint_eq(measure("hello", 4, 0, 4).field, 4);
	ck_assert_uint_eq(measure("hello", 5, 0, 4).field, 4 | TTF_STRING_TRUNCATED);
	ck_assert_uint_eq(measure(L"ab", WIDE | PLAIN, 0, 8).field, 8);
	ck_assert_uint_eq(measure(L"abc", WIDE | PLAIN, 0, 8).field, 8 | TTF_STRING_TRUNCATED);
	ck_assert_uint_eq(measure(L"abc", WIDE | PLAIN, 0, 11).field, 8 | TTF_STRING_TRUNCATED);
	ck_assert_uint_eq(measure(L"abc", WIDE | PLAIN, 0, 3).field, TTF_STRING_TRUNCATED);
}
END_TEST

START_TEST(reads_nothing_past_a_precision)
{
	const char *open_end = last_bytes("abcd", 4);
	const char *wide = last_bytes(L"xyz", 3 * sizeof(wchar_t));

	ck_assert_uint_eq(measure(open_end, 4, 0, 4096).field, 4);
	ck_assert_uint_eq(measure(open_end, STAR, 4, 4096).field, 4);
	ck_assert_uint_eq(measure(open_end, STAR, 0, 4096).field, 0);
	ck_assert_uint_eq(measure(open_end + 4, 0, 0, 4096).field, 0);
	ck_assert_uint_eq(measure(wide, WIDE | 3, 0, 4096).field, 12);
	ck_assert_uint_eq(measure(wide, WIDE | STAR, 3, 4096).field, 12);
}
END_TEST

START_TEST(does_not_read_pointers)
{
	struct tt_impl_string string = measure((const void *)(uintptr_t)0xdead, POINTER, 0, 4096);

	ck_assert_ptr_null(string.from);
	ck_assert_uint_eq(string.bytes, 8);
	ck_assert_uint_eq(string.field, 8);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lib_string_rule");
	TCase *tests = tcase_create("string_rule");

	tcase_add_loop_test(tests, follows_the_format, 0, sizeof(samples) / sizeof(samples[0]));
	tcase_add_loop_test(tests, refuses, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(tests, takes_percent_n_that_is_none);
	tcase_add_test(tests, resolves_types);
	tcase_add_loop_test(tests, sees_errno, 0, sizeof(errnos) / sizeof(errnos[0]));
	tcase_add_test(tests, sees_errno_in_all_conversions);
	tcase_add_test(tests, measures_strings);
	tcase_add_test(tests, cuts_at_the_room_left);
	tcase_add_test(tests, reads_nothing_past_a_precision);
	tcase_add_test(tests, does_not_read_pointers);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
