/*
 * check_protocol.c - copies from a region that is being written are whole or refused, never a mixture.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../decoder/reader/protocol.h"
#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/region.h"
#include "build_trace.h"
#include "unit.h"

#define WORDS 400u

static struct source region;
static int fd;

/* One chunk at offset 0 and a versioned field at 8192. */
static void setup(void)
{
	struct build build = { 0 };

	build_zeros(&build, 12288);
	fd = build_file(&build);
	build_free(&build);
	ck_assert_int_eq(source_open(&region, build_path(fd)), 0);
}

static void teardown(void)
{
	source_close(&region);
	close(fd);
}

static void put64(off_t at, uint64_t value)
{
	uint8_t bytes[8];

	ttf_store64(bytes, value);
	ck_assert_int_eq(pwrite(fd, bytes, 8, at), 8);
}

START_TEST(test_generation)
{
	uint8_t copy[16];
	uint8_t header[TTF_CHUNK_RECORDS];
	uint64_t state;

	put64(TTF_CHUNK_STATE, (uint64_t)3 << 32 | 2);
	put64(TTF_CHUNK_NUMBER, 3);
	put64(TTF_CHUNK_RECORDS, 0x1122334455667788);
	ck_assert_int_eq(protocol_header(&region, 0, header, &state), 0);
	ck_assert_uint_eq(ttf_state_generation(state), 3);
	ck_assert_uint_eq(ttf_load64(header + TTF_CHUNK_NUMBER), 3);
	ck_assert_int_eq(protocol_copy(&region, 0, 3, copy, 2), 0);
	ck_assert_uint_eq(ttf_load64(copy), 0x1122334455667788);
	put64(TTF_CHUNK_STATE, (uint64_t)5 << 32);
	ck_assert_int_eq(protocol_copy(&region, 0, 3, copy, 2), -ESTALE);
	ck_assert_int_eq(protocol_copy(&region, 1 << 20, 3, copy, 2), -ENODATA);
	ck_assert_int_eq(protocol_header(&region, 12280, header, &state), -ENODATA);
}
END_TEST

START_TEST(test_version)
{
	uint8_t copy[8];
	uint64_t version;

	put64(8200, 77);
	put64(8192, 4);
	ck_assert_int_eq(protocol_versioned(&region, 8192, 8, 8200, copy, 8, &version), 0);
	ck_assert_uint_eq(version, 4);
	ck_assert_uint_eq(ttf_load64(copy), 77);
	put64(8192, 5);
	ck_assert_int_eq(protocol_versioned(&region, 8192, 8, 8200, copy, 8, &version), -EAGAIN);
	ck_assert_uint_eq(ttf_load64(copy), 77);
	/* Of a 32-bit version the next field is no part. */
	put64(8192, (uint64_t)1 << 32 | 6);
	ck_assert_int_eq(protocol_versioned(&region, 8192, 4, 8200, copy, 8, &version), 0);
	ck_assert_uint_eq(version, 6);
}
END_TEST

struct writer {
	uint8_t *map;
	atomic_bool is_over;
};

/* As the region has it: little endian, whatever the host is. */
static uint64_t as_stored(uint64_t value)
{
	uint8_t bytes[8];
	uint64_t word;

	ttf_store64(bytes, value);
	memcpy(&word, bytes, sizeof(word));
	return word;
}

static void store(uint8_t *map, size_t at, uint64_t value)
{
	__atomic_store_n((uint64_t *)(void *)(map + at), as_stored(value), __ATOMIC_RELAXED);
}

/* Recycles the chunk for ever; every word of a generation is the generation. W1, W2, W3 of region.md. */
static void *write_chunk(void *argument)
{
	struct writer *writer = argument;

	for (uint64_t generation = 1; !atomic_load(&writer->is_over); generation++) {
		uint64_t state = generation << 32;

		store(writer->map, TTF_CHUNK_STATE, state);
		atomic_thread_fence(memory_order_release);
		store(writer->map, TTF_CHUNK_NUMBER, generation);
		for (uint64_t word = 0; word < WORDS; word++) {
			store(writer->map, TTF_CHUNK_RECORDS + word * 8, generation);
			state += 1 << 16 | 1;
			__atomic_store_n((uint64_t *)(void *)writer->map, as_stored(state), __ATOMIC_RELEASE);
		}
	}
	return NULL;
}

/* One copy while the writer runs. Returns whether it was accepted; what is accepted is of one generation. */
static bool copy_once(void)
{
	uint8_t header[TTF_CHUNK_RECORDS];
	uint8_t copy[WORDS * 8];
	uint64_t state;
	uint32_t generation;

	if (protocol_header(&region, 0, header, &state) != 0)
		return false;
	generation = ttf_state_generation(state);
	if (ttf_state_words(state) == 0 ||
	    protocol_copy(&region, 0, generation, copy, ttf_state_words(state)) != 0)
		return false;
	ck_assert_uint_eq((uint32_t)ttf_load64(header + TTF_CHUNK_NUMBER), generation);
	for (uint32_t i = 0; i < ttf_state_words(state); i++)
		if (ttf_load64(copy + i * (size_t)8) != generation)
			ck_abort_msg("word %u of generation %u is not its own", i, generation);
	return true;
}

START_TEST(test_beside_a_writer)
{
	struct writer writer = { 0 };
	pthread_t thread;
	unsigned accepted = 0;

	writer.map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(writer.map, MAP_FAILED);
	ck_assert_int_eq(pthread_create(&thread, NULL, write_chunk, &writer), 0);
	for (int i = 0; i < 20000; i++)
		accepted += copy_once();
	atomic_store(&writer.is_over, true);
	pthread_join(thread, NULL);
	munmap(writer.map, 8192);
	ck_assert_uint_gt(accepted, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("protocol");
	TCase *tcase = tcase_create("protocol");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_generation);
	tcase_add_test(tcase, test_version);
	tcase_add_test(tcase, test_beside_a_writer);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
