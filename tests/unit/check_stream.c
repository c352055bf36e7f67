/*
 * check_stream.c - bytes from the first to the last: of a file, a pipe, and frames of zstd and lz4.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../decoder/input/stream.h"
#include "packed_frame.h"
#include "unit.h"

#define BYTES 300000u

static uint8_t plain[BYTES];
static struct build packed;
static struct stream *stream;
static int fd;

static void begin_test(void)
{
	uint32_t random = 1;

	for (size_t i = 0; i < BYTES; i++) {
		random = random * 1664525 + 1013904223;
		plain[i] = (uint8_t)(random >> 28);
	}
	packed = (struct build){ 0 };
	stream = NULL;
	fd = -1;
}

static void end_test(void)
{
	stream_close(stream);
	build_free(&packed);
	close(fd);
}

static void open_on(const struct build *build)
{
	fd = build_file(build);
	ck_assert_int_eq(stream_open(&stream, fd, NULL), 0);
}

/* The plain bytes from `from` on are next, in steps of all sizes, and then the end. */
static void expect_rest(size_t from)
{
	uint8_t got[5000];

	for (size_t step = 1; from < BYTES; step = step * 2 % 4999 + 1) {
		ptrdiff_t count = stream_read(stream, got, step);

		ck_assert_int_gt(count, 0);
		ck_assert_int_le(count, (ptrdiff_t)step);
		ck_assert_mem_eq(got, plain + from, (size_t)count);
		from += (size_t)count;
		ck_assert_uint_eq(stream_at(stream), from);
	}
	ck_assert_uint_eq(from, BYTES);
	ck_assert_int_eq(stream_read(stream, got, 1), 0);
	ck_assert_int_eq(stream_skip(stream, 1), -ENODATA);
}

/* The plain file first, then each kind of frame; false: there is no library for that. */
static bool open_kind(int kind)
{
	if (kind == PACKED_FRAMES) {
		build_bytes(&packed, plain, BYTES);
	} else if (!packed_frame_build(&packed, (enum packed_frame)kind, plain, BYTES / 2) ||
		   !packed_frame_build(&packed, (enum packed_frame)kind, plain + BYTES / 2,
				       BYTES - BYTES / 2)) {
		printf("SKIPPED: no library of zstd\n");
		return false;
	}
	open_on(&packed);
	return true;
}

START_TEST(reads_to_the_end)
{
	if (open_kind(_i))
		expect_rest(0);
}
END_TEST

START_TEST(looks_ahead_and_passes_over)
{
	uint8_t got[STREAM_AHEAD_MAX];

	if (!open_kind(_i))
		return;
	ck_assert_int_eq(stream_look(stream, got, 10), 10);
	ck_assert_int_eq(stream_look(stream, got, STREAM_AHEAD_MAX), STREAM_AHEAD_MAX);
	ck_assert_mem_eq(got, plain, STREAM_AHEAD_MAX);
	ck_assert_uint_eq(stream_at(stream), 0);
	ck_assert_int_eq(stream_skip(stream, 3), 0);
	ck_assert_int_eq(stream_look(stream, got, 4), 4);
	ck_assert_mem_eq(got, plain + 3, 4);
	ck_assert_int_eq(stream_skip(stream, 199997), 0);
	ck_assert_uint_eq(stream_at(stream), 200000);
	expect_rest(200000);
}
END_TEST

/* What is cut short gives what comes before, and then says so; a plain file just ends. */
START_TEST(cut_short)
{
	uint8_t got[BYTES];
	ptrdiff_t count;

	ck_assert(packed_frame_build(&packed, PACKED_LZ4, plain, BYTES));
	packed.count -= 5;
	open_on(&packed);
	count = stream_read(stream, got, BYTES);
	ck_assert_int_gt(count, 0);
	ck_assert_mem_eq(got, plain, (size_t)count);
	count = stream_read(stream, got, BYTES);
	ck_assert(count == -ENODATA || count == -EBADMSG);
}
END_TEST

START_TEST(damaged)
{
	uint8_t got[64];
	ptrdiff_t count;

	ck_assert(packed_frame_build(&packed, PACKED_LZ4, plain, BYTES));
	build_bytes(&packed, "no frame begins like this", 25);
	open_on(&packed);
	ck_assert_int_eq(stream_skip(stream, BYTES), 0);
	count = stream_read(stream, got, sizeof(got));
	ck_assert_int_eq(count, -EBADMSG);
}
END_TEST

START_TEST(bombs_are_known)
{
	static uint8_t zeros[8 << 20];

	ck_assert(packed_frame_build(&packed, PACKED_LZ4, zeros, sizeof(zeros)));
	open_on(&packed);
	ck_assert_int_eq(stream_skip(stream, sizeof(zeros)), 0);
	ck_assert(!stream_is_bomb(stream, 64 << 20));
	ck_assert(stream_is_bomb(stream, (64u << 20) + (packed.count + 2) * 256));
	ck_assert(!stream_is_bomb(stream, (64u << 20) + (packed.count - 1) * 256));
}
END_TEST

START_TEST(a_pipe)
{
	uint8_t got[3];
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "abcdef", 6), 6);
	close(ends[1]);
	fd = ends[0];
	ck_assert_int_eq(stream_open(&stream, fd, NULL), 0);
	ck_assert_uint_eq(stream_hole(stream, 100), 0);
	ck_assert_int_eq(stream_skip(stream, 2), 0);
	ck_assert_int_eq(stream_read(stream, got, 3), 3);
	ck_assert_mem_eq(got, "cde", 3);
	ck_assert_int_eq(stream_read(stream, got, 3), 1);
	ck_assert_int_eq(stream_read(stream, got, 3), 0);
	ck_assert(!stream_is_bomb(stream, UINT64_MAX));
}
END_TEST

START_TEST(holes_of_a_file)
{
	uint8_t got[1];

	fd = memfd_create("holes", MFD_CLOEXEC);
	ck_assert_int_eq(ftruncate(fd, 4 << 20), 0);
	ck_assert_int_eq(pwrite(fd, "x", 1, 2 << 20), 1);
	ck_assert_int_eq(stream_open(&stream, fd, NULL), 0);
	ck_assert_int_eq(stream_skip(stream, 1 << 20), 0); /* behind what was read when it was opened */
	ck_assert_uint_eq(stream_hole(stream, UINT64_MAX), 1 << 20);
	ck_assert_uint_eq(stream_hole(stream, 4096), 4096);
	ck_assert_int_eq(stream_skip(stream, 1 << 20), 0);
	ck_assert_uint_eq(stream_hole(stream, UINT64_MAX), 0);
	ck_assert_int_eq(stream_read(stream, got, 1), 1);
	ck_assert_int_eq(got[0], 'x');
	ck_assert_int_eq(stream_skip(stream, 1 << 20), 0);
	ck_assert_uint_eq(stream_hole(stream, UINT64_MAX), (1 << 20) - 1); /* to the end */
	ck_assert_int_eq(stream_skip(stream, 1 << 20), -ENODATA);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stream");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, begin_test, end_test);
	tcase_add_loop_test(all, reads_to_the_end, 0, PACKED_FRAMES + 1);
	tcase_add_loop_test(all, looks_ahead_and_passes_over, 0, PACKED_FRAMES + 1);
	tcase_add_test(all, cut_short);
	tcase_add_test(all, damaged);
	tcase_add_test(all, bombs_are_known);
	tcase_add_test(all, a_pipe);
	tcase_add_test(all, holes_of_a_file);
	suite_add_tcase(suite, all);
	return unit_run(suite);
}
