/*
 * check_living.c - the regions of a living process: of a child of this one that has them mapped in different ways.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../decoder/input/input.h"
#include "../../decoder/input/memory.h"
#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/region.h"
#include "collect.h"
#include "unit.h"

#define EVENTS 20

enum mapped {
	ANONYMOUS,
	AMONG_OTHER_PAGES,
	MEMFD,
	NAMED_FILE,
	RENAMED_FILE, /* after it was mapped, as a black box is */
	UNLINKED_FILE,
	WAYS,
};

static struct build region;
static struct input input;
static struct collect collect;
static char directory[64], path[96];
static pid_t child;

static void begin_test(void)
{
	collect = collect_begin();
	build_small_region(&region, EVENTS);
	build_pad(&region, TTF_PAGE);
	snprintf(directory, sizeof(directory), "/dev/shm/check-living-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/box.ttr", directory);
	child = 0;
}

static void end_test(void)
{
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	input_close(&input);
	build_free(&region);
	unlink(path);
	rmdir(directory);
}

static void *map_file(int fd, size_t bytes)
{
	ck_assert_int_eq(ftruncate(fd, (off_t)bytes), 0);
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

static void *map(enum mapped way)
{
	char before[128];
	uint8_t *at;

	switch (way) {
	case ANONYMOUS:
		return mmap(NULL, region.count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	case AMONG_OTHER_PAGES:
		at = mmap(NULL, region.count + 64 * TTF_PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		at[0] = at[20 * TTF_PAGE] = 1;
		return at + 32 * TTF_PAGE;
	case MEMFD:
		return map_file(memfd_create("region", 0), region.count);
	case RENAMED_FILE:
		snprintf(before, sizeof(before), "%s/before", directory);
		at = map_file(open(before, O_RDWR | O_CREAT, 0600), region.count);
		ck_assert_int_eq(rename(before, path), 0);
		return at;
	default:
		at = map_file(open(path, O_RDWR | O_CREAT, 0600), region.count);
		if (way == UNLINKED_FILE)
			unlink(path);
		return at;
	}
}

/* A child that has mapped a region, of its own unless told otherwise, and is stopped. */
static void begin_child(enum mapped way, bool is_others)
{
	child = fork();
	if (child == 0) {
		uint8_t *at = map(way);

		if (!is_others)
			ttf_store32(region.bytes + TTF_REGION_PID, (uint32_t)getpid());
		build_region_seal(&region);
		memcpy(at, region.bytes, region.count);
		memset(region.bytes, 0, region.count); /* it may be at a page, too */
		raise(SIGSTOP);
		_exit(0);
	}
	ck_assert_int_gt(child, 0);
	ttf_store32(region.bytes + TTF_REGION_PID, (uint32_t)child);
	build_region_seal(&region);
	ck_assert_int_eq(waitpid(child, NULL, WUNTRACED), child);
}

START_TEST(a_region_is_found)
{
	uint8_t *got = malloc(region.count);
	struct source *source = &input.living.regions[0];
	struct trace trace;

	begin_child((enum mapped)_i, false);
	ck_assert_int_eq(input_open_process(&input, (uint32_t)child), 0);
	ck_assert_uint_eq(input_count(&input), 1);
	ck_assert_int_eq(source->pid == 0, _i == NAMED_FILE || _i == RENAMED_FILE);
	ck_assert_uint_eq(source->bytes, region.count);
	ck_assert_int_eq(source_read(source, 0, got, region.count), 0);
	ck_assert_mem_eq(got, region.bytes, region.count);
	ck_assert_int_eq(source_read(source, region.count - 4, got, 5), -ENODATA);
	free(got);
	ck_assert_int_eq(
		load_source(&trace, input_take(&input, 0), ORIGIN_PROCESS, NULL, 0, &collect.damage, true),
		0);
	ck_assert(trace.info.is_alive);
	ck_assert_uint_eq(collect_count(&trace), 2 * EVENTS);
	ck_assert_uint_eq(collect.damage.count, 0);
	trace_close(&trace, NULL);
}
END_TEST

/* It was mapped before the child was made: of the child nothing is recorded there. */
START_TEST(a_parents_region)
{
	begin_child((enum mapped)_i, true);
	ttf_store32(region.bytes + TTF_REGION_PID, (uint32_t)child + 1);
	ck_assert_int_eq(input_open_process(&input, (uint32_t)child), 0);
	ck_assert_uint_eq(input_count(&input), 0);
}
END_TEST

/* Pages that were never touched are passed over, and what is not mapped any more is told. */
START_TEST(holes_and_ends)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *at = mmap(NULL, 600 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct source source;
	uint8_t got[4];

	madvise(at, 600 * page, MADV_NOHUGEPAGE);
	memcpy(at + 550 * page, "abcd", 4);
	ck_assert_int_eq(memory_open(&source, (uint32_t)getpid(), (uintptr_t)at, 600 * page, "self"), 0);
	ck_assert_uint_eq(source_next_data(&source, 0), 550 * page);
	ck_assert_uint_eq(source_next_data(&source, 550 * page + 7), 550 * page + 7);
	ck_assert_uint_eq(source_next_data(&source, 551 * page), 600 * page);
	ck_assert_int_eq(source_read(&source, 550 * page, got, 4), 0);
	ck_assert_mem_eq(got, "abcd", 4);
	ck_assert_int_eq(source_read(&source, 600 * page - 2, got, 4), -ENODATA);
	munmap(at, 600 * page);
	ck_assert_int_eq(source_read(&source, 550 * page, got, 4), -ENODATA);
	ck_assert_mem_eq(got, "\0\0\0\0", 4);
	source_close(&source);
}
END_TEST

START_TEST(no_process)
{
	ck_assert_int_eq(input_open_process(&input, 0x7ffffffe), -ESRCH);
	child = fork();
	if (child == 0)
		_exit(0);
	waitid(P_PID, (id_t)child, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	ck_assert_int_eq(input_open_process(&input, (uint32_t)child), -ENXIO); /* nobody has waited for it */
}
END_TEST

/* It ends while it is read. */
START_TEST(the_end_of_a_process)
{
	int failure = 0;
	uint8_t got[8];

	begin_child(ANONYMOUS, false);
	ck_assert_int_eq(input_open_process(&input, (uint32_t)child), 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	child = 0;
	input.living.regions[0].failure = &failure;
	ck_assert_int_eq(source_read(&input.living.regions[0], 0, got, 8), -ESRCH);
	ck_assert_int_eq(failure, -ESRCH);
}
END_TEST

/* An emulator of another machine need not have the system call. */
static bool is_possible(void)
{
	char byte = 'x', got;
	struct iovec from = { &byte, 1 }, to = { &got, 1 };

	return process_vm_readv(getpid(), &to, 1, &from, 1, 0) == 1 || errno != ENOSYS;
}

int main(void)
{
	Suite *suite = suite_create("living");
	TCase *all = tcase_create("all");

	if (!is_possible()) {
		printf("living: SKIPPED there is no process_vm_readv\n");
		return 0;
	}
	tcase_add_checked_fixture(all, begin_test, end_test);
	tcase_add_loop_test(all, a_region_is_found, 0, WAYS);
	tcase_add_loop_test(all, a_parents_region, 0, WAYS);
	tcase_add_test(all, holes_and_ends);
	tcase_add_test(all, no_process);
	tcase_add_test(all, the_end_of_a_process);
	suite_add_tcase(suite, all);
	return unit_run(suite);
}
