/*
 * check_window.c - pieces come out right wherever they lie, and a bounded view never reads past its end.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../decoder/reader/view.h"
#include "../../decoder/input/window.h"
#include "build_trace.h"
#include "unit.h"

#define SIZE 1000000u

static uint8_t pattern(uint64_t at)
{
	return (uint8_t)(at * 7 + at / 256);
}

static void open_pattern(struct source *source)
{
	struct build build = { 0 };
	int fd;

	build_zeros(&build, SIZE);
	for (uint64_t i = 0; i < SIZE; i++)
		build.bytes[i] = pattern(i);
	fd = build_file(&build);
	ck_assert_int_eq(source_open(source, build_path(fd)), 0);
	close(fd);
	build_free(&build);
}

static void expect(struct window *window, uint64_t offset, size_t bytes)
{
	const uint8_t *piece = window_at(window, offset, bytes);

	ck_assert_ptr_nonnull(piece);
	for (size_t i = 0; i < bytes; i++)
		if (piece[i] != pattern(offset + i))
			ck_abort_msg("byte %zu of the piece at %llu", i, (unsigned long long)offset);
}

START_TEST(test_pieces)
{
	struct source source;
	struct window window = WINDOW_ON(&source);

	open_pattern(&source);
	expect(&window, 0, 1);
	expect(&window, 262140, 100); /* across the first step */
	expect(&window, 3, 700000);   /* larger than a step */
	expect(&window, SIZE - 5, 5); /* at the end */
	expect(&window, 10, 10);      /* backwards */
	expect(&window, 999990, 10);
	expect(&window, SIZE, 0);
	window_free(&window);
	source_close(&source);
}
END_TEST

/* A bad place behind the piece costs the piece nothing. Our own memory is a file with such places. */
START_TEST(test_bad_place_behind)
{
	long page = sysconf(_SC_PAGESIZE);
	struct source source = { .fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC),
				 .bytes = INT64_MAX,
				 .name = "mem" };
	struct window window = WINDOW_ON(&source);
	char *memory =
		mmap(NULL, 2 * (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const uint8_t *piece;

	if (getenv("EMULATOR"))
		return; /* the file is the emulator's memory */
	ck_assert_int_ge(source.fd, 0);
	ck_assert_ptr_ne(memory, MAP_FAILED);
	ck_assert_int_eq(munmap(memory + page, (size_t)page), 0);
	memcpy(memory + page - 8, "the last", 8);
	piece = window_at(&window, (uint64_t)(uintptr_t)memory + (uint64_t)page - 8, 8);
	ck_assert_ptr_nonnull(piece);
	ck_assert_mem_eq(piece, "the last", 8);
	ck_assert_ptr_null(window_at(&window, (uint64_t)(uintptr_t)memory + (uint64_t)page - 8, 9));
	window_free(&window);
	source_close(&source);
}
END_TEST

START_TEST(test_past_the_end)
{
	struct source source;
	struct window window = WINDOW_ON(&source);

	open_pattern(&source);
	ck_assert_ptr_null(window_at(&window, SIZE - 4, 5));
	ck_assert_ptr_null(window_at(&window, SIZE + 1, 0));
	ck_assert_ptr_null(window_at(&window, UINT64_MAX, 1));
	ck_assert_ptr_null(window_at(&window, 1, SIZE_MAX));
	expect(&window, SIZE - 5, 5);
	window_free(&window);
	source_close(&source);
}
END_TEST

START_TEST(test_view_remembers_its_first_failure)
{
	static const uint8_t bytes[] = { 1, 0, 2, 0, 0, 0, 'a', 'b', 9 };
	struct view view = view_of(bytes, sizeof(bytes));

	ck_assert_uint_eq(view_u16(&view), 1);
	ck_assert_uint_eq(view_u32(&view), 2);
	ck_assert_uint_eq(view_text(&view, 2).bytes, 2);
	ck_assert(!view.failed);
	ck_assert_uint_eq(view_u16(&view), 0);
	ck_assert(view.failed);
	ck_assert_uint_eq(view_u8(&view), 0); /* one is left, but the view has failed */
	ck_assert_uint_eq(view_u64(&view), 0);
	ck_assert_uint_eq(view_string(&view).bytes, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("window");
	TCase *tcase = tcase_create("window");

	tcase_add_test(tcase, test_pieces);
	tcase_add_test(tcase, test_bad_place_behind);
	tcase_add_test(tcase, test_past_the_end);
	tcase_add_test(tcase, test_view_remembers_its_first_failure);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
