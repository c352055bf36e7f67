/*
 * check_lapped.c - a living writer that goes all around its ring while that is read: the reading begins anew.
 *
 * Linked with --wrap=source_read, which lets the writer run at the worst moment.
 */
#include <unistd.h>

#include "../../format-spec/twin/bytes.h"
#include "collect.h"
#include "unit.h"

#define EVENTS 20
#define BLOCK_OF_FIRST (TTF_PAGE * 2u) /* behind the header and the block of the sites */

int __real_source_read(const struct source *source, uint64_t offset, void *to, size_t bytes);
int __wrap_source_read(const struct source *source, uint64_t offset, void *to, size_t bytes);

static struct build region;
static uint64_t block; /* of the ring */
static unsigned laps;  /* that the writer still makes */
static int fd;

/* Both chunks of the ring are recycled: the same events are there again, two chunks later. */
static void recycle(void)
{
	for (uint64_t chunk = block + TTF_RING_CHUNKS;
	     chunk < block + TTF_RING_CHUNKS + 2 * BUILD_CHUNK_BYTES; chunk += BUILD_CHUNK_BYTES) {
		uint8_t *header = region.bytes + chunk;
		uint64_t state = ttf_load64(header + TTF_CHUNK_STATE) + ((uint64_t)2 << 32);

		ttf_store64(header + TTF_CHUNK_STATE, state);
		ttf_store64(header + TTF_CHUNK_NUMBER, ttf_load64(header + TTF_CHUNK_NUMBER) + 2);
		ttf_store32(header + TTF_CHUNK_CRC, ttf_chunk_crc(header));
		ck_assert_int_eq(pwrite(fd, header, TTF_CHUNK_RECORDS, (off_t)chunk), TTF_CHUNK_RECORDS);
	}
}

/* Whoever copies records of that ring is overtaken. */
int __wrap_source_read(const struct source *source, uint64_t offset, void *to, size_t bytes)
{
	int result = __real_source_read(source, offset, to, bytes);

	if (laps > 0 && offset > block + TTF_RING_CHUNKS &&
	    offset < block + TTF_RING_CHUNKS + 2 * BUILD_CHUNK_BYTES &&
	    offset % BUILD_CHUNK_BYTES == TTF_CHUNK_RECORDS) {
		laps--;
		recycle();
	}
	return result;
}

static void begin_test(void)
{
	build_small_region(&region, EVENTS);
	block = BLOCK_OF_FIRST;
	while (ttf_load32(region.bytes + block + TTF_BLOCK_TYPE) != TTF_BLOCK_RING)
		block += TTF_PAGE;
	fd = build_file(&region);
}

static void end_test(void)
{
	build_free(&region);
	close(fd);
}

/* Opens it as what a living process writes, which overtakes us so often. Returns how many events there are. */
static unsigned read_overtaken(unsigned times, struct trace *trace, struct collect *collect)
{
	struct source source;

	*collect = collect_begin();
	ck_assert_int_eq(source_open(&source, build_path(fd)), 0);
	laps = times;
	ck_assert_int_eq(load_source(trace, source, ORIGIN_PROCESS, NULL, 0, &collect->damage, false), 0);
	return collect_count(trace);
}

START_TEST(overtaken_once)
{
	struct collect collect;
	struct trace trace;

	ck_assert_uint_eq(read_overtaken((unsigned)_i, &trace, &collect), 2 * EVENTS);
	ck_assert_uint_eq(trace.torn, 0);
	ck_assert_uint_eq(collect.damage.count, 0);
	trace_close(&trace, NULL);
}
END_TEST

/* A writer that always goes on is not followed for ever: what is gone is counted, and the other ring is there. */
START_TEST(overtaken_always)
{
	struct collect collect;
	struct trace trace;

	ck_assert_uint_eq(read_overtaken(UINT32_MAX, &trace, &collect), EVENTS);
	ck_assert_uint_eq(trace.torn, 2);
	ck_assert_uint_eq(collect.damage.count, 0);
	trace_close(&trace, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lapped");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, begin_test, end_test);
	tcase_add_loop_test(all, overtaken_once, 0, 4);
	tcase_add_test(all, overtaken_always);
	suite_add_tcase(suite, all);
	return unit_run(suite);
}
