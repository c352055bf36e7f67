/*
 * check_lib_writer.c - appending to a ring: chunks, their headers and states, sync records, and a stopped recorder.
 */
#include "../../lib/clock.h"
#include "../../lib/include/ttlog.h"
#include "../../lib/ring.h"
#include "../../lib/writer.h"
#include "lib_sample.h"

static struct writer writer;

static void open_writer(void)
{
	uint64_t last_number;
	char *ring;

	config.clock = CONFIG_CLOCK_AUTO;
	sample_region(65536, 1 << 20);
	ring = ring_take(TTF_RING_MAIN, 1, 1, "x", &last_number);
	writer_open(&writer, ring, last_number);
}

static char *chunk(void)
{
	return ring_chunk(writer.ring, writer.number);
}

static uint64_t state(void)
{
	return ttf_load64(chunk() + TTF_CHUNK_STATE);
}

/* Where the next record of the chunk goes. */
static char *next_record(void)
{
	return chunk() + TTF_CHUNK_RECORDS + ttf_state_words(state()) * (size_t)8;
}

/* Makes the recorder believe that so many times 2^32 ticks have gone by since the base. */
static void be_silent(uint64_t epochs)
{
	writer.hot.epoch -= epochs;
	writer.base -= epochs << 32;
}

/* Appends an event of that many words, as the inline path does; returns its record. */
static char *append(uint64_t words)
{
	struct tt_impl_place place;
	char *record;

	writer.hot.gate = 0;
	ck_assert(writer_claim(&writer, words, &place));
	ck_assert_ptr_eq(place.writer, &writer.hot);
	ck_assert_ptr_eq((char *)place.chunk, chunk());
	ck_assert_uint_le(place.ticks, UINT32_MAX);
	ck_assert_int_eq(writer.hot.gate, 0); /* it stays shut until the commit */
	record = next_record();
	ck_assert(record + words * 8 <= chunk() + CONFIG_CHUNK_BYTES);
	tt_impl_store((uint64_t *)(void *)record, (uint64_t)1 << 44 | words << 32 | place.ticks);
	tt_impl_commit(&place, words);
	ck_assert_int_eq(writer.hot.gate, 1);
	return record;
}

START_TEST(opens_the_first_chunk)
{
	open_writer();
	ck_assert_uint_eq(writer.number, 1);
	ck_assert_uint_eq(state(), (uint64_t)1 << 32);
	ck_assert_mem_eq(chunk() + TTF_CHUNK_MAGIC, "TTCHUNK\x1a", 8);
	ck_assert_uint_eq(ttf_load64(chunk() + TTF_CHUNK_NUMBER), 1);
	ck_assert_uint_eq(ttf_load64(chunk() + TTF_CHUNK_FIRST_SEQ), 0);
	ck_assert_uint_eq(ttf_load64(chunk() + TTF_CHUNK_BLOCK), (uint64_t)(writer.ring - region_base()));
	ck_assert_uint_eq(ttf_load64(chunk() + TTF_CHUNK_BASE_TICKS), writer.base);
	ck_assert_uint_eq(writer.hot.epoch, writer.base >> 32);
	ck_assert_uint_gt(ttf_load64(chunk() + TTF_CHUNK_BASE_NS), 0);
	ck_assert_uint_eq(ttf_load32(chunk() + TTF_CHUNK_CRC), ttf_chunk_crc(chunk()));
	ck_assert_ptr_eq((char *)&writer.hot + writer.hot.chunk, chunk());
}
END_TEST

START_TEST(counts_words_and_events)
{
	open_writer();
	append(1);
	append(3);
	append(2);
	ck_assert_uint_eq(state(), (uint64_t)1 << 32 | 3 << 16 | 6);
	ck_assert_ptr_eq(append(1), chunk() + TTF_CHUNK_RECORDS + 48);
}
END_TEST

/* Records never straddle chunks; each chunk says which event is its first. */
START_TEST(switches_chunks)
{
	uint64_t room = (CONFIG_CHUNK_BYTES - TTF_CHUNK_RECORDS) / 8, events = 0;

	open_writer();
	for (uint64_t number = 1; number <= 11; number++) {
		uint64_t words = 0, first_seq = events;

		while (words + 5 <= room) {
			append(5);
			words += 5;
			events++;
		}
		ck_assert_uint_eq(writer.number, number);
		ck_assert_uint_eq(state(), number << 32 | (events - first_seq) << 16 | words);
		ck_assert_uint_eq(ttf_load64(chunk() + TTF_CHUNK_NUMBER), number);
		ck_assert_uint_eq(ttf_load64(chunk() + TTF_CHUNK_FIRST_SEQ), first_seq);
		ck_assert_ptr_eq(chunk(), writer.ring + TTF_RING_CHUNKS + number % 4 * CONFIG_CHUNK_BYTES);
	}
}
END_TEST

START_TEST(fills_a_chunk_to_its_last_word)
{
	uint64_t room = (CONFIG_CHUNK_BYTES - TTF_CHUNK_RECORDS) / 8;

	open_writer();
	for (uint64_t i = 0; i < room; i++)
		append(1);
	ck_assert_uint_eq(writer.number, 1);
	ck_assert_uint_eq(state(), (uint64_t)1 << 32 | room << 16 | room);
	append(1);
	ck_assert_uint_eq(writer.number, 2);
	ck_assert_uint_eq(ttf_load64(chunk() + TTF_CHUNK_FIRST_SEQ), room);
}
END_TEST

/* When the upper half of the ticks has changed, each 1.6 s, the full counter goes first, and is no event. */
START_TEST(writes_a_sync_record)
{
	char *before, *record;

	open_writer();
	if (clock_is_slow())
		return; /* ns, and a process that is younger than 4 s: nothing to step back to */
	before = append(1);
	be_silent(1);
	record = append(1);
	ck_assert_ptr_eq(record, before + 8 + 16);
	ck_assert_uint_eq(ttf_load64(before + 8), TTF_SYNC_HEADER);
	ck_assert_uint_eq(ttf_load64(before + 16), writer.base);
	ck_assert_uint_eq(ttf_record_low(ttf_load64(record)), (uint32_t)writer.base);
	ck_assert_uint_le(writer.base, clock_ticks());
	ck_assert_uint_ge(writer.base, ttf_load64(chunk() + TTF_CHUNK_BASE_TICKS));
	ck_assert_uint_eq(state(), (uint64_t)1 << 32 | 2 << 16 | 4);
	ck_assert_uint_eq(writer.number, 1);
	ck_assert_ptr_eq(append(1), record + 8); /* the next one needs none */
}
END_TEST

START_TEST(switches_where_a_sync_record_does_not_fit)
{
	uint64_t room = (CONFIG_CHUNK_BYTES - TTF_CHUNK_RECORDS) / 8;

	open_writer();
	if (clock_is_slow())
		return;
	for (uint64_t i = 0; i < room - 2; i++)
		append(1);
	be_silent(2);
	append(1);
	ck_assert_uint_eq(writer.number, 2);
	ck_assert_uint_eq(state(), (uint64_t)2 << 32 | 1 << 16 | 1);
	ck_assert_uint_eq(writer.base, ttf_load64(chunk() + TTF_CHUNK_BASE_TICKS));
}
END_TEST

/* A counter that goes back shows as one that stands. */
START_TEST(stands_where_the_counter_goes_back)
{
	char *record;

	open_writer();
	be_silent(-(uint64_t)256);
	record = append(1);
	ck_assert_uint_eq(ttf_record_low(ttf_load64(record)), (uint32_t)writer.base);
	ck_assert_uint_eq(state(), (uint64_t)1 << 32 | 1 << 16 | 1);
}
END_TEST

START_TEST(goes_on_after_the_last_owner)
{
	open_writer();
	append(1);
	writer_open(&writer, writer.ring, 7);
	ck_assert_uint_eq(writer.number, 8);
	ck_assert_uint_eq(state(), (uint64_t)8 << 32);
	ck_assert_uint_eq(ttf_load64(chunk() + TTF_CHUNK_FIRST_SEQ), 0);
}
END_TEST

START_TEST(drops_and_counts)
{
	struct tt_impl_place place;

	open_writer();
	writer.hot.gate = 0;
	ck_assert(!writer_drop(&writer, TTF_DROP_NESTED));
	ck_assert_int_eq(writer.hot.gate, 1);
	ck_assert_uint_eq(ring_dropped(writer.ring, TTF_DROP_NESTED), 1);
	writer.ring = NULL;
	ck_assert(!writer_claim(&writer, 1, &place));
	ck_assert_uint_eq(region_dropped(TTF_DROP_NO_RING), 1);
}
END_TEST

START_TEST(stops)
{
	struct tt_impl_place place;
	enum ttf_drop cause;

	open_writer();
	append(1);
	ck_assert(!writer_is_stopped(&cause));
	writer_stop(TTF_DROP_SHUTDOWN);
	writer_interrupt(&writer);
	ck_assert(writer_is_stopped(&cause));
	ck_assert_int_eq(cause, TTF_DROP_SHUTDOWN);
	ck_assert_uint_eq(writer.hot.end, 0); /* the inline path now asks */
	writer.hot.gate = 0;
	ck_assert(!writer_claim(&writer, 1, &place));
	ck_assert_uint_eq(ring_dropped(writer.ring, TTF_DROP_SHUTDOWN), 1);
	ck_assert_uint_eq(state(), (uint64_t)1 << 32 | 1 << 16 | 1);
	writer_open(&writer, writer.ring, 1); /* who comes late is stopped as well */
	ck_assert_uint_eq(writer.hot.end, 0);
}
END_TEST

START_TEST(asks_for_every_record_on_the_slow_clock)
{
	uint64_t last_number;

	config.clock = CONFIG_CLOCK_MONOTONIC;
	sample_region(65536, 1 << 20);
	writer_open(&writer, ring_take(TTF_RING_MAIN, 1, 1, "x", &last_number), 0);
	ck_assert_uint_eq(writer.hot.end, 0);
	ck_assert_uint_eq(ttf_load64(chunk() + TTF_CHUNK_BASE_TICKS),
			  ttf_load64(chunk() + TTF_CHUNK_BASE_NS));
	append(1);
	append(1);
	ck_assert_uint_eq(state(), (uint64_t)1 << 32 | 2 << 16 | 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lib_writer");
	TCase *tests = tcase_create("writer");

	tcase_add_test(tests, opens_the_first_chunk);
	tcase_add_test(tests, counts_words_and_events);
	tcase_add_test(tests, switches_chunks);
	tcase_add_test(tests, fills_a_chunk_to_its_last_word);
	tcase_add_test(tests, writes_a_sync_record);
	tcase_add_test(tests, switches_where_a_sync_record_does_not_fit);
	tcase_add_test(tests, stands_where_the_counter_goes_back);
	tcase_add_test(tests, goes_on_after_the_last_owner);
	tcase_add_test(tests, drops_and_counts);
	tcase_add_test(tests, stops);
	tcase_add_test(tests, asks_for_every_record_on_the_slow_clock);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
