/*
 * check_region.c - black boxes of dead and living processes, and what is saved from damaged ones.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../decoder/reader/load.h"
#include "../../decoder/reader/life.h"
#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/crc32.h"
#include "collect.h"
#include "unit.h"

#define EVENTS 20

/* Where build_small_region puts things. */
#define RING_AT 8192u
#define CHUNK_AT(place) (RING_AT + TTF_RING_CHUNKS + (place)*BUILD_CHUNK_BYTES)

static struct build build;
static struct collect collect;
static struct trace trace;

static void setup(void)
{
	build = (struct build){ 0 };
	build_small_region(&build, EVENTS);
}

static void teardown(void)
{
	build_free(&build);
}

static unsigned count_events(void)
{
	return collect_events(&trace, &build, &collect);
}

START_TEST(test_whole)
{
	ck_assert_uint_eq(count_events(), 2 * EVENTS);
	ck_assert_uint_eq(collect.damage.count, 0);
	ck_assert_int_eq(collect_open(&trace, &build, &collect), 0);
	ck_assert_uint_eq(trace.process.pid, 77);
	ck_assert(!trace.info.is_alive);
	ck_assert_uint_eq(trace.ring_count, 2);
	ck_assert_uint_eq(trace.rings[0]->ring.tid, 100);
	ck_assert_uint_eq(trace.rings[0]->recorded, EVENTS);
	ck_assert_uint_eq(trace.rings[0]->overwritten, 0);
	ck_assert_mem_eq(trace.rings[1]->ring.name.at, "second", 6);
	trace_close(&trace, NULL);
}
END_TEST

START_TEST(test_earlier_threads_chunks_are_not_read)
{
	ttf_store64(build.bytes + RING_AT + TTF_RING_FIRST_NUMBER, 2);
	ttf_store32(build.bytes + RING_AT + TTF_RING_IDENTITY_CRC, ttf_ring_crc(build.bytes + RING_AT));
	ck_assert_uint_eq(count_events(), 2 * EVENTS - EVENTS / 2);
	ck_assert_uint_eq(collect.damage.count, 0);
	ck_assert_int_eq(collect_open(&trace, &build, &collect), 0);
	ck_assert_uint_eq(trace.rings[0]->overwritten, EVENTS / 2); /* as the chunk's first seq says */
	trace_close(&trace, NULL);
}
END_TEST

START_TEST(test_refusals)
{
	ttf_store32(build.bytes + TTF_REGION_INCOMPATIBLE, 4);
	ck_assert_int_eq(collect_open(&trace, &build, &collect), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(trace.refusal, "flags 0x4"));
	ttf_store32(build.bytes + TTF_REGION_ABI_NUMBER, 2);
	ck_assert_int_eq(collect_open(&trace, &build, &collect), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(trace.refusal, "(ABI) 2"));
}
END_TEST

/* Each rule of "accepted": the chunk is left out and reported where it stands. */
START_TEST(test_chunks_that_are_not_accepted)
{
	static const size_t fields[] = { TTF_CHUNK_MAGIC,   TTF_CHUNK_NUMBER,	 TTF_CHUNK_BASE_TICKS,
					 TTF_CHUNK_BASE_NS, TTF_CHUNK_FIRST_SEQ, TTF_CHUNK_BLOCK + 1,
					 TTF_CHUNK_CRC };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		size_t at = CHUNK_AT(1) + fields[i];

		build.bytes[at] ^= 0x10;
		ck_assert_uint_eq(count_events(), 2 * EVENTS - EVENTS / 2);
		ck_assert_uint_eq(collect.damage.count, 1);
		ck_assert_uint_eq(collect.offset, CHUNK_AT(1));
		build.bytes[at] ^= 0x10;
	}
	/* No words: empty, whatever else stands there. */
	ttf_store16(build.bytes + CHUNK_AT(1), 0);
	ttf_store64(build.bytes + CHUNK_AT(1) + TTF_CHUNK_MAGIC, 0);
	ck_assert_uint_eq(count_events(), 2 * EVENTS - EVENTS / 2);
	ck_assert_uint_eq(collect.damage.count, 0);
}
END_TEST

/* The state has no CRC: what else says how much of the chunk there is is believed, and reported. */
START_TEST(test_chunks_of_a_damaged_state)
{
	static const struct {
		size_t field;
		uint8_t mask;
		unsigned lost;
	} flips[] = {
		{ TTF_CHUNK_STATE + 4, 1, 0 },	  /* another generation, and counts that are right */
		{ TTF_CHUNK_STATE + 1, 0x10, 0 }, /* more words than room: up to the number of events */
		{ TTF_CHUNK_STATE + 2, 2, 2 },	  /* 8 events in place of 10 */
		{ TTF_CHUNK_STATE + 2, 1, 0 },	  /* 11: there are not more than there are */
		{ TTF_CHUNK_STATE, 4, 2 },	  /* 16 words in place of 20 */
	};

	for (size_t i = 0; i < sizeof(flips) / sizeof(flips[0]); i++) {
		build.bytes[CHUNK_AT(1) + flips[i].field] ^= flips[i].mask;
		ck_assert_uint_eq(count_events(), 2 * EVENTS - flips[i].lost);
		ck_assert_uint_eq(collect.damage.count, 1);
		ck_assert_uint_eq(collect.offset, CHUNK_AT(1));
		build.bytes[CHUNK_AT(1) + flips[i].field] ^= flips[i].mask;
	}
	/* Both: nothing of it can be believed. */
	build.bytes[CHUNK_AT(1) + TTF_CHUNK_STATE + 4] ^= 1;
	build.bytes[CHUNK_AT(1) + TTF_CHUNK_STATE] ^= 4;
	ck_assert_uint_eq(count_events(), 2 * EVENTS - EVENTS / 2);
	build.bytes[CHUNK_AT(1) + TTF_CHUNK_STATE] ^=
		4 ^ 7; /* 19 words, where the last record ends with the 20th */
	ck_assert_uint_eq(count_events(), 2 * EVENTS - EVENTS / 2);
}
END_TEST

/* A block's header is damaged: the ring's own fields say what it is. */
START_TEST(test_ring_by_its_own_fields)
{
	static const size_t fields[] = { TTF_BLOCK_MAGIC, TTF_BLOCK_TYPE, TTF_BLOCK_CRC, TTF_BLOCK_BYTES + 1,
					 TTF_BLOCK_OFFSET };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		build.bytes[RING_AT + fields[i]] ^= 0x20;
		ck_assert_uint_eq(count_events(), 2 * EVENTS);
		ck_assert_uint_eq(collect.damage.count, 1);
		ck_assert_uint_eq(collect.offset, RING_AT);
		ck_assert_int_eq(collect_open(&trace, &build, &collect), 0);
		ck_assert_uint_eq(trace.rings[0]->ring.tid, 100);
		trace_close(&trace, NULL);
		build.bytes[RING_AT + fields[i]] ^= 0x20;
	}
}
END_TEST

/* The thread is not known, its chunks are. */
START_TEST(test_damaged_identity)
{
	static const size_t fields[] = { TTF_RING_KIND,	       TTF_RING_TID,   TTF_RING_FIRST_NUMBER + 7,
					 TTF_RING_SERIAL,      TTF_RING_START, TTF_RING_NAME,
					 TTF_RING_IDENTITY_CRC };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		build.bytes[RING_AT + fields[i]] ^= 0x20;
		ck_assert_uint_eq(count_events(), 2 * EVENTS);
		ck_assert_uint_eq(collect.damage.count, 1);
		ck_assert_uint_eq(collect.offset, RING_AT);
		ck_assert_int_eq(collect_open(&trace, &build, &collect), 0);
		ck_assert_uint_eq(trace.rings[0]->ring.tid, 0);
		ck_assert_uint_eq(trace.rings[0]->ring.name.bytes, 0);
		ck_assert(!trace.rings[0]->is_described);
		trace_close(&trace, NULL);
		build.bytes[RING_AT + fields[i]] ^= 0x20;
	}
}
END_TEST

/* The ring's header is lost: its chunks are found by magic, without a thread, in the place of its block. */
START_TEST(test_salvage_of_a_ring)
{
	static const size_t fields[] = { TTF_RING_CHUNK_COUNT, TTF_RING_CHUNK_BYTES };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		build.bytes[RING_AT + fields[i]] ^= 0x20;
		ck_assert_uint_eq(count_events(), 2 * EVENTS);
		ck_assert_uint_ge(collect.damage.count, 1);
		ck_assert_uint_eq(collect.offset, RING_AT);
		ck_assert_int_eq(collect_open(&trace, &build, &collect), 0);
		ck_assert_uint_eq(trace.ring_count, 2);
		ck_assert_uint_eq(trace.rings[0]->ring.tid, 0);
		ck_assert_uint_eq(trace.rings[0]->ring.index, 0);
		ck_assert_uint_eq(trace.rings[1]->ring.tid, 101);
		trace_close(&trace, NULL);
		build.bytes[RING_AT + fields[i]] ^= 0x20;
	}
}
END_TEST

START_TEST(test_salvage_without_the_header)
{
	build.bytes[TTF_REGION_MAGIC] ^= 1;
	ck_assert_uint_eq(count_events(), 2 * EVENTS);
	ck_assert_uint_eq(collect.damage.count, 1);
	ck_assert_str_eq(collect.what, "the region's magic is damaged");
}
END_TEST

START_TEST(test_identity_that_was_being_changed)
{
	ttf_store32(build.bytes + RING_AT + TTF_RING_VERSION, 7);
	ck_assert_uint_eq(count_events(), 2 * EVENTS);
	ck_assert_uint_eq(collect.damage.count, 1);
	ck_assert_str_eq(collect.what, "ring 0: its header was being changed");
}
END_TEST

START_TEST(test_cut_short_in_a_chunk)
{
	build.count = CHUNK_AT(1) + TTF_CHUNK_RECORDS + 3 * 16 + 5;
	/* Three whole records of 16 bytes of the first chunk; the other, at place 0, is whole. */
	ck_assert_uint_eq(count_events(), 3 + EVENTS / 2);
	ck_assert_ptr_nonnull(strstr(collect.all, "6 of its 20 words are there"));
}
END_TEST

START_TEST(test_block_that_was_being_made)
{
	build_zeros(&build, 8192);
	build_ring_block(&build, 102, "third", 2);
	build_region_end(&build, TTF_CLOCK_TSC);
	ck_assert_uint_eq(count_events(), 2 * EVENTS);
	ck_assert_uint_eq(collect.damage.count, 0);
	ck_assert_int_eq(collect_open(&trace, &build, &collect), 0);
	ck_assert_uint_eq(trace.ring_count, 3);
	trace_close(&trace, NULL);
}
END_TEST

/* A chunk that is recycled between the scan and the reading is torn, not garbled. */
START_TEST(test_torn_chunk)
{
	int fd = build_file(&build);
	uint8_t generation[4];

	collect = collect_begin();
	ck_assert_int_eq(load_trace(&trace, build_path(fd), 0, &collect.damage), 0);
	ttf_store32(generation, 9);
	ck_assert_int_eq(pwrite(fd, generation, 4, CHUNK_AT(1) + 4), 4);
	ck_assert_uint_eq(collect_count(&trace), 2 * EVENTS - EVENTS / 2);
	ck_assert_uint_eq(trace.torn, 1);
	ck_assert_uint_eq(collect.damage.count, 0);
	trace_close(&trace, NULL);
	close(fd);
}
END_TEST

/* Field 22 of /proc/self/stat, the slow way. */
static uint64_t own_start_time(void)
{
	FILE *file = fopen("/proc/self/stat", "r");
	char line[1024];
	char *at;

	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), file));
	fclose(file);
	at = strrchr(line, ')');
	for (int i = 0; i < 20; i++)
		at = strchr(at + 1, ' ');
	return strtoull(at, NULL, 10);
}

static size_t own_boot_id(char *to, size_t room)
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
	size_t bytes;

	ck_assert_ptr_nonnull(file);
	bytes = fread(to, 1, room, file);
	fclose(file);
	ck_assert_uint_gt(bytes, 1);
	return bytes - 1; /* its line feed */
}

/* Makes the region one of this process. */
static void make_alive(void)
{
	uint8_t *header = build.bytes;

	ttf_store32(header + TTF_REGION_PID, (uint32_t)getpid());
	ttf_store64(header + TTF_REGION_START_TIME, own_start_time());
	own_boot_id((char *)header + TTF_REGION_BOOT_ID, TTF_REGION_BOOT_ID_BYTES - 1);
	header[TTF_REGION_BOOT_ID + 36] = 0;
	build_region_seal(&build);
}

/* Of a living process everything is copied at once: what the writer does later changes nothing. */
START_TEST(test_living_process)
{
	uint8_t zeros[BUILD_CHUNK_BYTES] = { 0 };
	int fd;

	make_alive();
	fd = build_file(&build);
	collect = collect_begin();
	ck_assert_int_eq(load_trace(&trace, build_path(fd), 0, &collect.damage), 0);
	ck_assert(trace.info.is_alive);
	ck_assert_int_eq(pwrite(fd, zeros, sizeof(zeros), CHUNK_AT(1)), sizeof(zeros));
	ck_assert_uint_eq(collect_count(&trace), 2 * EVENTS);
	ck_assert_uint_eq(trace.torn, 0);
	trace_close(&trace, NULL);
	close(fd);
}
END_TEST

START_TEST(test_life)
{
	char boot[64];
	struct text boot_id = { boot, own_boot_id(boot, sizeof(boot)) };
	uint32_t pid = (uint32_t)getpid();

	ck_assert(life_is_running(pid, own_start_time(), boot_id));
	ck_assert(!life_is_running(pid, own_start_time() + 1, boot_id));
	ck_assert(!life_is_running(0, own_start_time(), boot_id));
	ck_assert(!life_is_running(pid, own_start_time(), (struct text){ boot, boot_id.bytes - 1 }));
	ck_assert(!life_is_running(pid, own_start_time(), (struct text){ boot, 0 }));
	boot[0] ^= 1;
	ck_assert(!life_is_running(pid, own_start_time(), boot_id));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("region");
	TCase *tcase = tcase_create("region");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_whole);
	tcase_add_test(tcase, test_earlier_threads_chunks_are_not_read);
	tcase_add_test(tcase, test_refusals);
	tcase_add_test(tcase, test_chunks_that_are_not_accepted);
	tcase_add_test(tcase, test_chunks_of_a_damaged_state);
	tcase_add_test(tcase, test_ring_by_its_own_fields);
	tcase_add_test(tcase, test_damaged_identity);
	tcase_add_test(tcase, test_salvage_of_a_ring);
	tcase_add_test(tcase, test_salvage_without_the_header);
	tcase_add_test(tcase, test_identity_that_was_being_changed);
	tcase_add_test(tcase, test_cut_short_in_a_chunk);
	tcase_add_test(tcase, test_block_that_was_being_made);
	tcase_add_test(tcase, test_torn_chunk);
	tcase_add_test(tcase, test_living_process);
	tcase_add_test(tcase, test_life);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
