/*
 * check_lib_site_entry.c - a site's entry: the bytes of records.md, and names out of the macro's source text.
 */
#include <string.h>

#include "../../lib/include/ttlog.h"
#include "../../lib/site_entry.h"
#include "lib_sample.h"

/* The entry of a site; free() it. */
static char *entry_of(const struct tt_impl_site *site)
{
	uint32_t bytes = site_entry_bytes(site);
	char *entry = calloc(1, bytes + 8u);

	ck_assert_ptr_nonnull(entry);
	ck_assert_uint_gt(bytes, 0);
	ck_assert_uint_eq(bytes % 8, 0);
	memset(entry + bytes, '#', 8);
	site_entry_write(site, 12345, site->types, entry);
	ck_assert_mem_eq(entry + bytes, "########", 8);
	ck_assert_uint_eq(ttf_load32(entry + TTF_SITE_BYTES), bytes);
	ck_assert_uint_eq(ttf_load32(entry + TTF_SITE_CRC),
			  ttf_crc32(0, entry + TTF_SITE_ID, bytes - TTF_SITE_ID));
	return entry;
}

/* Checks the string of that length field at *at, and moves on. */
static void expect(const char *entry, unsigned field, const char **at, const char *string, size_t bytes)
{
	ck_assert_uint_eq(ttf_load16(entry + field), bytes);
	ck_assert_mem_eq(*at, string, bytes);
	*at += bytes;
}

START_TEST(writes_every_field)
{
	struct tt_impl_site site = sample_site("%d %s %m", "\x01\x09");
	const char *at;
	char *entry;

	site.has_errno = 1;
	site.source = "\"%d %s %m\", a + 1, b";
	entry = entry_of(&site);
	ck_assert_uint_eq(ttf_load32(entry + TTF_SITE_ID), 12345);
	ck_assert_uint_eq(ttf_load32(entry + TTF_SITE_LINE), 7);
	ck_assert_int_eq(entry[TTF_SITE_LEVEL], TTF_LEVEL_INFO);
	ck_assert_int_eq(entry[TTF_SITE_KIND], TTF_KIND_LOG);
	ck_assert_int_eq(entry[TTF_SITE_ARGUMENTS], 2);
	ck_assert_int_eq(entry[TTF_SITE_FLAGS], TTF_SITE_FLAG_ERRNO);
	ck_assert_mem_eq(entry + TTF_SITE_TYPES, "\x01\x09\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	at = entry + TTF_SITE_STRINGS;
	expect(entry, TTF_SITE_TARGET_BYTES, &at, "net.http", 8);
	expect(entry, TTF_SITE_FILE_BYTES, &at, "server.c", 8);
	expect(entry, TTF_SITE_FUNCTION_BYTES, &at, "serve", 5);
	expect(entry, TTF_SITE_FORMAT_BYTES, &at, "%d %s %m", 8);
	expect(entry, TTF_SITE_NAMES_BYTES, &at, "a + 1\0b", 7);
	free(entry);
}
END_TEST

static const struct sample {
	const char *source;
	const char *names; /* with '|' for each zero byte */
} samples[] = {
	{ "\"text\"", "" },
	{ "\"%d\", a", "a" },
	{ "\"%d %d\", a, b", "a|b" },
	{ "\"%d\",a", "a" },
	{ "\"%d\",   a", "a" },
	{ "\"a, b\" \"c, d\", x", "x" },
	{ "\"quote \\\" , %d\", x", "x" },
	{ "\"back\\\\\", x", "x" },
	{ "\"%\" PRIu64 \", \", x", "x" },
	{ "\"%d %d\", f(a, b), g[h(c, d)]", "f(a, b)|g[h(c, d)]" },
	{ "\"%d\", ((struct p){ 1, 2 }).x, y", "((struct p){ 1, 2 }).x|y" },
	{ "\"%c %c\", ',', '\\''", "','|'\\''" },
	{ "\"%s\", \"a,b\", c", "\"a,b\"|c" },
	{ "\"%s\", \"(\", c", "\"(\"|c" },
	{ "\"%c\", '(', c", "'('|c" },
	{ "\"%d\", a ? b : c, d = (e, f)", "a ? b : c|d = (e, f)" },
	{ "\"%d\", a < b, c > d", "a < b|c > d" },
	{ "FORMAT, a", "a" },
};

START_TEST(splits_names)
{
	struct tt_impl_site site = sample_site("", "");
	const char *expected = samples[_i].names;
	char *entry, *names;

	site.source = samples[_i].source;
	entry = entry_of(&site);
	names = entry + TTF_SITE_STRINGS + 8 + 8 + 5;
	ck_assert_uint_eq(ttf_load16(entry + TTF_SITE_NAMES_BYTES), strlen(expected));
	for (size_t i = 0; i < strlen(expected); i++)
		ck_assert_int_eq(names[i], expected[i] == '|' ? '\0' : expected[i]);
	free(entry);
}
END_TEST

/* So many of them; held until the test's end, since sites only point to their texts. */
static char *repeat(char c, size_t bytes)
{
	static char texts[400000];
	static size_t used;
	char *text = texts + used;

	used += bytes + 1;
	ck_assert_uint_le(used, sizeof(texts));
	memset(text, c, bytes);
	text[bytes] = '\0';
	return text;
}

/* A target or format over its limit would change the meaning: refused. File, function and names are cut. */
START_TEST(keeps_the_limits)
{
	struct tt_impl_site site = sample_site("", "");

	site.target = "";
	ck_assert_uint_eq(site_entry_bytes(&site), 0);
	site.target = repeat('t', TTF_SITE_TARGET_MAX + 1);
	ck_assert_uint_eq(site_entry_bytes(&site), 0);
	site.target++;
	free(entry_of(&site));
	site.format = repeat('f', TTF_SITE_FORMAT_MAX + 1);
	ck_assert_uint_eq(site_entry_bytes(&site), 0);
	site.format++;
	free(entry_of(&site));
}
END_TEST

START_TEST(cuts_what_may_be_cut)
{
	struct tt_impl_site site = sample_site(repeat('f', TTF_SITE_FORMAT_MAX), "\x01");
	char *source = repeat('n', 100000);
	char *entry;

	memcpy(source, "\"\", kept, ", 10);
	site.source = source;
	site.target = repeat('t', TTF_SITE_TARGET_MAX);
	site.file = repeat('/', 100000);
	site.function = repeat('g', 100000);
	entry = entry_of(&site);
	ck_assert_uint_le(ttf_load32(entry + TTF_SITE_BYTES), TTF_SITE_MAX);
	ck_assert_uint_eq(ttf_load16(entry + TTF_SITE_FILE_BYTES), TTF_SITE_FILE_MAX);
	ck_assert_uint_eq(ttf_load16(entry + TTF_SITE_FUNCTION_BYTES), TTF_SITE_FUNCTION_MAX);
	ck_assert_uint_eq(ttf_load16(entry + TTF_SITE_NAMES_BYTES), 4);
	free(entry);
}
END_TEST

/* Broken text (no macro makes it) is split somewhere, within its bounds. */
START_TEST(survives_broken_source)
{
	static const char *const broken[] = { "",  ",",	      "\"",  "\"\\",	  "'",	       "(",
					      ")", "\"%d\",", ",,,", "\"%d\", (", "\"x\", \"y" };

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct tt_impl_site site = sample_site("", "");

		site.source = broken[i];
		free(entry_of(&site));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lib_site_entry");
	TCase *tests = tcase_create("site_entry");

	tcase_add_test(tests, writes_every_field);
	tcase_add_loop_test(tests, splits_names, 0, sizeof(samples) / sizeof(samples[0]));
	tcase_add_test(tests, keeps_the_limits);
	tcase_add_test(tests, cuts_what_may_be_cut);
	tcase_add_test(tests, survives_broken_source);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
