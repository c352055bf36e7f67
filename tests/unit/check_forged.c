/*
 * check_forged.c - regions whose checksums are right and whose fields lie: each rule that no CRC stands for.
 */
#include <stdlib.h>
#include <unistd.h>

#include "../../decoder/reader/load.h"
#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/crc32.h"
#include "collect.h"
#include "unit.h"

#define EVENTS 20

/* Where build_small_region puts things. */
#define SITES_AT 4096u
#define RING_AT 8192u
#define RING_BYTES (TTF_RING_CHUNKS + 2 * BUILD_CHUNK_BYTES)
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

static void seal_block(size_t at)
{
	ttf_store32(build.bytes + at + TTF_BLOCK_CRC, ttf_block_crc(build.bytes + at));
}

static void seal_ring(size_t at)
{
	ttf_store32(build.bytes + at + TTF_RING_IDENTITY_CRC, ttf_ring_crc(build.bytes + at));
}

static void seal_chunk(size_t at)
{
	ttf_store32(build.bytes + at + TTF_CHUNK_CRC, ttf_chunk_crc(build.bytes + at));
}

/* Reads it, and puts the region back as it was built. Returns how many events there were. */
static unsigned read_forged(const char *said)
{
	unsigned count = count_events();

	if (said)
		ck_assert_msg(strstr(collect.all, said) != NULL, "not said: %s, but:\n%s", said, collect.all);
	else
		ck_assert_msg(collect.damage.count == 0, "said:\n%s", collect.all);
	teardown();
	setup();
	return count;
}

START_TEST(test_header)
{
	static const struct {
		size_t field;
		uint32_t value;
		const char *said;
	} lies[] = {
		{ TTF_REGION_HEADER_BYTES, 8192, "the region's header claims to have 8192 bytes" },
		{ TTF_REGION_CHUNK_BYTES, TTF_CHUNK_BYTES_MIN / 2, "chunk size is damaged" },
		{ TTF_REGION_CHUNK_BYTES, TTF_CHUNK_BYTES_MAX * 2, "chunk size is damaged" },
		{ TTF_REGION_CHUNK_BYTES, TTF_CHUNK_BYTES_MIN * 3, "chunk size is damaged" },
		{ TTF_REGION_CHUNK_BYTES, 0, "chunk size is damaged" },
		{ TTF_REGION_CLOCK, 0, "clock 0 is not known" },
		{ TTF_REGION_CLOCK, TTF_CLOCK_MONOTONIC + 1, "clock 4 is not known" },
		{ TTF_REGION_USED_BYTES, 0, "used bytes are damaged" },
		{ TTF_REGION_USED_BYTES, 8191, "used bytes are damaged" },
	};

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		ttf_store32(build.bytes + lies[i].field, lies[i].value);
		build_region_seal(&build);
		ck_assert_uint_eq(read_forged(lies[i].said), 2 * EVENTS);
	}
}
END_TEST

START_TEST(test_ring_sizes)
{
	static const struct {
		uint32_t chunks;
		uint32_t chunk_bytes;
		uint64_t more; /* bytes of the block */
	} lies[] = {
		{ TTF_RING_CHUNKS_MIN - 1, BUILD_CHUNK_BYTES, 0 },
		{ TTF_RING_CHUNKS_MAX + 1, BUILD_CHUNK_BYTES, 0 },
		{ 2, TTF_CHUNK_BYTES_MIN / 2, 0 },
		{ 2, TTF_CHUNK_BYTES_MAX * 2, 0 },
		{ 2, TTF_CHUNK_BYTES_MIN * 3, 0 },
		{ 2, BUILD_CHUNK_BYTES, TTF_PAGE },
		{ 0x80000000, BUILD_CHUNK_BYTES, 0 },
	};

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		uint8_t *ring = build.bytes + RING_AT;

		ttf_store32(ring + TTF_RING_CHUNK_COUNT, lies[i].chunks);
		ttf_store32(ring + TTF_RING_CHUNK_BYTES, lies[i].chunk_bytes);
		ttf_store64(ring + TTF_BLOCK_BYTES,
			    TTF_RING_CHUNKS + lies[i].chunks * (uint64_t)lies[i].chunk_bytes + lies[i].more);
		seal_ring(RING_AT);
		seal_block(RING_AT);
		/* Its chunks are found by themselves. */
		ck_assert_uint_eq(read_forged("a ring's header is damaged"), 2 * EVENTS);
	}
}
END_TEST

START_TEST(test_block_sizes)
{
	static const uint64_t lies[] = { 0, RING_BYTES + 8, UINT64_MAX - 4095 };

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		bool is_page = lies[i] % TTF_PAGE == 0 && lies[i] != 0;

		ttf_store64(build.bytes + RING_AT + TTF_BLOCK_BYTES, lies[i]);
		seal_block(RING_AT);
		ck_assert_uint_eq(
			read_forged(is_page ? "a ring's header is damaged" : "a block's header is damaged"),
			2 * EVENTS);
	}
}
END_TEST

/* What it is is not known: it is stepped over, whatever it holds. */
START_TEST(test_block_of_another_type)
{
	ttf_store32(build.bytes + SITES_AT + TTF_BLOCK_TYPE, 7);
	seal_block(SITES_AT);
	read_forged("site 1");
	ttf_store32(build.bytes + RING_AT + TTF_BLOCK_TYPE, 7);
	seal_block(RING_AT);
	ck_assert_uint_eq(read_forged(NULL), EVENTS);
}
END_TEST

/* A copy of a whole ring elsewhere: the first counts. */
START_TEST(test_second_block)
{
	uint8_t *copy = malloc(RING_BYTES);

	memcpy(copy, build.bytes + RING_AT, RING_BYTES);
	build_bytes(&build, copy, RING_BYTES);
	free(copy);
	build_region_end(&build, TTF_CLOCK_TSC);
	ck_assert_int_eq(collect_open(&trace, &build, &collect), 0);
	ck_assert_uint_eq(trace.ring_count, 2);
	ck_assert_uint_eq(collect_count(&trace), 2 * EVENTS);
	ck_assert_ptr_nonnull(strstr(collect.all, "a block stands here that belongs to 8192"));
	ck_assert_ptr_nonnull(strstr(collect.all, "a ring's header is damaged"));
	trace_close(&trace, NULL);
}
END_TEST

/* What a ring has left in chunks that are not used is no site, whatever it looks like. */
START_TEST(test_site_in_a_ring)
{
	size_t ring = build_ring_block(&build, 102, "third", 2);
	struct build entry = { 0 };

	build_site_number(&entry, 9);
	memcpy(build.bytes + ring + TTF_RING_CHUNKS + TTF_CHUNK_RECORDS, entry.bytes, entry.count);
	build_free(&entry);
	build_region_end(&build, TTF_CLOCK_TSC);
	ck_assert_int_eq(collect_open(&trace, &build, &collect), 0);
	ck_assert_uint_eq(trace.sites.count, 1);
	ck_assert_uint_eq(collect.damage.count, 0);
	trace_close(&trace, NULL);
}
END_TEST

START_TEST(test_chunks)
{
	static const struct {
		size_t field;
		uint64_t value;
		const char *said;
		const char *said_lost; /* without its ring's header */
	} lies[] = {
		{ TTF_CHUNK_MAGIC, 0, "its magic is damaged", "a ring's header is damaged" },
		{ TTF_CHUNK_NUMBER, 0, "its number is 0", "a chunk without a ring is damaged" },
		{ TTF_CHUNK_NUMBER, 2, "its number belongs elsewhere", "a second chunk of number 2" },
		{ TTF_CHUNK_BLOCK, RING_AT + 1, "it is another ring's", "a chunk without a ring is damaged" },
	};

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		for (int is_lost = 0; is_lost < 2; is_lost++) {
			ttf_store64(build.bytes + CHUNK_AT(1) + lies[i].field, lies[i].value);
			seal_chunk(CHUNK_AT(1));
			if (is_lost) {
				build.bytes[RING_AT + TTF_RING_CHUNK_COUNT] ^= 0x20;
				build.bytes[RING_AT + TTF_BLOCK_MAGIC] ^= 0x20;
			}
			/* Without its ring nothing says where its number belongs. */
			if (is_lost && lies[i].field == TTF_CHUNK_NUMBER && lies[i].value != 0)
				ttf_store32(build.bytes + CHUNK_AT(1) + TTF_CHUNK_STATE + 4, 9);
			ck_assert_uint_eq(read_forged(is_lost ? lies[i].said_lost : lies[i].said),
					  2 * EVENTS - EVENTS / 2);
		}
	}
}
END_TEST

/* Of a chunk without its ring whose state is wrong, too, only the place is known. */
START_TEST(test_unusable_chunk_of_a_lost_ring)
{
	build.bytes[RING_AT + TTF_RING_CHUNK_COUNT] ^= 0x20;
	build.bytes[CHUNK_AT(1) + TTF_CHUNK_STATE] ^= 4;
	build.bytes[CHUNK_AT(1) + TTF_CHUNK_STATE + 4] ^= 1;
	ck_assert_uint_eq(read_forged("a chunk without a ring is damaged"), 2 * EVENTS - EVENTS / 2);
}
END_TEST

/* An empty chunk is none, also where nothing else of its ring is right. */
START_TEST(test_empty_chunk_of_a_lost_ring)
{
	build.bytes[RING_AT + TTF_RING_CHUNK_COUNT] ^= 0x20;
	ttf_store16(build.bytes + CHUNK_AT(1) + TTF_CHUNK_STATE, 0);
	build.bytes[CHUNK_AT(1) + TTF_CHUNK_CRC] ^= 1;
	ck_assert_uint_eq(count_events(), 2 * EVENTS - EVENTS / 2);
	ck_assert_ptr_null(strstr(collect.all, "a chunk without a ring is damaged"));
}
END_TEST

/* Wherever the file ends: what is not there is cut, and nothing is called damaged but a site's entry whose end is not there. */
START_TEST(test_every_end)
{
	size_t whole = build.count;
	unsigned most = 0;

	for (build.count = TTF_PAGE; build.count < whole; build.count += 4) {
		unsigned count = count_events();

		ck_assert_msg(strstr(collect.all, "header is damaged") == NULL, "%zu bytes:\n%s", build.count,
			      collect.all);
		ck_assert_ptr_nonnull(strstr(collect.all, "the file was cut short"));
		ck_assert_uint_ge(count, most);
		most = count;
	}
	ck_assert_uint_eq(most, 2 * EVENTS);
}
END_TEST

/* One chunk on a page for each of more rings than there may be. */
START_TEST(test_too_many_rings)
{
	enum { PAGES = TTF_RINGS_MAX + 2 };
	uint8_t chunk[TTF_CHUNK_RECORDS + 16];
	int fd;

	memcpy(chunk, build.bytes + CHUNK_AT(1), sizeof(chunk));
	ttf_store16(chunk + TTF_CHUNK_STATE, 2);
	ttf_store16(chunk + TTF_CHUNK_STATE + 2, 1);
	fd = build_file(&build);
	for (uint64_t i = 0; i < PAGES; i++) {
		uint64_t at = build.count + i * TTF_PAGE;

		ttf_store64(chunk + TTF_CHUNK_BLOCK, (1u << 30) + i * TTF_PAGE);
		ttf_store32(chunk + TTF_CHUNK_CRC, ttf_chunk_crc(chunk));
		ck_assert_int_eq(pwrite(fd, chunk, sizeof(chunk), (off_t)at), sizeof(chunk));
	}
	collect = collect_begin();
	ck_assert_int_eq(load_trace(&trace, build_path(fd), 0, &collect.damage), 0);
	ck_assert_uint_eq(trace.ring_count, TTF_RINGS_MAX);
	ck_assert_str_eq(collect.what, "there are more than 65536 rings: this one is left out");
	ck_assert_uint_eq(collect_count(&trace), 2 * EVENTS + TTF_RINGS_MAX - 2);
	trace_close(&trace, NULL);
	close(fd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("forged");
	TCase *tcase = tcase_create("forged");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_header);
	tcase_add_test(tcase, test_ring_sizes);
	tcase_add_test(tcase, test_block_sizes);
	tcase_add_test(tcase, test_block_of_another_type);
	tcase_add_test(tcase, test_second_block);
	tcase_add_test(tcase, test_site_in_a_ring);
	tcase_add_test(tcase, test_chunks);
	tcase_add_test(tcase, test_unusable_chunk_of_a_lost_ring);
	tcase_add_test(tcase, test_empty_chunk_of_a_lost_ring);
	tcase_add_test(tcase, test_every_end);
	tcase_add_test(tcase, test_too_many_rings);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
