/*
 * check_indexed.c - snapshots by their index: lazily and not, whole and damaged; and what of a ring need not be read.
 */
#include <stdlib.h>
#include <unistd.h>

#include "../../decoder/reader/load.h"
#include "../../decoder/reader/merge.h"
#include "../../format-spec/twin/bytes.h"
#include "collect.h"
#include "unit.h"

#define COUNT 20

static struct build build;
static struct collect collect;
static struct trace trace;

static void setup(void)
{
	build = (struct build){ 0 };
	build_small_indexed(&build, COUNT);
}

static void teardown(void)
{
	trace_close(&trace, NULL);
	build_free(&build);
}

static void open_lazily(void)
{
	int fd = build_file(&build);

	collect = collect_begin();
	ck_assert_int_eq(load_trace_lazily(&trace, build_path(fd), 0, &collect.damage), 0);
	close(fd);
}

/* The first byte of the nth section of that type. */
static uint8_t *section(unsigned type, unsigned n)
{
	size_t at = TTF_FILE_HEADER;

	while (ttf_load16(build.bytes + at + TTF_SECTION_TYPE) != type || n-- > 0) {
		at += TTF_SECTION_HEADER + ttf_pad8(ttf_load32(build.bytes + at + TTF_SECTION_LENGTH));
		ck_assert_uint_lt(at, build.count);
	}
	return build.bytes + at;
}

static unsigned events_since(uint64_t since_ns)
{
	struct merge merge;
	unsigned count = 0;

	ck_assert_int_eq(merge_open(&merge, &trace, 1, since_ns, NULL), 0);
	for (struct event *event; (event = collect_next(&merge)) != NULL;)
		count += event->real_ns >= since_ns;
	merge_close(&merge);
	return count;
}

START_TEST(lazily_all_is_there)
{
	open_lazily();
	ck_assert_uint_eq(trace.chunk_count, 4);
	for (size_t i = 0; i < 4; i++)
		ck_assert(trace.chunks[i].is_unread);
	ck_assert(trace.info.is_whole);
	ck_assert_uint_eq(collect_count(&trace), 2 * COUNT);
	ck_assert_uint_eq(collect.damage.count, 0);
}
END_TEST

START_TEST(else_all_is_read)
{
	ck_assert_int_eq(collect_open(&trace, &build, &collect), 0);
	for (size_t i = 0; i < trace.chunk_count; i++)
		ck_assert(!trace.chunks[i].is_unread);
	ck_assert_uint_eq(collect_count(&trace), 2 * COUNT);
	ck_assert_uint_eq(collect.damage.count, 0);
}
END_TEST

/* _i: which of the places is damaged. Each costs the chunk's events and nothing else. */
START_TEST(lazily_a_damaged_chunk_is_told_when_it_is_due)
{
	static const size_t places[] = { TTF_SECTION_MARKER,
					 TTF_SECTION_TYPE,
					 TTF_SECTION_LENGTH,
					 TTF_SECTION_BODY_CRC,
					 TTF_SECTION_HEADER_CRC,
					 TTF_SECTION_HEADER + TTF_CHUNKS_NUMBER,
					 TTF_SECTION_HEADER + TTF_CHUNKS_DATA + 3 };

	section(TTF_SECTION_CHUNK, 1)[places[_i]] ^= 4;
	open_lazily();
	ck_assert_uint_eq(collect.damage.count, 0);
	ck_assert_uint_eq(collect_count(&trace), 2 * COUNT - COUNT / 2);
	ck_assert_uint_eq(collect.damage.count, 1);
	ck_assert_uint_eq(collect.offset,
			  (size_t)(section(TTF_SECTION_CHUNK, 0) - build.bytes) + 24 + 48 +
				  ttf_pad8(ttf_load32(section(TTF_SECTION_CHUNK, 0) + 12) - 48));
	ck_assert_str_eq(collect.what, "ring 0, chunk 2: is not what the INDEX section says");
}
END_TEST

/* Where anything but a chunk is damaged, the file is read section by section: its chunks are none that were not read. */
START_TEST(lazily_other_damage_is_told_at_once)
{
	section((unsigned)_i, 0)[TTF_SECTION_HEADER + 1] ^= 4;
	open_lazily();
	ck_assert_uint_ge(collect.damage.count, 1);
	for (size_t i = 0; i < trace.chunk_count; i++)
		ck_assert(!trace.chunks[i].is_unread);
}
END_TEST

START_TEST(a_damaged_chunk_is_known)
{
	section(TTF_SECTION_CHUNK, 0)[TTF_SECTION_LENGTH] ^= 4;
	ck_assert_int_eq(collect_open(&trace, &build, &collect), 0);
	ck_assert_uint_eq(collect.damage.count, 1);
	ck_assert_uint_eq(trace.loss_count, 0);
	ck_assert(trace.chunks[0].is_lost);
	ck_assert_uint_eq(trace.chunks[0].events, COUNT / 2);
	ck_assert_uint_eq(collect_count(&trace), 2 * COUNT - COUNT / 2);
	ck_assert_uint_eq(collect.damage.count, 1);
}
END_TEST

START_TEST(what_is_before_a_moment_is_not_read)
{
	uint64_t last_ns;

	section(TTF_SECTION_CHUNK, 0)[TTF_SECTION_LENGTH] ^= 4;
	open_lazily();
	ck_assert(trace.rings[0]->is_ordered);
	last_ns = trace_base_ns(&trace, trace.rings[0], 1);
	ck_assert_uint_eq(trace_chunk_since(&trace, trace.rings[0], 0), 0);
	/* An event of the first chunk may be as late as the second one's base. */
	ck_assert_uint_eq(trace_chunk_since(&trace, trace.rings[0], last_ns), 0);
	ck_assert_uint_eq(trace_chunk_since(&trace, trace.rings[0], last_ns + 1), 1);
	ck_assert_uint_eq(trace_chunk_since(&trace, trace.rings[0], UINT64_MAX), 1);
	events_since(last_ns + 1);
	ck_assert_uint_eq(collect.damage.count, 0);
	events_since(last_ns);
	ck_assert_uint_eq(collect.damage.count, 1);
}
END_TEST

START_TEST(a_clock_that_was_set_back_orders_nothing)
{
	struct build triples = { 0 };

	build_free(&build);
	build_snapshot_header(&build);
	build_process(&build, 77);
	build_clock(&build, TTF_CLOCK_TSC, (uint64_t[]){ 1, 1, 5000, 2, 1000, 4000 }, 2);
	build_sites(&build, 1, 1);
	build_thread(&build, 0, 100, "t");
	for (uint64_t number = 1; number <= 2; number++) {
		struct build_chunk chunk = { 0, number, number - 1, number * 1000, number * 1000, 1 };

		build_number_record(&triples, 1, 0, 1);
		build_chunk(&build, &chunk, &triples, false);
		build_free(&triples);
	}
	build_indexed_end(&build);
	open_lazily();
	ck_assert(!trace.rings[0]->is_ordered);
	ck_assert_uint_eq(trace_chunk_since(&trace, trace.rings[0], UINT64_MAX), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("indexed");
	TCase *cases = tcase_create("indexed");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, lazily_all_is_there);
	tcase_add_test(cases, else_all_is_read);
	tcase_add_loop_test(cases, lazily_a_damaged_chunk_is_told_when_it_is_due, 0, 7);
	tcase_add_loop_test(cases, lazily_other_damage_is_told_at_once, TTF_SECTION_PROCESS,
			    TTF_SECTION_MODULES);
	tcase_add_loop_test(cases, lazily_other_damage_is_told_at_once, TTF_SECTION_SITES, TTF_SECTION_CHUNK);
	tcase_add_loop_test(cases, lazily_other_damage_is_told_at_once, TTF_SECTION_END,
			    TTF_SECTION_INDEX + 1);
	tcase_add_test(cases, a_damaged_chunk_is_known);
	tcase_add_test(cases, what_is_before_a_moment_is_not_read);
	tcase_add_test(cases, a_clock_that_was_set_back_orders_nothing);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
