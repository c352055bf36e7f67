/*
 * check_lib_ring.c - rings: whose they are, how large, what they hold, and which is taken over when there is no room.
 */
#include <pthread.h>

#include "../../lib/platform/os.h"
#include "../../lib/ring.h"
#include "lib_sample.h"

#define KEEP_TID ((uint32_t)os_tid())

static uint64_t last_number;

static char *take(uint32_t kind, uint64_t serial, const char *name)
{
	return ring_take(kind, KEEP_TID, serial, name, &last_number);
}

/* A chunk as a writer leaves it. */
static void put_chunk(char *ring, uint64_t number, uint64_t first_seq, uint32_t events)
{
	char *chunk = ring_chunk(ring, number);

	ttf_store64(chunk + TTF_CHUNK_NUMBER, number);
	ttf_store64(chunk + TTF_CHUNK_FIRST_SEQ, first_seq);
	ttf_store64(chunk + TTF_CHUNK_STATE, number << 32 | (uint64_t)events << 16 | events * 2);
}

START_TEST(says_whose_it_is)
{
	struct ring_identity identity;
	char *ring;

	sample_region(65536, 1 << 20);
	ring = take(TTF_RING_MAIN, 5, "worker");
	ck_assert_uint_eq(last_number, 0);
	ck_assert(ring_read_identity(ring, &identity));
	ck_assert_uint_eq(identity.version, 2);
	ck_assert_uint_eq(identity.use, TTF_RING_USE_LIVE);
	ck_assert_uint_eq(identity.kind, TTF_RING_MAIN);
	ck_assert_uint_eq(identity.tid, KEEP_TID);
	ck_assert_uint_eq(identity.serial, 5);
	ck_assert_uint_eq(identity.first_number, 1);
	ck_assert_uint_gt(identity.start_ns, 0);
	ck_assert_uint_eq(identity.end_ns, 0);
	ck_assert_mem_eq(identity.name, "worker\0\0\0", 9);
	ck_assert_uint_eq(ring_chunk_count(ring), 4);
	ck_assert_mem_eq(ring, "TTBLOCK\x1a", 8);
	ck_assert_uint_eq(ring_count(), 1);
	ck_assert_ptr_eq(ring_at(0), ring);
}
END_TEST

START_TEST(renames)
{
	struct ring_identity identity;
	char *ring;

	sample_region(65536, 1 << 20);
	ring = take(TTF_RING_MAIN, 1, "a name that is rather long");
	ring_rename(ring, "b");
	ck_assert(ring_read_identity(ring, &identity));
	ck_assert_uint_eq(identity.version, 4);
	for (size_t i = 1; i < sizeof(identity.name); i++)
		ck_assert_int_eq(identity.name[i], '\0');
	ring_rename(ring, "0123456789012345678901234567890123456789");
	ck_assert(ring_read_identity(ring, &identity));
	ck_assert_mem_eq(identity.name, "0123456789012345678901234567890\0", 32);
	ck_assert_uint_eq(ttf_load32(ring + TTF_RING_IDENTITY_CRC), ttf_ring_crc(ring));
}
END_TEST

/* What the header's CRCs cover stands in every ring's header, too. */
START_TEST(has_a_copy_of_the_header)
{
	const char *copy;
	char *ring;

	sample_region(65536, 1 << 20);
	ring = take(TTF_RING_MAIN, 1, "a");
	copy = ring + TTF_RING_COPY;
	ck_assert_uint_eq(ttf_load32(ring + TTF_BLOCK_CRC), ttf_block_crc(ring));
	ck_assert_uint_eq(ttf_load32(copy + TTF_REGION_HEADER_CRC), ttf_region_crc(copy));
	ck_assert_uint_eq(ttf_load32(copy + TTF_REGION_PID), (uint32_t)getpid());
	ck_assert_mem_eq(copy + TTF_REGION_IDENTITY_CRC, region_base() + TTF_REGION_IDENTITY_CRC,
			 TTF_REGION_IDENTITY_END - TTF_REGION_IDENTITY_CRC);
	ck_assert_uint_eq(ttf_load64(copy),
			  0); /* no magic: nothing that scans memory takes it for a region */
}
END_TEST

/* A process that died while `version` was odd: told apart, and the fields are there. */
START_TEST(tells_a_changing_identity)
{
	struct ring_identity identity;
	char *ring;

	sample_region(65536, 1 << 20);
	ring = take(TTF_RING_MAIN, 9, "x");
	ttf_store32(ring + TTF_RING_VERSION, 3);
	ck_assert(!ring_read_identity(ring, &identity));
	ck_assert_uint_eq(identity.serial, 9);
}
END_TEST

START_TEST(has_small_rings_in_the_second_half)
{
	const uint64_t max_bytes = 4u << 20;
	uint64_t small = 0, large = 0;
	char *ring;

	sample_region(256 * 1024, max_bytes);
	ring = take(TTF_RING_NESTED, 1, "n");
	ck_assert_uint_eq(ring_chunk_count(ring), 2); /* nested ones always are */
	while ((ring = take(TTF_RING_MAIN, 2, "x")) != NULL) {
		uint64_t chunks = ring_chunk_count(ring),
			 end = (uint64_t)(ring - region_base()) + 4096 + chunks * CONFIG_CHUNK_BYTES;

		if (chunks == 16) {
			ck_assert_uint_eq(small, 0);
			ck_assert_uint_le(end, max_bytes / 2);
			large++;
		} else {
			ck_assert_uint_eq(chunks, 2);
			small++;
		}
		ck_assert_uint_le(end, max_bytes);
	}
	ck_assert_uint_eq(large, 7);
	ck_assert_uint_ge(small, max_bytes / 2 / (36 * 1024));
	ck_assert_uint_eq(ring_count(), 1 + large + small);
}
END_TEST

/* The one that is too many takes no room in the region, either. */
START_TEST(has_at_most_so_many)
{
	uint64_t used;

	sample_region(CONFIG_SMALL_RING_BYTES, (uint64_t)512 << 20);
	for (uint32_t i = 0; i < RING_COUNT_MAX; i++)
		ck_assert_ptr_nonnull(take(TTF_RING_MAIN, 1 + i, "x"));
	used = region_used_bytes();
	ck_assert_ptr_null(take(TTF_RING_MAIN, 1 + RING_COUNT_MAX, "x"));
	ck_assert_uint_eq(ring_count(), RING_COUNT_MAX);
	ck_assert_uint_eq(region_used_bytes(), used);
}
END_TEST

START_TEST(finds_the_extent)
{
	struct ring_extent extent;
	char *ring;

	sample_region(65536, 1 << 20);
	ring = take(TTF_RING_MAIN, 1, "x");
	ring_read_extent(ring, 1, &extent);
	ck_assert_uint_eq(extent.newest_number, 0);
	ck_assert_uint_eq(extent.oldest_number, 0);
	ck_assert_uint_eq(extent.recorded, 0);
	put_chunk(ring, 1, 0, 10);
	put_chunk(ring, 2, 10, 5);
	ring_read_extent(ring, 1, &extent);
	ck_assert_uint_eq(extent.oldest_number, 1);
	ck_assert_uint_eq(extent.newest_number, 2);
	ck_assert_uint_eq(extent.recorded, 15);
	ck_assert_uint_eq(extent.overwritten, 0);
	put_chunk(ring, 3, 15, 1);
	put_chunk(ring, 4, 16, 1);
	put_chunk(ring, 5, 17, 2); /* in the place of 1 */
	ring_read_extent(ring, 1, &extent);
	ck_assert_uint_eq(extent.oldest_number, 2);
	ck_assert_uint_eq(extent.newest_number, 5);
	ck_assert_uint_eq(extent.recorded, 19);
	ck_assert_uint_eq(extent.overwritten, 10);
	ring_read_extent(ring, 4, &extent); /* what is older belongs to another thread */
	ck_assert_uint_eq(extent.oldest_number, 4);
	ck_assert_uint_eq(extent.overwritten, 16);
	/* Switched: first its number is still the old one, then it is empty. */
	for (unsigned step = 0; step < 3; step++) {
		put_chunk(ring, step < 2 ? 2 : 6, 10, 5);
		ttf_store64(ring_chunk(ring, 6) + TTF_CHUNK_STATE,
			    (uint64_t)6 << 32 | (step == 1 ? 5 << 16 | 10 : 0));
		ring_read_extent(ring, 1, &extent);
		ck_assert_uint_eq(extent.oldest_number, 3);
		ck_assert_uint_eq(extent.newest_number, 5);
		ck_assert_uint_eq(extent.recorded, 19);
		ck_assert_uint_eq(extent.overwritten, 15);
	}
}
END_TEST

/* Fills the region with rings of this thread; returns how many. */
static uint32_t fill(void)
{
	sample_region(65536, 16 * CONFIG_CHUNK_BYTES);
	while (ring_count() < 64 && take(TTF_RING_MAIN, 1 + ring_count(), "x"))
		continue;
	ck_assert_uint_lt(ring_count(), 64);
	ck_assert_uint_gt(ring_count(), 3);
	ck_assert(!ring_is_any_exited());
	return ring_count();
}

START_TEST(takes_over_the_oldest_exit_first)
{
	uint32_t count = fill();
	char *first = ring_at(2), *second = ring_at(0), *third = ring_at(1);

	ring_release(first);
	os_sleep_ns(10000);
	ring_release(second);
	os_sleep_ns(10000);
	ring_release(third);
	ck_assert(ring_is_any_exited());
	ck_assert_ptr_eq(take(TTF_RING_MAIN, 100, "y"), first);
	ck_assert_ptr_eq(take(TTF_RING_MAIN, 101, "y"), second);
	ck_assert_ptr_eq(take(TTF_RING_NESTED, 102, "y"), third);
	ck_assert(!ring_is_any_exited());
	ck_assert_ptr_null(take(TTF_RING_MAIN, 103, "y"));
	ck_assert_uint_eq(ring_count(), count);
}
END_TEST

START_TEST(retires_what_the_last_thread_did)
{
	struct region_retired retired;
	struct ring_identity identity;
	struct ring_extent extent;
	char *ring;

	fill();
	ring = ring_at(1);
	put_chunk(ring, 1, 0, 10);
	put_chunk(ring, 2, 10, 7);
	ring_count_drop(ring, TTF_DROP_NESTED);
	ring_count_drop(ring, TTF_DROP_NESTED);
	ck_assert_uint_eq(ring_dropped(ring, TTF_DROP_NESTED), 2);
	ring_release(ring);
	ck_assert_ptr_eq(take(TTF_RING_MAIN, 100, "y"), ring);
	ck_assert_uint_eq(last_number, 2);
	ck_assert(ring_read_identity(ring, &identity));
	ck_assert_uint_eq(identity.first_number, 3);
	ck_assert_uint_eq(identity.serial, 100);
	ck_assert_uint_eq(identity.end_ns, 0);
	ck_assert_uint_eq(ring_dropped(ring, TTF_DROP_NESTED), 0);
	ring_read_extent(ring, identity.first_number, &extent);
	ck_assert_uint_eq(extent.recorded, 0); /* nothing of the last thread's */
	region_read_retired(&retired);
	ck_assert_uint_eq(retired.threads, 1);
	ck_assert_uint_eq(retired.recorded, 17);
	ck_assert_uint_eq(retired.dropped[TTF_DROP_NESTED], 2);
}
END_TEST

/* Numbers never repeat in a ring, also when a thread recorded nothing. */
START_TEST(goes_on_counting_chunks)
{
	char *ring;

	fill();
	ring = ring_at(0);
	put_chunk(ring, 1, 0, 3);
	for (uint64_t i = 0; i < 3; i++) {
		ring_release(ring);
		ck_assert_ptr_eq(take(TTF_RING_MAIN, 100 + i, "y"), ring);
		ck_assert_uint_eq(last_number, 1);
	}
}
END_TEST

static void *be_a_thread(void *tid)
{
	*(uint32_t *)tid = (uint32_t)os_tid();
	return NULL;
}

static uint32_t dead_tid(void)
{
	pthread_t thread;
	uint32_t tid = 0;

	ck_assert_int_eq(pthread_create(&thread, NULL, be_a_thread, &tid), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	for (int i = 0; i < 1000 && os_thread_exists(getpid(), (pid_t)tid); i++)
		os_sleep_ns(1000000);
	return tid;
}

START_TEST(finds_threads_that_vanished)
{
	struct ring_identity identity;
	char *ring;

	fill();
	ring = ring_at(1);
	ring_find_exited();
	ck_assert(!ring_is_any_exited());
	ttf_store32(ring + TTF_RING_TID, dead_tid());
	ring_find_exited();
	ck_assert(ring_is_any_exited());
	ck_assert(ring_read_identity(ring, &identity));
	ck_assert_uint_eq(identity.use, TTF_RING_USE_EXITED);
	ck_assert_uint_gt(identity.end_ns, 0);
	ring_find_exited(); /* once is enough */
	ck_assert_ptr_eq(take(TTF_RING_MAIN, 100, "y"), ring);
	ck_assert(!ring_is_any_exited());
}
END_TEST

/*
 * A ring that is just being taken over still has the tid of the thread that died. Whoever looks for the dead
 * at that moment must not take it for theirs.
 */
START_TEST(spares_a_ring_being_taken_over)
{
	char *ring;

	fill();
	ring = ring_at(1);
	ttf_store32(ring + TTF_RING_TID, dead_tid());
	ttf_store32(ring + TTF_RING_VERSION, 3); /* its identity is being changed */
	ring_find_exited();
	ck_assert(!ring_is_any_exited());
	ck_assert_uint_eq(ttf_load32(ring + TTF_RING_USE), TTF_RING_USE_LIVE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lib_ring");
	TCase *tests = tcase_create("ring");

	tcase_add_test(tests, says_whose_it_is);
	tcase_add_test(tests, has_a_copy_of_the_header);
	tcase_add_test(tests, renames);
	tcase_add_test(tests, tells_a_changing_identity);
	tcase_add_test(tests, has_small_rings_in_the_second_half);
	tcase_add_test(tests, has_at_most_so_many);
	tcase_add_test(tests, finds_the_extent);
	tcase_add_test(tests, takes_over_the_oldest_exit_first);
	tcase_add_test(tests, retires_what_the_last_thread_did);
	tcase_add_test(tests, goes_on_counting_chunks);
	tcase_add_test(tests, finds_threads_that_vanished);
	tcase_add_test(tests, spares_a_ring_being_taken_over);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
