/*
 * check_chunk.c - chunks' data: what is sound by the letter of the LZ4 format, and what is fetched again.
 */
#include <errno.h>
#include <lz4.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../decoder/reader/load.h"
#include "../../decoder/reader/chunk.h"
#include "../../decoder/reader/lz4_block.h"
#include "collect.h"
#include "unit.h"

#define SIZE 4096

START_TEST(test_what_liblz4_writes_is_sound)
{
	char data[SIZE];
	char packed[LZ4_COMPRESSBOUND(SIZE)];
	uint32_t random = 1;

	for (int size = 8; size <= SIZE; size += size < 64 ? 1 : 61) {
		int bytes;

		for (int i = 0; i < size; i++) {
			random = random * 1103515245 + 12345;
			data[i] = (char)((random >> 16) % (unsigned)(1 + size % 5));
		}
		bytes = LZ4_compress_default(data, packed, size, sizeof(packed));
		ck_assert_int_gt(bytes, 0);
		ck_assert_msg(lz4_block_is_sound((uint8_t *)packed, (size_t)bytes, (size_t)size), "%d", size);
		ck_assert(!lz4_block_is_sound((uint8_t *)packed, (size_t)bytes, (size_t)size + 1));
		ck_assert(!lz4_block_is_sound((uint8_t *)packed, (size_t)bytes - 1, (size_t)size));
	}
}
END_TEST

static bool is_sound(const char *block, size_t bytes, size_t size)
{
	return lz4_block_is_sound((const uint8_t *)block, bytes, size);
}

#define SOUND(block, size) is_sound(block, sizeof(block) - 1, size)

START_TEST(test_by_the_letter)
{
	ck_assert(SOUND("\x10"
			"a\x01\x00\x80"
			"12345678",
			13)); /* one literal, a match of 4, 8 literals */
	ck_assert(!SOUND("\x10"
			 "a\x00\x00\x80"
			 "12345678",
			 13)); /* distance 0 */
	ck_assert(!SOUND("\x10"
			 "a\x02\x00\x80"
			 "12345678",
			 13)); /* before the start */
	ck_assert(!SOUND("\x10"
			 "a\x01\x00\x70"
			 "1234567",
			 12)); /* the match begins 11 before the end */
	ck_assert(!SOUND("\x10"
			 "a\x01\x00\x50"
			 "12345",
			 10)); /* so near the end that there is no such place */
	ck_assert(!SOUND("\x14"
			 "a\x01\x00\x40"
			 "1234",
			 13)); /* 4 last literals */
	ck_assert(SOUND("\x13"
			"a\x01\x00\x50"
			"12345",
			13));
	ck_assert(!SOUND("\x1f"
			 "a\x01\x00\xff\xff",
			 5000)); /* a length without its end */
	ck_assert(!SOUND("\x10"
			 "a\x01\x00",
			 5)); /* ends with a match */
	ck_assert(!SOUND("\x10"
			 "a\x01",
			 13)); /* half a distance */
	ck_assert(!SOUND("\x80"
			 "123",
			 8)); /* literals past the end */
	ck_assert(!SOUND("", 1));
}
END_TEST

/* Whatever is called sound, liblz4 decodes to exactly that size. */
START_TEST(test_random_blocks)
{
	unsigned sound = 0;
	uint32_t random = 7;

	for (int i = 0; i < 300000; i++) {
		uint8_t block[24];
		char data[64];
		size_t bytes = 1 + (size_t)i % sizeof(block);

		for (size_t at = 0; at < bytes; at++) {
			random = random * 1103515245 + 12345;
			block[at] = (uint8_t)((random >> 16) % (at % 3 == 0 ? 256 : 6));
		}
		for (size_t size = 8; size <= sizeof(data); size += 8) {
			if (!lz4_block_is_sound(block, bytes, size))
				continue;
			sound++;
			ck_assert_int_eq(LZ4_decompress_safe((char *)block, data, (int)bytes, (int)size),
					 (int)size);
		}
	}
	ck_assert_uint_gt(sound, 100);
}
END_TEST

/* A length of the format: the nibble, and as many bytes as follow; more than any size where they end too early. */
static size_t plain_length(const uint8_t *block, size_t bytes, size_t *at, size_t nibble)
{
	size_t length = nibble;

	for (uint8_t byte = 255; nibble == 15 && byte == 255; length += byte) {
		if (*at == bytes)
			return SIZE_MAX / 4;
		byte = block[(*at)++];
	}
	return length;
}

/* The rules once more, without haste. */
static bool plainly_sound(const uint8_t *block, size_t bytes, size_t size)
{
	size_t at = 0, done = 0;

	while (at < bytes) {
		uint8_t token = block[at++];
		size_t literals = plain_length(block, bytes, &at, token >> 4);
		size_t distance, match;

		if (literals > bytes - at)
			return false;
		at += literals;
		done += literals;
		if (at == bytes)
			break;
		if (bytes - at < 2)
			return false;
		distance = block[at] | (size_t)block[at + 1] << 8;
		at += 2;
		match = plain_length(block, bytes, &at, token & 15) + 4;
		if (distance == 0 || distance > done || done + 12 > size || done + match + 5 > size ||
		    at == bytes)
			return false;
		done += match;
	}
	return done == size;
}

/* Real blocks of data that repeat after a while, some bytes of most overwritten: what is quick finds what is plain. */
START_TEST(test_quick_and_plain_agree)
{
	static char data[1500], packed[LZ4_COMPRESSBOUND(sizeof(data))];
	uint32_t random = 7;
	unsigned sound = 0, unsound = 0;

	for (int round = 0; round < 200000; round++) {
		int size = 20 + (int)(random % 1400), bytes;
		uint32_t spread = 1 + (random >> 12) % 200;

		for (int i = 0; i < size; i++) {
			random = random * 1664525 + 1013904223;
			data[i] = i > 64 && (random >> 20) % 30 != 0 ? data[i - (int)spread % 64 - 1]
								     : (char)((random >> 24) % 7);
		}
		bytes = LZ4_compress_default(data, packed, size, sizeof(packed));
		ck_assert_int_gt(bytes, 0);
		for (unsigned hits = (unsigned)round % 4; hits > 0; hits--) {
			random = random * 1664525 + 1013904223;
			packed[(random >> 8) % (uint32_t)bytes] ^= (char)(1 + random % 255);
		}
		for (int other = size - 8; other <= size + 8; other += 4) {
			bool is = lz4_block_is_sound((uint8_t *)packed, (size_t)bytes, (size_t)other);

			ck_assert_int_eq(is, plainly_sound((uint8_t *)packed, (size_t)bytes, (size_t)other));
			sound += is;
			unsound += !is;
		}
	}
	ck_assert_uint_gt(sound, 40000);
	ck_assert_uint_gt(unsound, 40000);
}
END_TEST

/* A file that changes after it was scanned costs its chunk and is told. */
START_TEST(test_file_changed_behind_our_back)
{
	struct build build = { 0 };
	struct collect collect = collect_begin();
	struct chunk_scratch scratch = { 0 };
	struct trace trace;
	struct chunk_words words = { 0 };
	const uint8_t *at;
	int fd;

	build_small_snapshot(&build, 20);
	fd = build_file(&build);
	ck_assert_int_eq(load_trace(&trace, build_path(fd), 0, &collect.damage), 0);
	ck_assert_int_eq(chunk_words(&trace, &trace.chunks[1], &scratch, &words, 0, 1, &at), 0);
	ck_assert_int_eq(chunk_words(&trace, &trace.chunks[1], &scratch, &words, 1, 1, &at), 0);
	ck_assert_ptr_eq(at, words.bytes + 8);
	chunk_words_free(&words, &scratch);
	ck_assert_uint_eq(scratch.held_bytes, 0);
	ck_assert_int_eq(pwrite(fd, "\xff\xff\xff\xff", 4, (off_t)trace.chunks[1].offset), 4);
	ck_assert_int_eq(chunk_words(&trace, &trace.chunks[1], &scratch, &words, 0, 1, &at), -EBADMSG);
	ck_assert_int_eq(ftruncate(fd, (off_t)trace.chunks[1].offset), 0);
	ck_assert_int_eq(chunk_words(&trace, &trace.chunks[1], &scratch, &words, 0, 1, &at), -ENODATA);
	ck_assert_uint_eq(collect.damage.count, 2);
	ck_assert_uint_eq(collect.offset, trace.chunks[1].home);
	chunk_scratch_free(&scratch);
	trace_close(&trace, NULL);
	close(fd);
	build_free(&build);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("chunk");
	TCase *tcase = tcase_create("chunk");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_what_liblz4_writes_is_sound);
	tcase_add_test(tcase, test_by_the_letter);
	tcase_add_test(tcase, test_random_blocks);
	tcase_add_test(tcase, test_quick_and_plain_agree);
	tcase_add_test(tcase, test_file_changed_behind_our_back);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
