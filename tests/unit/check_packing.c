/*
 * check_packing.c - records packed and unpacked: the same again, or refused; whatever the bytes are, nothing else is touched.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../decoder/reader/unpack.h"
#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/pack.h"
#include "../../format-spec/twin/record.h"
#include "unit.h"

#define WORDS_MAX 65535u
#define GUARD 64u

static uint8_t records[WORDS_MAX * 8 + GUARD];
static uint8_t packed[WORDS_MAX * 8 + GUARD];
static uint8_t again[WORDS_MAX * 8 + GUARD];
static _Alignas(8) char scratch[TTF_PACK_SCRATCH_BYTES(WORDS_MAX)];
static uint8_t lanes_of[600];
static const struct ttf_pack_lanes lanes = { lanes_of, sizeof(lanes_of) };
static uint32_t words;
static uint32_t random_state;

static uint32_t below(uint32_t limit)
{
	random_state = random_state * 1103515245u + 12345u;
	return (random_state >> 8) % limit;
}

static void setup(void)
{
	words = 0;
	memset(lanes_of, 0, sizeof(lanes_of));
}

/* Appends a record of so many words; the body is left as it is. */
static uint8_t *add(uint32_t id, uint32_t bytes, uint32_t low)
{
	uint8_t *record = records + words * (size_t)8;

	ttf_store64(record,
		    (uint64_t)id << TTF_RECORD_ID_SHIFT | (uint64_t)bytes << TTF_RECORD_WORDS_SHIFT | low);
	words += bytes;
	return record;
}

static size_t pack_in(size_t room)
{
	memset(packed + room, '#', GUARD);
	size_t bytes = ttf_pack(records, words, &lanes, scratch, packed, room);

	for (size_t i = 0; i < GUARD; i++)
		ck_assert_uint_eq(packed[room + i], '#');
	ck_assert_uint_le(bytes, room);
	return bytes;
}

static int unpack_from(const uint8_t *bytes, size_t count)
{
	struct unpack_room room = { 0 };
	int error;

	memset(again + words * (size_t)8, '#', GUARD);
	error = unpack(bytes, count, &room, again, words);
	for (size_t i = 0; i < GUARD; i++)
		ck_assert_uint_eq(again[words * (size_t)8 + i], '#');
	unpack_room_free(&room);
	return error;
}

/* Of random sites, each with lanes of its own, random records: numbers that repeat, rise, are anything. */
static void fill(uint32_t most, uint32_t sites)
{
	setup();
	for (uint32_t i = 0; i < sites; i++)
		lanes_of[i] = (uint8_t)below(8);
	while (words < most) {
		uint32_t id = below(sites);
		uint32_t kind = below(4);
		uint32_t bytes = 1u + (lanes_of[id] + 1u) / 2 + below(3);
		uint8_t *record;

		if (bytes > most - words)
			bytes = most - words;
		if (bytes < 1u + (lanes_of[id] + 1u) / 2)
			id = 0;
		record = add(id, bytes, kind == 0 ? below(1u << 20) : words * 16);
		for (uint32_t at = 8; at < bytes * 8; at += 4)
			ttf_store32(record + at, kind == 0 ? below(1u << 24) << 8 : kind == 1 ? id : words);
	}
}

START_TEST(test_the_same_again)
{
	random_state = (uint32_t)_i;
	for (int turn = 0; turn < 40; turn++) {
		size_t bytes;

		fill(1 + below(turn == 0 ? WORDS_MAX : 700), 1 + below(turn % 2 ? 4 : 60));
		bytes = pack_in(sizeof(packed) - GUARD);
		ck_assert_uint_gt(bytes, 0);
		ck_assert_int_eq(unpack_from(packed, bytes), 0);
		ck_assert_mem_eq(again, records, words * (size_t)8);
	}
}
END_TEST

/* Every byte of a packed form is needed, and none may follow; another value in its place gives other records, or none. */
START_TEST(test_hostile_bytes)
{
	size_t bytes;

	random_state = 7;
	fill(300, 5);
	bytes = pack_in(sizeof(packed) - GUARD);
	for (size_t i = 0; i < bytes; i++)
		ck_assert_int_eq(unpack_from(packed, i), -EBADMSG);
	ck_assert_int_eq(unpack_from(packed, bytes + 1), -EBADMSG);
	for (size_t i = 0; i < bytes; i++)
		for (uint8_t mask = 1; mask != 0; mask = (uint8_t)(mask << 1)) {
			packed[i] ^= mask;
			if (unpack_from(packed, bytes) == 0)
				ck_assert_int_ne(memcmp(again, records, words * (size_t)8), 0);
			packed[i] ^= mask;
		}
}
END_TEST

START_TEST(test_any_room)
{
	size_t bytes;

	random_state = 9;
	fill(200, 6);
	bytes = pack_in(sizeof(packed) - GUARD);
	for (size_t room = 0; room < bytes; room++)
		ck_assert_uint_eq(pack_in(room), 0);
	ck_assert_uint_eq(pack_in(bytes), bytes);
}
END_TEST

START_TEST(test_records_that_are_none)
{
	ck_assert_uint_eq(pack_in(1000), 0); /* no record at all */
	add(1, 2, 0);
	ck_assert_uint_gt(pack_in(1000), 0);
	add(1, 0, 0)[8] = 0;
	words++;
	ck_assert_uint_eq(pack_in(1000), 0); /* of no words */
	words = 0;
	add(1, 5, 0);
	words = 4;
	ck_assert_uint_eq(pack_in(1000), 0); /* past the end */
	words = 0;
	lanes_of[1] = 3;
	add(1, 2, 0);
	ck_assert_uint_eq(pack_in(1000), 0); /* shorter than its lanes */
	words = 0;
	add(1, 3, 0);
	ck_assert_uint_gt(pack_in(1000), 0);
	words = 0;
	add(700, 1, 0); /* nothing is known of it */
	ck_assert_uint_gt(pack_in(1000), 0);
}
END_TEST

START_TEST(test_as_many_sites_as_may_be)
{
	for (uint32_t id = 1; id <= TTF_PACK_SHAPES_MAX; id++)
		add(id * 1021 % TTF_SITE_ID_MAX, 1, id);
	for (uint32_t id = TTF_PACK_SHAPES_MAX; id > 0; id--)
		add(id * 1021 % TTF_SITE_ID_MAX, 1, id);
	ck_assert_int_eq(unpack_from(packed, pack_in(sizeof(packed) - GUARD)), 0);
	ck_assert_mem_eq(again, records, words * (size_t)8);
	add(TTF_SITE_ID_MAX, 1, 0);
	ck_assert_uint_eq(pack_in(sizeof(packed) - GUARD), 0);
}
END_TEST

/* The last column of one lane: what it is for these values. */
static void expect_column(const uint32_t *values, uint32_t count, const char *bytes, size_t size)
{
	size_t made;

	setup();
	lanes_of[1] = 1;
	for (uint32_t i = 0; i < count; i++) {
		uint8_t *record = add(1, 2, i);

		ttf_store32(record + 8, values[i]);
		memset(record + 12, 0, 4);
	}
	made = pack_in(10000);
	ck_assert_uint_gt(made, size + count * (size_t)4);
	ck_assert_mem_eq(packed + made - count * (size_t)4 - size, bytes, size);
}

#define EXPECT(bytes, ...)                                                                                   \
	do {                                                                                                 \
		const uint32_t values[] = { __VA_ARGS__ };                                                   \
		expect_column(values, sizeof(values) / sizeof(values[0]), bytes, sizeof(bytes) - 1);         \
	} while (0)

START_TEST(test_modes)
{
	EXPECT("\x18", 0, 0, 0);
	EXPECT("\x19\x05", 5, 5);
	EXPECT("\x1c\1\2\3\4", 0x04030201, 0x04030201, 0x04030201);
	EXPECT("\x01\5\0\5", 5, 0, 5);
	EXPECT("\x09\xfe\1\1", 254, 255, 256);		     /* narrower as differences */
	EXPECT("\x0a\x2c\x2c\x2c\1\1\1", 300, 600, 900);     /* no narrower, but they repeat themselves */
	EXPECT("\x02\x2c\x2c\x58\1\1\2", 300, 300, 600);     /* as often: plain */
	EXPECT("\x11\x0a\x05\x02\x09", 5, 2, 3, 0xfffffffe); /* negative ones */
	EXPECT("\x03\1\2\0\0\0\1", 0x000001, 0x010002);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("packing");
	TCase *cases = tcase_create("packing");

	tcase_add_checked_fixture(cases, setup, NULL);
	tcase_set_timeout(cases, 60);
	tcase_add_loop_test(cases, test_the_same_again, 1, 6);
	tcase_add_test(cases, test_hostile_bytes);
	tcase_add_test(cases, test_any_room);
	tcase_add_test(cases, test_records_that_are_none);
	tcase_add_test(cases, test_as_many_sites_as_may_be);
	tcase_add_test(cases, test_modes);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
