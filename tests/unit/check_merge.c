/*
 * check_merge.c - events of chunks, rings and files come in the order of rendering.md, each with its seq and time.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../decoder/reader/coverage.h"
#include "../../decoder/reader/merge.h"
#include "../../format-spec/twin/bytes.h"
#include "collect.h"
#include "unit.h"

/* One tick is one ns and CLOCK_REALTIME is CLOCK_MONOTONIC, unless a test wants otherwise. */
static struct build build;
static struct build records;
static struct collect collect;
static unsigned sections;

static void setup(void)
{
	build = records = (struct build){ 0 };
	build_snapshot_header(&build);
	build_process(&build, 1);
	build_sites(&build, 1, 3);
	for (uint32_t ring = 0; ring < 3; ring++)
		build_thread(&build, ring, 10 + ring, "t");
	sections = 5;
}

static void teardown(void)
{
	build_free(&build);
	build_free(&records);
}

static void clock_is(uint32_t kind, const uint64_t *triples, uint32_t count)
{
	build_clock(&build, kind, triples, count);
	sections++;
}

static void identity_clock(void)
{
	clock_is(TTF_CLOCK_TSC, (uint64_t[]){ 1, 1, 1 }, 1);
}

/* Adds what is in `records` as a chunk and empties them. */
static void chunk(uint32_t ring, uint64_t number, uint64_t first_seq, uint64_t base, uint32_t events)
{
	struct build_chunk fields = { ring, number, first_seq, base, base, events };

	build_chunk(&build, &fields, &records, number % 2 == 0);
	build_free(&records);
	sections++;
}

static void event(uint32_t delta, int32_t value)
{
	build_number_record(&records, 1, delta, value);
}

static void open_built(struct trace *trace)
{
	build_end(&build, sections, 0);
	ck_assert_int_eq(collect_open(trace, &build, &collect), 0);
}

/* What is expected of one event. */
struct expected {
	uint32_t ring;
	uint64_t seq;
	uint64_t real_ns;
	int32_t value;
};

static void expect(struct trace *traces, unsigned count, const struct expected *expected, size_t events)
{
	struct merge merge;
	struct event *got;

	ck_assert_int_eq(merge_open(&merge, traces, count, 0, NULL), 0);
	for (size_t i = 0; i < events; i++) {
		got = collect_next(&merge);
		ck_assert_ptr_nonnull(got);
		ck_assert_uint_eq(got->ring->index, expected[i].ring);
		ck_assert_uint_eq(got->seq, expected[i].seq);
		ck_assert_uint_eq(got->real_ns, expected[i].real_ns);
		ck_assert_int_eq((int32_t)got->arguments[0].bits, expected[i].value);
	}
	ck_assert_ptr_null(collect_next(&merge));
	ck_assert_ptr_null(collect_next(&merge));
	merge_close(&merge);
}

#define EXPECT(traces, count, ...)                                                                           \
	expect(traces, count, (const struct expected[]){ __VA_ARGS__ },                                      \
	       sizeof((const struct expected[]){ __VA_ARGS__ }) / sizeof(struct expected))

START_TEST(test_by_time_then_ring)
{
	struct trace trace;

	identity_clock();
	event(0, 1);
	event(20, 2);
	chunk(2, 1, 0, 100, 2);
	event(0, 3);
	event(10, 4);
	event(20, 5);
	chunk(0, 1, 7, 100, 3);
	event(5, 6);
	chunk(1, 9, 0, 105, 1);
	open_built(&trace);
	EXPECT(&trace, 1, { 0, 7, 100, 3 }, { 2, 0, 100, 1 }, { 0, 8, 110, 4 }, { 1, 0, 110, 6 },
	       { 0, 9, 120, 5 }, { 2, 1, 120, 2 });
	ck_assert_uint_eq(collect.damage.count, 0);
	trace_close(&trace, NULL);
}
END_TEST

START_TEST(test_chunks_by_number_and_sync)
{
	struct trace trace;

	identity_clock();
	event(1, 3);
	build_sync(&records, 5000);
	event(2, 4);
	chunk(0, 7, 2, 300, 2);
	event(0, 1);
	event(1, 2);
	chunk(0, 6, 0, 100, 2);
	open_built(&trace);
	EXPECT(&trace, 1, { 0, 0, 100, 1 }, { 0, 1, 101, 2 }, { 0, 2, 301, 3 }, { 0, 3, 5002, 4 });
	ck_assert_uint_eq(collect.damage.count, 0);
	trace_close(&trace, NULL);
}
END_TEST

/* The second chunk's base is before the first one's last event. */
/* An event that claims to be after the next chunk's base is at it: a damaged time costs no later chunk its own. */
START_TEST(test_time_never_goes_back_in_a_ring)
{
	struct trace trace;

	identity_clock();
	event(0, 1);
	event(50, 2);
	chunk(0, 1, 0, 100, 2);
	event(0, 3);
	event(45, 4);
	chunk(0, 2, 2, 110, 2);
	open_built(&trace);
	EXPECT(&trace, 1, { 0, 0, 100, 1 }, { 0, 1, 110, 2 }, { 0, 2, 110, 3 }, { 0, 3, 155, 4 });
	trace_close(&trace, NULL);
}
END_TEST

/* A chunk that is not loaded yet must not be overtaken, though its base lies before a step back of the real clock. */
START_TEST(test_real_clock_set_back)
{
	struct trace trace;

	clock_is(TTF_CLOCK_TSC, (uint64_t[]){ 100, 100, 9000, 200, 200, 5000 }, 2);
	build_sync(&records, 300);
	event(0, 1);
	chunk(0, 1, 0, 150, 1);
	event(10, 2);
	chunk(1, 1, 0, 250, 1);
	open_built(&trace);
	EXPECT(&trace, 1, { 1, 0, 5060, 2 }, { 0, 0, 5100, 1 });
	trace_close(&trace, NULL);
}
END_TEST

/* Nothing of ring 0's first chunk can be shown, so it does not hold back the second, whose clock went back. */
START_TEST(test_hidden_chunk_holds_nothing_back)
{
	struct trace trace;

	identity_clock();
	build_number_record(&records, 99, 0, 0);
	chunk(0, 1, 0, 5000, 1);
	event(0, 1);
	chunk(0, 2, 1, 1000, 1);
	event(0, 2);
	chunk(1, 1, 0, 3000, 1);
	open_built(&trace);
	EXPECT(&trace, 1, { 0, 1, 1000, 1 }, { 1, 0, 3000, 2 });
	trace_close(&trace, NULL);
}
END_TEST

START_TEST(test_damaged_events_keep_their_seq)
{
	struct trace trace;

	identity_clock();
	event(0, 1);
	build_record(&records, 1, 1, NULL, 0);	 /* shorter than its argument */
	build_number_record(&records, 99, 2, 0); /* no such site */
	build_number_record(&records, 99, 3, 0);
	event(4, 2);
	chunk(0, 1, 0, 100, 5);
	open_built(&trace);
	EXPECT(&trace, 1, { 0, 0, 100, 1 }, { 0, 4, 104, 2 });
	ck_assert_uint_eq(collect.damage.count, 2); /* the site only once */
	trace_close(&trace, NULL);
}
END_TEST

START_TEST(test_rest_of_a_chunk)
{
	struct trace trace;

	identity_clock();
	event(0, 1);
	build_u64(&records, (uint64_t)1 << TTF_RECORD_ID_SHIFT); /* no words */
	event(4, 2);
	chunk(0, 1, 0, 100, 3);
	event(0, 3);
	build_u64(&records, (uint64_t)9 << TTF_RECORD_WORDS_SHIFT | (uint64_t)1 << TTF_RECORD_ID_SHIFT);
	chunk(0, 2, 3, 200, 2);
	event(0, 4);
	build_u64(&records, (uint64_t)1 << TTF_RECORD_WORDS_SHIFT | TTF_CONTROL_SYNC);
	event(0, 5);
	chunk(0, 3, 5, 300, 2);
	open_built(&trace);
	EXPECT(&trace, 1, { 0, 0, 100, 1 }, { 0, 3, 200, 3 }, { 0, 5, 300, 4 });
	ck_assert_uint_eq(collect.damage.count, 3);
	trace_close(&trace, NULL);
}
END_TEST

START_TEST(test_wrong_count_of_events)
{
	struct trace trace;

	identity_clock();
	event(0, 1);
	chunk(0, 1, 0, 100, 2);
	open_built(&trace);
	EXPECT(&trace, 1, { 0, 0, 100, 1 });
	ck_assert_ptr_nonnull(strstr(collect.what, "it counts 2 events and holds fewer"));
	trace_close(&trace, NULL);
}
END_TEST

/* What is beyond the count may be what an older chunk has left. */
START_TEST(test_more_events_than_counted)
{
	struct trace trace;

	identity_clock();
	event(0, 1);
	event(1, 2);
	chunk(0, 1, 0, 100, 1);
	open_built(&trace);
	EXPECT(&trace, 1, { 0, 0, 100, 1 });
	ck_assert_ptr_nonnull(strstr(collect.what, "it counts 1 events and holds more"));
	trace_close(&trace, NULL);
}
END_TEST

START_TEST(test_unknown_control_record_is_skipped)
{
	struct trace trace;

	identity_clock();
	build_u64(&records, (uint64_t)2 << TTF_RECORD_WORDS_SHIFT | 77);
	build_u64(&records, 0);
	event(0, 1);
	chunk(0, 1, 0, 100, 1);
	open_built(&trace);
	EXPECT(&trace, 1, { 0, 0, 100, 1 });
	ck_assert_uint_eq(collect.damage.count, 0);
	trace_close(&trace, NULL);
}
END_TEST

START_TEST(test_lower_file_first)
{
	struct trace traces[2];
	struct merge merge;

	identity_clock();
	event(0, 1);
	chunk(0, 1, 0, 100, 1);
	open_built(&traces[0]);
	ck_assert_int_eq(collect_open(&traces[1], &build, &collect), 0);
	traces[1].process.file = 1;
	ck_assert_int_eq(merge_open(&merge, traces, 2, 0, NULL), 0);
	for (unsigned file = 0; file < 2; file++)
		ck_assert_uint_eq(collect_next(&merge)->ring->process->file, file);
	merge_close(&merge);
	trace_close(&traces[0], NULL);
	trace_close(&traces[1], NULL);
}
END_TEST

/* Many rings and chunks: time never goes back, and no seq is left out. */
START_TEST(test_many_rings)
{
	struct trace trace;
	struct merge merge;
	struct event *got;
	uint64_t last_ns = 0;
	uint64_t seqs[3] = { 0 };
	unsigned seen = 0;
	uint32_t random = 12345;

	identity_clock();
	for (uint64_t number = 1; number <= 50; number++) {
		for (uint32_t ring = 0; ring < 3; ring++) {
			for (int i = 0; i < 20; i++) {
				random = random * 1103515245 + 12345;
				event((uint32_t)i * 50 + (random >> 16) % 50, i);
			}
			chunk(ring, number, (number - 1) * 20, 1000 * number + ring * 300, 20);
		}
	}
	open_built(&trace);
	ck_assert_int_eq(merge_open(&merge, &trace, 1, 0, NULL), 0);
	for (; (got = collect_next(&merge)) != NULL; seen++) {
		ck_assert_uint_ge(got->real_ns, last_ns);
		last_ns = got->real_ns;
		ck_assert_uint_eq(got->seq, seqs[got->ring->index]++);
	}
	ck_assert_uint_eq(seen, 3 * 50 * 20);
	merge_close(&merge);
	trace_close(&trace, NULL);
}
END_TEST

#define LONG_BYTES 4000u /* more than a slice */
#define TEXT_SITE 9u

static void text_event(void)
{
	uint8_t body[2 + LONG_BYTES];

	memset(body, 'x', sizeof(body));
	ttf_store16(body, LONG_BYTES);
	build_record(&records, TEXT_SITE, 0, body, sizeof(body));
}

static void text_site(void)
{
	struct build entry = { 0 };
	const struct build_site site = { .id = TEXT_SITE,
					 .line = 1,
					 .level = 3,
					 .types = { TTF_STR },
					 .arguments = 1,
					 .target = "app",
					 .format = "%s" };

	build_site(&entry, &site);
	build_section(&build, TTF_SECTION_SITES, &entry);
	build_free(&entry);
	sections++;
}

/* Two chunks, one compressed, of 600 numbers and a long text each. */
static void long_chunks(struct trace *trace)
{
	identity_clock();
	text_site();
	for (uint32_t number = 1; number <= 2; number++) {
		for (int32_t i = 0; i < 600; i++) {
			event(1, i);
			if (i == 300)
				text_event();
		}
		chunk(0, number, (number - 1) * 601, 1000 * number, 601);
	}
	open_built(trace);
}

/* Where there is no room for whole chunks the events are the same. */
START_TEST(test_slices)
{
	struct trace trace;
	struct merge merge;

	long_chunks(&trace);
	ck_assert_int_eq(merge_open(&merge, &trace, 1, 0, NULL), 0);
	merge.scratch.held_bytes = CHUNK_HELD_MAX;
	for (uint64_t seq = 0; seq < 2 * 601; seq++) {
		const struct event *got = collect_next(&merge);
		uint64_t place = seq % 601;

		ck_assert_uint_eq(got->seq, seq);
		if (place == 301)
			ck_assert_uint_eq(got->arguments[0].bytes.bytes, LONG_BYTES);
		else
			ck_assert_uint_eq(got->arguments[0].bits, place < 301 ? place : place - 1);
		ck_assert_uint_le(merge.scratch.held_bytes, CHUNK_HELD_MAX + CHUNK_SLICE_WORDS * 8);
	}
	ck_assert_ptr_null(collect_next(&merge));
	ck_assert_uint_eq(merge.scratch.held_bytes, CHUNK_HELD_MAX);
	merge_close(&merge);
	trace_close(&trace, NULL);
}
END_TEST

/* What is read a second time is checked a second time. */
START_TEST(test_slice_changed_behind_our_back)
{
	struct chunk_scratch scratch = { .held_bytes = CHUNK_HELD_MAX };
	struct cursor cursor;
	struct event got;
	struct trace trace;
	int fd;

	identity_clock();
	text_site();
	text_event();
	chunk(0, 1, 0, 1000, 1);
	build_end(&build, sections, 0);
	fd = build_file(&build);
	collect = collect_begin();
	ck_assert_int_eq(load_trace(&trace, build_path(fd), 0, &collect.damage), 0);
	cursor_open(&cursor, &trace, trace.rings[0], 0, &scratch);
	ck_assert_int_eq(cursor_load(&cursor), 0);
	ck_assert_int_eq(cursor_event(&cursor, &got), 0);
	ck_assert_int_eq(pwrite(fd, "\xff\x0f", 2, (off_t)trace.chunks[0].offset + 8), 2);
	ck_assert_int_eq(cursor_event(&cursor, &got), -EBADMSG);
	ck_assert_uint_eq(collect.damage.count, 1);
	cursor_close(&cursor);
	chunk_scratch_free(&scratch);
	trace_close(&trace, NULL);
	close(fd);
}
END_TEST

START_TEST(test_coverage)
{
	struct coverage coverage;
	struct trace trace;

	identity_clock();
	build_number_record(&records, 99, 0, 0); /* cannot be shown */
	event(5, 1);
	chunk(0, 1, 4, 100, 2);
	event(7, 2);
	chunk(0, 2, 6, 200, 1);
	build_number_record(&records, 99, 0, 0);
	chunk(0, 3, 7, 300, 1);
	open_built(&trace);
	ck_assert_int_eq(coverage_of_ring(&trace, trace.rings[0], &coverage), 0);
	ck_assert_uint_eq(coverage.first_ns, 105);
	ck_assert_uint_eq(coverage.first_seq, 5);
	ck_assert_uint_eq(coverage.last_ns, 207);
	ck_assert_uint_eq(coverage.last_seq, 6);
	ck_assert_uint_eq(collect.damage.count, 0); /* that is for the real reading to say */
	ck_assert_int_eq(coverage_of_ring(&trace, trace.rings[1], &coverage), 0);
	ck_assert(coverage.is_empty);
	ck_assert_int_eq(coverage_of_trace(&trace, &coverage), 0);
	ck_assert_uint_eq(coverage.last_ns, 207);
	trace_close(&trace, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("merge");
	TCase *tcase = tcase_create("merge");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_by_time_then_ring);
	tcase_add_test(tcase, test_chunks_by_number_and_sync);
	tcase_add_test(tcase, test_time_never_goes_back_in_a_ring);
	tcase_add_test(tcase, test_real_clock_set_back);
	tcase_add_test(tcase, test_hidden_chunk_holds_nothing_back);
	tcase_add_test(tcase, test_damaged_events_keep_their_seq);
	tcase_add_test(tcase, test_rest_of_a_chunk);
	tcase_add_test(tcase, test_wrong_count_of_events);
	tcase_add_test(tcase, test_more_events_than_counted);
	tcase_add_test(tcase, test_unknown_control_record_is_skipped);
	tcase_add_test(tcase, test_lower_file_first);
	tcase_add_test(tcase, test_many_rings);
	tcase_add_test(tcase, test_slices);
	tcase_add_test(tcase, test_slice_changed_behind_our_back);
	tcase_add_test(tcase, test_coverage);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
