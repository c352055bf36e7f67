/*
 * check_lib_encode.c - a chunk's records encoded: packed where that can be, else compressed, else as they are.
 */
#include <lz4.h>
#include <stdlib.h>
#include <string.h>

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/snapshot.h"
#include "../../lib/encode.h"
#include "unit.h"

#define WORDS (CONFIG_CHUNK_BYTES / 8 - 8)

static struct encode encode;
static uint64_t records[WORDS];
static char entries[4 * TTF_SITE_STRINGS];
static const void *data;
static size_t bytes;

/* An entry of nothing but what says how long a record's fixed part is. */
static char *put_entry(size_t place, uint32_t id, uint8_t flags, const char *types)
{
	char *entry = entries + place * TTF_SITE_STRINGS;

	memset(entry, 0, TTF_SITE_STRINGS);
	ttf_store32(entry + TTF_SITE_BYTES, TTF_SITE_STRINGS);
	ttf_store32(entry + TTF_SITE_ID, id);
	entry[TTF_SITE_ARGUMENTS] = (char)strlen(types);
	entry[TTF_SITE_FLAGS] = (char)flags;
	memcpy(entry + TTF_SITE_TYPES, types, strlen(types));
	return entry;
}

/* Records of `each` words, of a site; the bodies count. */
static void fill(uint32_t id, uint32_t each)
{
	memset(records, 0, sizeof(records));
	for (uint32_t at = 0; at + each <= WORDS; at += each) {
		ttf_store64(&records[at], (uint64_t)id << TTF_RECORD_ID_SHIFT |
						  (uint64_t)each << TTF_RECORD_WORDS_SHIFT | at);
		for (uint32_t i = 1; i < each; i++)
			ttf_store64(&records[at + i], (uint64_t)at << 32 | 3);
	}
}

static uint32_t encoding(uint32_t words)
{
	return encode_chunk(&encode, records, words, &data, &bytes);
}

static void setup(void)
{
	encode_begin(&encode, true);
	fill(7, 2);
}

START_TEST(packs)
{
	size_t unknown;

	ck_assert_uint_eq(encoding(WORDS), TTF_ENCODING_PACKED);
	unknown = bytes;
	put_entry(0, 7, 0, "\x01\x02");
	encode_learn(&encode, entries, TTF_SITE_STRINGS);
	ck_assert_uint_eq(encoding(WORDS), TTF_ENCODING_PACKED);
	ck_assert_uint_lt(bytes, unknown); /* with the site's layout, smaller */
	ck_assert_uint_lt(bytes, 100);
	ck_assert_uint_lt(ttf_load32((const char *)data + TTF_PACKED_BYTES), WORDS * 8);
	encode_begin(&encode, true); /* forgets it */
	ck_assert_uint_eq(encoding(WORDS), TTF_ENCODING_PACKED);
	ck_assert_uint_eq(bytes, unknown);
}
END_TEST

/* As many lanes as the fixed part needs: a record that is shorter is not packed. */
START_TEST(knows_layouts)
{
	static const struct {
		const char *types;
		uint8_t flags;
		uint32_t words; /* of the shortest record */
	} layouts[] = {
		{ "", 0, 1 },
		{ "\x01", 0, 2 },
		{ "\x01\x0a", 0, 2 },
		{ "\x01\x01\x0a", 0, 3 },
		{ "\x05\x08", TTF_SITE_FLAG_ERRNO, 4 },
		{ "\x06\x07\x06\x07\x06\x07\x06\x07\x06\x07\x06\x07\x06\x07\x06\x07", TTF_SITE_FLAG_ERRNO,
		  34 },
	};

	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		put_entry(0, 3, 0, "");
		put_entry(1, 7, layouts[i].flags, layouts[i].types);
		encode_learn(&encode, entries, 2 * TTF_SITE_STRINGS);
		fill(7, layouts[i].words);
		ck_assert_uint_eq(encoding(layouts[i].words * 20), TTF_ENCODING_PACKED);
		if (layouts[i].words == 1)
			continue;
		fill(7, layouts[i].words - 1);
		ck_assert_uint_eq(encoding((layouts[i].words - 1) * 20), TTF_ENCODING_LZ4);
	}
}
END_TEST

/* A program may have written to its site table by mistake. */
START_TEST(survives_damaged_entries)
{
	put_entry(0, 7, 0, "\x01\x02");
	put_entry(1, UINT32_MAX, 0xff, "\xff\xff\x63");
	entries[TTF_SITE_STRINGS + TTF_SITE_ARGUMENTS] = (char)0xff;
	encode_learn(&encode, entries, 2 * TTF_SITE_STRINGS);
	ttf_store32(entries + TTF_SITE_BYTES, 0);
	encode_learn(&encode, entries, sizeof(entries));
	ttf_store32(entries + TTF_SITE_BYTES, UINT32_MAX);
	encode_learn(&encode, entries, sizeof(entries));
	encode_learn(&encode, entries, TTF_SITE_STRINGS - 1);
	ck_assert_uint_eq(encoding(WORDS), TTF_ENCODING_PACKED);
	ck_assert_uint_lt(bytes, 100); /* what was learned before stays */
}
END_TEST

START_TEST(takes_another_encoding)
{
	uint64_t random = 1;

	records[4] = 0; /* a record of no words */
	ck_assert_uint_eq(encoding(WORDS), TTF_ENCODING_LZ4);
	ck_assert_ptr_eq(data, encode.data);
	for (uint32_t i = 0; i < WORDS; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		records[i] = random ^ random >> 29;
	}
	ck_assert_uint_eq(encoding(WORDS), TTF_ENCODING_RAW);
	ck_assert_ptr_eq(data, records);
	ck_assert_uint_eq(bytes, WORDS * 8);
	fill(7, 2);
	encode_begin(&encode, false); /* in a crash */
	ck_assert_uint_eq(encoding(WORDS), TTF_ENCODING_LZ4);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lib_encode");
	TCase *cases = tcase_create("encode");

	tcase_add_checked_fixture(cases, setup, NULL);
	tcase_add_test(cases, packs);
	tcase_add_test(cases, knows_layouts);
	tcase_add_test(cases, survives_damaged_entries);
	tcase_add_test(cases, takes_another_encoding);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
