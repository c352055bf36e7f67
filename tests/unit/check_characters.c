/*
 * check_characters.c - escaping: each row of the table in rendering.md, each edge of Unicode's table 3-7, and
 * a naive twin on random bytes.
 */
#include <stdio.h>

#include "../../decoder/render/characters.h"
#include "sample.h"
#include "unit.h"

/* How `raw` must come out; in JSON as in text where `json` is NULL. */
struct row {
	const char *raw;
	const char *text;
	const char *json;
};

static const struct row rows[] = {
	/* the named ones */
	{ "\n\t\r", "\\n\\t\\r", NULL },
	{ "\b\f", "\\x08\\x0c", "\\b\\f" },
	/* other unsafe ones below U+0080 */
	{ "\x01\x1b\x1f\x7f", "\\x01\\x1b\\x1f\\x7f", "\\u0001\\u001b\\u001f\\u007f" },
	/* other unsafe ones, and their safe neighbours */
	{ "\xc2\x80\xc2\x9f\xc2\xa0", "\\u0080\\u009f\xc2\xa0", NULL },
	{ "\xd8\x9b\xd8\x9c\xd8\x9d", "\xd8\x9b\\u061c\xd8\x9d", NULL },
	{ "\xe2\x80\x8d\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\x90", "\xe2\x80\x8d\\u200e\\u200f\xe2\x80\x90",
	  NULL },
	{ "\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xae\xe2\x80\xaf", "\xe2\x80\xa7\\u2028\\u202e\xe2\x80\xaf",
	  NULL },
	{ "\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa", "\xe2\x81\xa5\\u2066\\u2069\xe2\x81\xaa",
	  NULL },
	{ "\xef\xbb\xbe\xef\xbb\xbf\xef\xbc\x80", "\xef\xbb\xbe\\ufeff\xef\xbc\x80", NULL },
	/* quotes and backslash */
	{ "say \"hi\" \\n /", NULL, "say \\\"hi\\\" \\\\n /" },
	/* themselves */
	{ " ~ plain", " ~ plain", NULL },
	{ "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
	  "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", NULL },
	{ "", "", NULL },
	/* well-formed edges of table 3-7 */
	{ "\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf",
	  "\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf", NULL },
	{ "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", NULL },
	/* invalid: continuation alone, overlong, surrogate, beyond U+10FFFF, never a lead */
	{ "\x80z\xbf", "\\x80z\\xbf", "\\ufffdz\\ufffd" },
	{ "\xc0\xaf\xc1\xbf", "\\xc0\\xaf\\xc1\\xbf", "\\ufffd\\ufffd\\ufffd\\ufffd" },
	{ "\xe0\x9f\xbf", "\\xe0\\x9f\\xbf", "\\ufffd\\ufffd\\ufffd" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80", "\\ufffd\\ufffd\\ufffd" },
	{ "\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf", "\\ufffd\\ufffd\\ufffd\\ufffd" },
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\\ufffd\\ufffd\\ufffd\\ufffd" },
	{ "\xf5\xff", "\\xf5\\xff", "\\ufffd\\ufffd" },
	/* cut short: reading goes on at the next byte */
	{ "\xe2\x82", "\\xe2\\x82", "\\ufffd\\ufffd" },
	{ "\xe2\x82z", "\\xe2\\x82z", "\\ufffd\\ufffdz" },
	{ "\xf0\x9f\x98\xe2\x82\xac", "\\xf0\\x9f\\x98\xe2\x82\xac", "\\ufffd\\ufffd\\ufffd\xe2\x82\xac" },
	{ "\xc3\xc3\xa4", "\\xc3\xc3\xa4", "\\ufffd\xc3\xa4" },
};

/* The row's text between plain bytes, at every distance from the blocks of eight that the fast path reads. */
static void check_row(struct out *out, const char *raw, const char *escaped, enum characters_form form)
{
	char source[128];
	char expected[256];

	for (unsigned before = 0; before <= 16; before++) {
		memset(source, '.', before);
		memset(expected, '.', before);
		strcpy(source + before, raw);
		strcpy(expected + before, escaped);
		strcat(source, "-tail");
		strcat(expected, "-tail");
		characters_escape(out, sample_text(source), form);
		sample_expect(out, expected);
	}
	characters_escape(out, sample_text(raw), form);
	sample_expect(out, escaped);
}

/* _i: the row. */
START_TEST(each_row)
{
	const struct row *row = &rows[_i];
	const char *text = row->text != NULL ? row->text : row->raw;
	struct out out;

	out_open(&out, -1);
	check_row(&out, row->raw, text, CHARACTERS_TEXT);
	check_row(&out, row->raw, row->json != NULL ? row->json : text, CHARACTERS_JSON);
	out_close(&out);
}
END_TEST

START_TEST(a_zero_byte_is_a_character)
{
	struct out out;

	out_open(&out, -1);
	characters_escape(&out, (struct text){ .at = "a\0b", .bytes = 3 }, CHARACTERS_TEXT);
	sample_expect(&out, "a\\x00b");
	characters_escape(&out, (struct text){ .at = "a\0b", .bytes = 3 }, CHARACTERS_JSON);
	sample_expect(&out, "a\\u0000b");
	characters_escape(&out, (struct text){ .at = NULL, .bytes = 0 }, CHARACTERS_JSON);
	sample_expect(&out, "");
	out_close(&out);
}
END_TEST

START_TEST(what_is_plain)
{
	char eight[8];

	for (unsigned byte = 0; byte < 256; byte++) {
		bool is_text = byte >= 0x20 && byte < 0x7f;
		bool is_json = is_text && byte != '"' && byte != '\\';

		for (unsigned place = 0; place < 8; place++) {
			memset(eight, 'a', sizeof(eight));
			eight[place] = (char)byte;
			ck_assert(characters_is_plain((struct text){ eight, 8 }, CHARACTERS_TEXT) == is_text);
			ck_assert(characters_is_plain((struct text){ eight, 8 }, CHARACTERS_JSON) == is_json);
			ck_assert(characters_is_plain((struct text){ eight + place, 1 }, CHARACTERS_TEXT) ==
				  is_text);
			ck_assert(characters_is_plain((struct text){ eight + place, 1 }, CHARACTERS_JSON) ==
				  is_json);
		}
	}
	ck_assert(characters_is_plain((struct text){ NULL, 0 }, CHARACTERS_JSON));
}
END_TEST

/* The twin: a sequence is well-formed if encoding the code point that its bits spell gives it back. */
static unsigned naive_sequence(const unsigned char *at, size_t left, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned bytes = *at < 0x80 ? 1 : *at >> 5 == 6 ? 2 : *at >> 4 == 14 ? 3 : *at >> 3 == 30 ? 4 : 0;

	if (bytes == 0 || bytes > left)
		return 0;
	*code = bytes == 1 ? *at : *at & (0xffu >> (bytes + 1));
	for (unsigned i = 1; i < bytes; i++) {
		if (at[i] >> 6 != 2)
			return 0;
		*code = *code << 6 | (at[i] & 0x3f);
	}
	return *code < least[bytes] || *code > 0x10ffff || (*code >> 11) == 0x1b ? 0 : bytes;
}

static bool naive_unsafe(uint32_t code)
{
	static const uint32_t ranges[][2] = { { 0, 0x1f },	  { 0x7f, 0x9f },     { 0x61c, 0x61c },
					      { 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2066, 0x2069 },
					      { 0xfeff, 0xfeff } };

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		if (code >= ranges[i][0] && code <= ranges[i][1])
			return true;
	}
	return false;
}

static size_t naive_text(char *to, const unsigned char *at, size_t bytes)
{
	const unsigned char *end = at + bytes;
	char *start = to;

	while (at < end) {
		uint32_t code;
		unsigned length = naive_sequence(at, (size_t)(end - at), &code);

		if (length == 0)
			to += sprintf(to, "\\x%02x", *at);
		else if (code == '\n' || code == '\t' || code == '\r')
			to += sprintf(to, "\\%c", code == '\n' ? 'n' : code == '\t' ? 't' : 'r');
		else if (naive_unsafe(code))
			to += sprintf(to, code < 0x80 ? "\\x%02x" : "\\u%04x", (unsigned)code);
		else
			to += sprintf(to, "%.*s", (int)length, (const char *)at);
		at += length == 0 ? 1 : length;
	}
	return (size_t)(to - start);
}

START_TEST(random_bytes_as_the_twin)
{
	static const unsigned char alphabet[] =
		"a~ \n\x1b\x7f\x80\x8e\x8f\x9f\xa0\xa6\xae\xbb\xbf\xc0\xc2\xd8\xe0\xe2\xed\xef\xf0\xf4\xf5\x90\x81\x9c";
	unsigned char raw[24];
	char expected[128];
	struct out out;
	uint64_t state = 1;

	out_open(&out, -1);
	for (unsigned i = 0; i < 300000; i++) {
		size_t bytes = 1 + i % sizeof(raw);

		for (size_t n = 0; n < bytes; n++) {
			state = state * 6364136223846793005 + 1442695040888963407;
			raw[n] = alphabet[(state >> 33) % (sizeof(alphabet) - 1)];
		}
		characters_escape(&out, (struct text){ (const char *)raw, bytes }, CHARACTERS_TEXT);
		sample_expect_bytes(&out, expected, naive_text(expected, raw, bytes));
	}
	out_close(&out);
}
END_TEST

/* Escaped text that makes the buffer move while it is held. */
START_TEST(text_longer_than_the_buffer)
{
	size_t bytes = 2 * OUT_BUFFER_BYTES;
	char *raw = malloc(bytes);
	struct out out;

	memset(raw, '\x1b', bytes);
	out_open(&out, -1);
	out_string(&out, "<");
	characters_escape(&out, (struct text){ raw, bytes }, CHARACTERS_JSON);
	out_string(&out, ">");
	ck_assert_uint_eq(out_used(&out), 6 * bytes + 2);
	for (size_t i = 0; i < bytes; i++)
		ck_assert_mem_eq(out.start + 1 + 6 * i, "\\u001b", 6);
	out_close(&out);
	free(raw);
}
END_TEST

START_TEST(only_the_held_part_is_escaped)
{
	struct out out;
	size_t from;

	out_open(&out, -1);
	out_string(&out, "\x1b[1m");
	from = out_hold(&out);
	out_string(&out, "\x1b[2m");
	characters_escape_held(&out, from, CHARACTERS_TEXT);
	out_release(&out);
	sample_expect(&out, "\x1b[1m\\x1b[2m");
	out_fail(&out, 5);
	characters_escape_held(&out, from, CHARACTERS_TEXT);
	ck_assert_int_eq(out_close(&out), -5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("characters");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, each_row, 0, sizeof(rows) / sizeof(*rows));
	tcase_add_test(all, a_zero_byte_is_a_character);
	tcase_add_test(all, what_is_plain);
	tcase_add_test(all, random_bytes_as_the_twin);
	tcase_add_test(all, text_longer_than_the_buffer);
	tcase_add_test(all, only_the_held_part_is_escaped);
	tcase_set_timeout(all, 60);
	suite_add_tcase(suite, all);
	return unit_run(suite);
}
