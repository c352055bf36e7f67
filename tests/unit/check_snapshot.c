/*
 * check_snapshot.c - a snapshot's sections become a trace; damage costs its section and nothing else.
 */
#include <errno.h>
#include <stdlib.h>

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/crc32.h"
#include "collect.h"
#include "unit.h"

#define EVENTS 20

/* The bytes and what became of them. */
static struct build build;
static struct collect collect;
static struct trace trace;

static void setup(void)
{
	build = (struct build){ 0 };
	build_small_snapshot(&build, EVENTS);
}

static void teardown(void)
{
	build_free(&build);
}

static unsigned count_events(void)
{
	return collect_events(&trace, &build, &collect);
}

/* Offset of the `skip`th section of a type. */
static size_t section(unsigned type, unsigned skip)
{
	size_t at = TTF_FILE_HEADER;

	for (;; at += TTF_SECTION_HEADER + ttf_pad8(ttf_load32(build.bytes + at + TTF_SECTION_LENGTH))) {
		ck_assert_uint_lt(at, build.count);
		if (ttf_load16(build.bytes + at + TTF_SECTION_TYPE) == type && skip-- == 0)
			return at;
	}
}

/* Sets a section's CRCs right after it was changed. */
static void seal(size_t at)
{
	uint8_t *header = build.bytes + at;

	ttf_store32(header + TTF_SECTION_BODY_CRC,
		    ttf_crc32(0, header + TTF_SECTION_HEADER, ttf_load32(header + TTF_SECTION_LENGTH)));
	ttf_store32(header + TTF_SECTION_HEADER_CRC, ttf_crc32(0, header, TTF_SECTION_HEADER_CRC));
}

START_TEST(test_whole)
{
	ck_assert_uint_eq(count_events(), 2 * EVENTS);
	ck_assert_uint_eq(collect.damage.count, 0);
	ck_assert_int_eq(collect_open(&trace, &build, &collect), 0);
	ck_assert_uint_eq(trace.process.pid, 77);
	ck_assert_mem_eq(trace.process.service.at, "svc", 3);
	ck_assert_mem_eq(trace.info.reason.at, "why", 3);
	ck_assert_uint_eq(trace.info.policy, TTF_POLICY_DEMAND);
	ck_assert(trace.info.is_whole);
	ck_assert_uint_eq(trace.ring_count, 2);
	ck_assert_uint_eq(trace.rings[1]->ring.tid, 101);
	ck_assert_uint_eq(trace.rings[1]->retained, EVENTS);
	ck_assert_mem_eq(trace.rings[1]->ring.name.at, "second", 6);
	trace_close(&trace, NULL);
}
END_TEST

/* Damage to a section's body is reported at the section and costs what it held. */
START_TEST(test_damaged_bodies)
{
	static const struct {
		unsigned type;
		unsigned skip;
		unsigned events;
		const char *what;
	} cases[] = {
		{ TTF_SECTION_PROCESS, 0, 2 * EVENTS, "there is no intact PROCESS section" },
		{ TTF_SECTION_CLOCK, 0, 2 * EVENTS, "there is no intact CLOCK section" },
		{ TTF_SECTION_SITES, 0, 0, "of site 1, which nothing describes" },
		{ TTF_SECTION_THREADS, 0, 2 * EVENTS, "ring 0 has no entry in THREADS" },
		{ TTF_SECTION_CHUNK, 0, 2 * EVENTS - EVENTS / 2, "wrong CRC" },
		{ TTF_SECTION_END, 0, 2 * EVENTS, "the file was cut short" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t at = section(cases[i].type, cases[i].skip) + TTF_SECTION_HEADER;

		build.bytes[at] ^= 0x40;
		ck_assert_uint_eq(count_events(), cases[i].events);
		ck_assert_ptr_nonnull(strstr(collect.all, "wrong CRC"));
		ck_assert_ptr_nonnull(strstr(collect.all, cases[i].what));
		build.bytes[at] ^= 0x40;
	}
}
END_TEST

START_TEST(test_damaged_header_is_passed_by_the_next_marker)
{
	size_t at = section(TTF_SECTION_CHUNK, 1);

	build.bytes[at + TTF_SECTION_LENGTH] ^= 0x10;
	ck_assert_uint_eq(count_events(), 2 * EVENTS - EVENTS / 2);
	ck_assert_ptr_nonnull(strstr(collect.all, "a section's header is damaged"));
	ck_assert_ptr_nonnull(strstr(collect.all, "counts 9 sections before it, 8 were found"));
}
END_TEST

START_TEST(test_length_past_the_end_is_a_damaged_header)
{
	size_t at = section(TTF_SECTION_CHUNK, 1);
	uint32_t length = ttf_load32(build.bytes + at + TTF_SECTION_LENGTH);

	ttf_store32(build.bytes + at + TTF_SECTION_LENGTH, length + 65536);
	ttf_store32(build.bytes + at + TTF_SECTION_HEADER_CRC,
		    ttf_crc32(0, build.bytes + at, TTF_SECTION_HEADER_CRC));
	ck_assert_uint_eq(count_events(), 2 * EVENTS - EVENTS / 2);
}
END_TEST

static int open_result(void)
{
	int error = collect_open(&trace, &build, &collect);

	if (error == 0)
		trace_close(&trace, NULL);
	return error;
}

static void seal_file(void)
{
	ttf_store32(build.bytes + TTF_FILE_CRC, ttf_crc32(0, build.bytes, TTF_FILE_CRC));
}

START_TEST(test_refusals)
{
	ttf_store16(build.bytes + TTF_FILE_MAJOR, TTF_MAJOR + 1);
	/* A version that the CRC does not vouch for says nothing. */
	ck_assert_int_eq(open_result(), 0);
	ck_assert_uint_eq(collect.damage.count, 1);
	seal_file();
	ck_assert_int_eq(open_result(), -EBADMSG);
	ck_assert_str_eq(trace.refusal, "format version 2.0 is newer than this ttdecode, which reads 1");
	ttf_store16(build.bytes + TTF_FILE_MAJOR, TTF_MAJOR);
	ttf_store16(build.bytes + TTF_FILE_MINOR, TTF_MINOR + 1);
	seal_file();
	ck_assert_int_eq(open_result(), 0);
	ck_assert_uint_eq(collect.damage.count, 0);
	ttf_store64(build.bytes + TTF_FILE_COMPATIBLE, 1);
	seal_file();
	ck_assert_int_eq(open_result(), 0);
	ttf_store64(build.bytes + TTF_FILE_INCOMPATIBLE, 1);
	seal_file();
	ck_assert_int_eq(open_result(), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(trace.refusal, "flags 0x1"));
}
END_TEST

START_TEST(test_damaged_magic_is_no_foreign_file)
{
	build.bytes[0] ^= 1;
	ck_assert_uint_eq(count_events(), 2 * EVENTS);
	ck_assert_uint_eq(collect.damage.count, 1);
	ck_assert_uint_eq(collect.offset, 0);
}
END_TEST

START_TEST(test_foreign_file)
{
	build_free(&build);
	build_bytes(&build, "#!/bin/sh\necho no trace at all\n", 31);
	ck_assert_int_eq(open_result(), -EBADMSG);
	ck_assert_str_eq(trace.refusal, "neither a ttlog snapshot nor a black box nor a core file");
}
END_TEST

START_TEST(test_second_chunk_of_a_number)
{
	struct build records = { 0 };
	size_t end = section(TTF_SECTION_END, 0);
	struct build_chunk chunk = { .ring = 0, .number = 1, .events = 1 };

	build.count = end;
	build_number_record(&records, 1, 0, 1);
	build_chunk(&build, &chunk, &records, false);
	build_end(&build, 10, 3);
	build_free(&records);
	ck_assert_uint_eq(count_events(), 2 * EVENTS);
	ck_assert_uint_eq(collect.damage.count, 1);
	ck_assert_str_eq(collect.what, "ring 0 has a second chunk of number 1: ignored");
	ck_assert_uint_eq(trace.torn, 3);
}
END_TEST

START_TEST(test_chunk_that_does_not_decode)
{
	size_t at = section(TTF_SECTION_CHUNK, 1); /* LZ4 */

	ttf_store32(build.bytes + at + TTF_SECTION_HEADER + TTF_CHUNKS_WORDS, 21);
	seal(at);
	ck_assert_uint_eq(count_events(), 2 * EVENTS - EVENTS / 2);
	ck_assert_ptr_nonnull(strstr(collect.what, "its compressed data are damaged"));
	ck_assert_uint_eq(collect.offset, at);
	ttf_store32(build.bytes + at + TTF_SECTION_HEADER + TTF_CHUNKS_ENCODING, 9);
	seal(at);
	ck_assert_uint_eq(count_events(), 2 * EVENTS - EVENTS / 2);
	ck_assert_ptr_nonnull(strstr(collect.what, "an encoding of a later version"));
}
END_TEST

/* Fields that no chunk has, under a right CRC: `value` at `field` of the first chunk, and what is said. */
START_TEST(test_chunk_of_forged_fields)
{
	static const struct {
		size_t field;
		uint32_t value;
	} lies[] = {
		{ TTF_CHUNKS_WORDS, 65536 + 20 }, /* 20 in 16 bits */
		{ TTF_CHUNKS_RING, TTF_RINGS_MAX },
		{ TTF_CHUNKS_NUMBER, 0 },
	};

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		size_t at = section(TTF_SECTION_CHUNK, 0);
		uint8_t *field = build.bytes + at + TTF_SECTION_HEADER + lies[i].field;

		ck_assert_uint_eq(ttf_load32(build.bytes + at + TTF_SECTION_HEADER + TTF_CHUNKS_WORDS), 20);
		ttf_store32(field, lies[i].value);
		seal(at);
		ck_assert_uint_eq(count_events(), 2 * EVENTS - EVENTS / 2);
		ck_assert_ptr_nonnull(strstr(collect.all, "a CHUNK section's fields are damaged"));
		teardown();
		setup();
	}
}
END_TEST

/* The clock section, made anew with so many triples. */
static void forge_clock(uint32_t kind, uint32_t count)
{
	struct build whole = build;
	size_t at = section(TTF_SECTION_CLOCK, 0);
	size_t end = section(TTF_SECTION_SITES, 0);
	uint64_t *triples = calloc(count, TTF_TRIPLE_BYTES);

	for (uint64_t i = 0; i < count; i++)
		triples[3 * i] = triples[3 * i + 1] = triples[3 * i + 2] = 1000 + i;
	build = (struct build){ 0 };
	build_bytes(&build, whole.bytes, at);
	build_clock(&build, kind, triples, count);
	build_bytes(&build, whole.bytes + end, whole.count - end);
	build_free(&whole);
	free(triples);
}

START_TEST(test_clock_of_forged_fields)
{
	static const struct {
		uint32_t kind;
		uint32_t count;
		const char *said; /* NULL: nothing */
	} lies[] = {
		{ TTF_CLOCK_TSC, TTF_CLOCKS_MAX, NULL },
		{ TTF_CLOCK_TSC, TTF_CLOCKS_MAX + 1, "the CLOCK section does not hold what it says" },
		{ 0, 1, "clock 0 is not known" },
		{ TTF_CLOCK_MONOTONIC + 1, 1, "clock 4 is not known" },
	};

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		forge_clock(lies[i].kind, lies[i].count);
		ck_assert_uint_eq(count_events(), 2 * EVENTS);
		if (lies[i].said)
			ck_assert_ptr_nonnull(strstr(collect.all, lies[i].said));
		else
			ck_assert_uint_eq(collect.damage.count, 0);
		teardown();
		setup();
	}
}
END_TEST

/* The first END counts: what is torn is not counted twice. */
START_TEST(test_second_end)
{
	build.count = section(TTF_SECTION_END, 0);
	build_end(&build, 9, 3);
	build_end(&build, 10, 5);
	ck_assert_uint_eq(count_events(), 2 * EVENTS);
	ck_assert_uint_eq(trace.torn, 3);
	ck_assert_uint_ge(collect.damage.count, 1);
}
END_TEST

START_TEST(test_bytes_after_the_end)
{
	build_zeros(&build, 40);
	ck_assert_uint_eq(count_events(), 2 * EVENTS);
	ck_assert_ptr_nonnull(strstr(collect.all, "the file goes on after its END section"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("snapshot");
	TCase *tcase = tcase_create("snapshot");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_whole);
	tcase_add_test(tcase, test_damaged_bodies);
	tcase_add_test(tcase, test_damaged_header_is_passed_by_the_next_marker);
	tcase_add_test(tcase, test_length_past_the_end_is_a_damaged_header);
	tcase_add_test(tcase, test_refusals);
	tcase_add_test(tcase, test_damaged_magic_is_no_foreign_file);
	tcase_add_test(tcase, test_foreign_file);
	tcase_add_test(tcase, test_second_chunk_of_a_number);
	tcase_add_test(tcase, test_chunk_that_does_not_decode);
	tcase_add_test(tcase, test_chunk_of_forged_fields);
	tcase_add_test(tcase, test_clock_of_forged_fields);
	tcase_add_test(tcase, test_second_end);
	tcase_add_test(tcase, test_bytes_after_the_end);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
