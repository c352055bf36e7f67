/*
 * check_lib_region.c - the region: its header, blocks, counters, clocks, and whose it is.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include "../../lib/life.h"
#include "../../lib/platform/os.h"
#include "lib_sample.h"

#define MAX_BYTES (1u << 20)

static uint32_t get32(uint64_t offset)
{
	return ttf_load32(region_base() + offset);
}

static uint64_t get64(uint64_t offset)
{
	return ttf_load64(region_base() + offset);
}

START_TEST(writes_the_header)
{
	strcpy(config.service, "shop");
	ck_assert(!life_is_ready());
	sample_region(65536, MAX_BYTES);
	ck_assert(life_is_ready());
	ck_assert_mem_eq(region_base(), "TTREGION", 8);
	ck_assert_uint_eq(get32(TTF_REGION_ABI_NUMBER), TTF_REGION_ABI);
	ck_assert_uint_eq(get32(TTF_REGION_HEADER_BYTES), TTF_PAGE);
	ck_assert_uint_eq(get64(TTF_REGION_BYTES), MAX_BYTES);
	ck_assert_uint_eq(region_max_bytes(), MAX_BYTES);
	ck_assert_uint_eq(get64(TTF_REGION_USED_BYTES), TTF_PAGE);
	ck_assert_uint_eq(get32(TTF_REGION_CHUNK_BYTES), CONFIG_CHUNK_BYTES);
	ck_assert_uint_eq(get32(TTF_REGION_PID), (uint32_t)getpid());
	ck_assert_uint_eq(get32(TTF_REGION_STATE), TTF_STATE_RUNNING);
	ck_assert_uint_gt(get64(TTF_REGION_START_TIME), 0);
	ck_assert_str_eq(region_base() + TTF_REGION_SERVICE, "shop");
	ck_assert_ptr_nonnull(strstr(region_base() + TTF_REGION_EXE, "/check_lib_region"));
	ck_assert_uint_eq(strlen(region_base() + TTF_REGION_BOOT_ID), 36);
	ck_assert_uint_eq(get32(TTF_REGION_HEADER_CRC), ttf_region_crc(region_base()));
	ck_assert_uint_eq(get32(TTF_REGION_IDENTITY_CRC),
			  ttf_crc32(0, region_base() + TTF_REGION_IDENTITY,
				    TTF_REGION_IDENTITY_END - TTF_REGION_IDENTITY));
	for (uint64_t at = TTF_REGION_EXE + TTF_REGION_EXE_BYTES; at < TTF_PAGE; at++)
		ck_assert_int_eq(region_base()[at], 0);
	ck_assert_int_eq(life_start(), 0); /* once more: the same region */
	ck_assert_uint_eq(region_serial(), 1);
}
END_TEST

START_TEST(takes_blocks)
{
	char *first, *second;

	sample_region(65536, MAX_BYTES);
	first = region_take(TTF_BLOCK_RING, 8192);
	second = region_take(TTF_BLOCK_SITES, 4096);
	ck_assert_ptr_eq(first, region_base() + 4096);
	ck_assert_ptr_eq(second, region_base() + 4096 + 8192);
	ck_assert_uint_eq(region_used_bytes(), 4096 + 8192 + 4096);
	ck_assert_uint_eq(ttf_load64(first), 0); /* not visible yet */
	ck_assert_uint_eq(ttf_load32(first + TTF_BLOCK_TYPE), TTF_BLOCK_RING);
	ck_assert_uint_eq(ttf_load64(first + TTF_BLOCK_BYTES), 8192);
	ck_assert_uint_eq(ttf_load64(first + TTF_BLOCK_OFFSET), 4096);
	region_publish(first);
	ck_assert_mem_eq(first, "TTBLOCK\x1a", 8);
}
END_TEST

START_TEST(takes_no_more_than_there_is)
{
	sample_region(65536, MAX_BYTES);
	ck_assert_ptr_null(region_take(TTF_BLOCK_RING, MAX_BYTES));
	ck_assert_ptr_nonnull(region_take(TTF_BLOCK_RING, MAX_BYTES - TTF_PAGE));
	ck_assert_ptr_null(region_take(TTF_BLOCK_RING, TTF_PAGE));
	ck_assert_ptr_null(region_site_room(64));
	ck_assert_uint_eq(region_used_bytes(), MAX_BYTES);
}
END_TEST

/* What a block is made of is backed: no later store can fail. */
START_TEST(backs_blocks_with_pages)
{
	unsigned char resident[64];
	char *block;

	sample_region(65536, MAX_BYTES);
	block = region_take(TTF_BLOCK_RING, 64 * 4096);
	ck_assert_int_eq(mincore(block, sizeof(resident) * 4096, resident), 0);
	for (size_t i = 0; i < sizeof(resident); i++)
		ck_assert_int_eq(resident[i] & 1, 1);
}
END_TEST

START_TEST(gives_room_for_sites)
{
	char *first, *second, *block;

	sample_region(65536, MAX_BYTES);
	first = region_site_room(64);
	region_site_commit(64);
	second = region_site_room(128);
	block = first - TTF_SITES_ENTRIES;
	ck_assert_ptr_eq(second, first + 64);
	ck_assert_mem_eq(block, "TTBLOCK\x1a", 8);
	ck_assert_uint_eq(ttf_load32(block + TTF_BLOCK_TYPE), TTF_BLOCK_SITES);
	ck_assert_uint_eq(ttf_load64(block + TTF_SITES_COMMITTED), 64);
	region_site_commit(128);
	ck_assert_uint_eq(ttf_load64(block + TTF_SITES_COMMITTED), 192);
	while (region_site_room(32768) > block && region_site_room(32768) < block + 65536)
		region_site_commit(32768);
	ck_assert_uint_le(ttf_load64(block + TTF_SITES_COMMITTED), 65536 - TTF_SITES_ENTRIES);
	ck_assert_uint_gt(region_used_bytes(), 4096 + 65536); /* another block */
}
END_TEST

START_TEST(counts_drops)
{
	region_count_drop(TTF_DROP_STARTING); /* also without a region */
	sample_region(65536, MAX_BYTES);
	region_count_drop(TTF_DROP_STARTING);
	region_count_drop(TTF_DROP_NO_RING);
	ck_assert_uint_eq(region_dropped(TTF_DROP_STARTING), 2);
	ck_assert_uint_eq(region_dropped(TTF_DROP_NO_RING), 1);
	ck_assert_uint_eq(get64(TTF_REGION_DROPPED + 8 * TTF_DROP_STARTING), 2);
	ck_assert_uint_eq(get64(TTF_REGION_DROPPED + 8 * TTF_DROP_NO_RING), 1);
	ck_assert_uint_eq(get64(TTF_REGION_DROPPED + 8 * TTF_DROP_EXITING), 0);
}
END_TEST

START_TEST(sums_the_retired)
{
	uint64_t dropped[TTF_DROP_CAUSES] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct region_retired retired;

	sample_region(65536, MAX_BYTES);
	region_retire(true, 100, dropped);
	region_retire(false, 20, dropped); /* a thread is counted with its main ring */
	region_read_retired(&retired);
	ck_assert_uint_eq(retired.threads, 1);
	ck_assert_uint_eq(retired.recorded, 120);
	for (uint64_t cause = 0; cause < TTF_DROP_CAUSES; cause++)
		ck_assert_uint_eq(retired.dropped[cause], 2 * (cause + 1));
	ck_assert_uint_eq(get64(TTF_REGION_RETIRED_RECORDED), 120);
}
END_TEST

START_TEST(renews_the_clock)
{
	uint64_t mono_ns;

	sample_region(65536, MAX_BYTES);
	ck_assert_uint_eq(get64(TTF_REGION_LATEST_VERSION), 0);
	region_renew_clock(os_monotonic_ns(), 0);
	ck_assert_uint_eq(get64(TTF_REGION_LATEST_VERSION), 2);
	mono_ns = get64(TTF_REGION_LATEST + TTF_TRIPLE_MONO);
	ck_assert_uint_gt(mono_ns, get64(TTF_REGION_CREATION + TTF_TRIPLE_MONO));
	region_renew_clock(os_monotonic_ns(), 1000000000u); /* fresh enough */
	ck_assert_uint_eq(get64(TTF_REGION_LATEST_VERSION), 2);
	region_renew_clock(os_monotonic_ns(), 0);
	ck_assert_uint_eq(get64(TTF_REGION_LATEST_VERSION), 4);
	ck_assert_uint_gt(get64(TTF_REGION_LATEST + TTF_TRIPLE_MONO), mono_ns);
	ck_assert_uint_eq(get32(TTF_REGION_LATEST_CRC),
			  ttf_crc32(0, region_base() + TTF_REGION_LATEST, TTF_TRIPLE_BYTES));
}
END_TEST

START_TEST(closes)
{
	const char *directory = sample_directory();
	struct stat info;
	char command[128];

	strcpy(config.blackbox_dir, directory);
	config.max_bytes = MAX_BYTES;
	ck_assert_int_eq(life_start(), 0);
	ck_assert_int_eq(stat(directory, &info), 0);
	snprintf(command, sizeof(command), "ls %s | grep -q ttr$", directory);
	ck_assert_int_eq(system(command), 0);
	region_close();
	ck_assert_int_ne(system(command), 0);
	ck_assert_uint_eq(get32(TTF_REGION_STATE), TTF_STATE_SHUT_DOWN); /* still mapped */
	sample_sweep(directory);
}
END_TEST

static int in_child(void (*what)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		what();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static void be_a_child(void)
{
	if (region_dropped(TTF_DROP_NO_RING) != 0)
		_exit(3);
	if (life_is_ready() || life_start() != 0 || region_serial() != 2)
		_exit(1);
	if (get32(TTF_REGION_PID) != (uint32_t)getpid() || region_dropped(TTF_DROP_NO_RING) != 0)
		_exit(2);
	region_count_drop(TTF_DROP_NO_RING);
	region_close();
}

/* A child that records nothing leaves its parent's region and black box alone. */
static void be_an_idle_child(void)
{
	region_count_drop(TTF_DROP_EXITING);
	region_close();
}

START_TEST(gives_a_forked_child_its_own)
{
	const char *directory = sample_directory();
	char command[128];

	strcpy(config.blackbox_dir, directory);
	config.max_bytes = MAX_BYTES;
	region_load();
	ck_assert_int_eq(life_start(), 0);
	region_count_drop(TTF_DROP_NO_RING);
	ck_assert_int_eq(in_child(be_a_child), 0);
	ck_assert_int_eq(in_child(be_an_idle_child), 0);
	ck_assert_uint_eq(get64(TTF_REGION_DROPPED + 8 * TTF_DROP_NO_RING), 1);
	ck_assert_uint_eq(get64(TTF_REGION_DROPPED + 8 * TTF_DROP_EXITING), 0);
	ck_assert_uint_eq(get32(TTF_REGION_STATE), TTF_STATE_RUNNING);
	snprintf(command, sizeof(command), "test $(ls %s | wc -l) = 1", directory);
	ck_assert_int_eq(system(command), 0);
	sample_sweep(directory);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lib_region");
	TCase *tests = tcase_create("region");

	tcase_add_test(tests, writes_the_header);
	tcase_add_test(tests, takes_blocks);
	tcase_add_test(tests, takes_no_more_than_there_is);
	tcase_add_test(tests, backs_blocks_with_pages);
	tcase_add_test(tests, gives_room_for_sites);
	tcase_add_test(tests, counts_drops);
	tcase_add_test(tests, sums_the_retired);
	tcase_add_test(tests, renews_the_clock);
	tcase_add_test(tests, closes);
	tcase_add_test(tests, gives_a_forked_child_its_own);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
