/*
 * check_source.c - files are read at any offset; what is a stream, and what is neither, is told.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../decoder/input/source.h"
#include "build_trace.h"
#include "unit.h"

START_TEST(test_file_is_read_at_any_offset)
{
	struct build build = { 0 };
	struct source source;
	char got[4];
	int fd;

	build_bytes(&build, "0123456789", 10);
	fd = build_file(&build);
	ck_assert_int_eq(source_open(&source, build_path(fd)), 0);
	ck_assert_uint_eq(source.bytes, 10);
	ck_assert_int_eq(source_read(&source, 6, got, 4), 0);
	ck_assert_mem_eq(got, "6789", 4);
	ck_assert_int_eq(source_read(&source, 7, got, 4), -ENODATA);
	ck_assert_int_eq(source_read(&source, UINT64_MAX, got, 1), -ENODATA);
	ck_assert_int_eq(source_read(&source, 10, got, 0), 0);
	source_close(&source);
	source_close(&source);
	close(fd);
	build_free(&build);
}
END_TEST

START_TEST(test_file_cut_short_while_open)
{
	struct build build = { 0 };
	struct source source;
	char got[4];
	int fd;

	build_bytes(&build, "0123456789", 10);
	fd = build_file(&build);
	ck_assert_int_eq(source_open(&source, build_path(fd)), 0);
	ck_assert_int_eq(ftruncate(fd, 3), 0);
	ck_assert_int_eq(source_read(&source, 0, got, 4), -ENODATA);
	source_close(&source);
	close(fd);
	build_free(&build);
}
END_TEST

/* A file is what it was when it was opened; and what cannot be read is zeros. */
START_TEST(test_file_that_grows_while_open)
{
	struct build build = { 0 };
	struct source source;
	char got[4] = "????";
	int fd;

	build_bytes(&build, "0123456789", 10);
	fd = build_file(&build);
	ck_assert_int_eq(source_open(&source, build_path(fd)), 0);
	ck_assert_int_eq(pwrite(fd, "abcd", 4, 10), 4);
	ck_assert_int_eq(source_read(&source, 8, got, 4), -ENODATA);
	ck_assert_mem_eq(got, "\0\0\0\0", 4);
	source_close(&source);
	close(fd);
	build_free(&build);
}
END_TEST

START_TEST(test_what_is_no_input)
{
	struct build nothing = { 0 };
	struct source source;
	int fd = build_file(&nothing);

	ck_assert_int_eq(source_open(&source, build_path(fd)), -ENODATA);
	ck_assert_int_eq(source_open(&source, "/"), -EISDIR);
	ck_assert_int_eq(source_open(&source, "/nonexistent/file"), -ENOENT);
	ck_assert_int_eq(source_open(&source, "/dev/null"), -EINVAL);
	close(fd);
}
END_TEST

/* Puts `fd` in the place of standard input; returns the old one. */
static int replace_stdin(int fd)
{
	int old = dup(STDIN_FILENO);

	ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	return old;
}

START_TEST(test_pipe_is_a_stream)
{
	struct source source;
	int ends[2];
	int old;

	ck_assert_int_eq(pipe(ends), 0);
	old = replace_stdin(ends[0]);
	close(ends[0]);
	ck_assert_int_eq(source_open(&source, "-"), 0);
	ck_assert_str_eq(source.name, "stdin");
	ck_assert(source.is_stream);
	source_close(&source);
	close(ends[1]);
	dup2(old, STDIN_FILENO);
	close(old);
}
END_TEST

START_TEST(test_stdin_that_was_read_in_part)
{
	struct build build = { 0 };
	struct source source;
	char got[4];
	int fd;
	int old;

	build_bytes(&build, "skipped+kept", 12);
	fd = build_file(&build);
	ck_assert_int_eq(lseek(fd, 8, SEEK_SET), 8);
	old = replace_stdin(fd);
	ck_assert_int_eq(source_open(&source, "-"), 0);
	ck_assert(source.is_stream);
	ck_assert_int_eq(read(source.fd, got, 4), 4);
	ck_assert_mem_eq(got, "kept", 4);
	source_close(&source);
	dup2(old, STDIN_FILENO);
	close(old);
	close(fd);
	build_free(&build);
}
END_TEST

START_TEST(test_holes_are_passed)
{
	struct source source;
	int fd = memfd_create("holes", MFD_CLOEXEC);

	ck_assert_int_eq(ftruncate(fd, 1 << 20), 0);
	ck_assert_int_eq(pwrite(fd, "x", 1, 1 << 19), 1);
	ck_assert_int_eq(source_open(&source, build_path(fd)), 0);
	ck_assert_uint_eq(source_next_data(&source, 0), 1 << 19);
	ck_assert_uint_eq(source_next_data(&source, (1 << 19) + 65536), 1 << 20);
	ck_assert_uint_eq(source_next_data(&source, UINT64_MAX), 1 << 20);
	source_close(&source);
	close(fd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("source");
	TCase *tcase = tcase_create("source");

	tcase_add_test(tcase, test_file_is_read_at_any_offset);
	tcase_add_test(tcase, test_file_cut_short_while_open);
	tcase_add_test(tcase, test_file_that_grows_while_open);
	tcase_add_test(tcase, test_what_is_no_input);
	tcase_add_test(tcase, test_pipe_is_a_stream);
	tcase_add_test(tcase, test_stdin_that_was_read_in_part);
	tcase_add_test(tcase, test_holes_are_passed);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
