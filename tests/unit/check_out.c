/*
 * check_out.c - the output buffer: what is written arrives whole, and errors stay.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../decoder/render/out.h"
#include "sample.h"
#include "unit.h"

#define BIG_BYTES (3u * OUT_BUFFER_BYTES + 12345u)

/* Byte i of the pattern that the big tests write. */
static char pattern(size_t i)
{
	return (char)(i * 31 + i / 251);
}

static void write_pattern(struct out *out, size_t bytes, size_t piece)
{
	char buffer[5000];
	size_t done = 0;

	while (done < bytes) {
		size_t part = bytes - done < piece ? bytes - done : piece;

		for (size_t i = 0; i < part; i++)
			buffer[i] = pattern(done + i);
		out_bytes(out, buffer, part);
		done += part;
	}
}

/* How many bytes of the pattern come out of the descriptor before its end; -1 if another byte does. */
static long read_pattern(int fd, useconds_t pause_us)
{
	char buffer[4096];
	long done = 0;
	ssize_t got;

	while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
		for (ssize_t i = 0; i < got; i++) {
			if (buffer[i] != pattern((size_t)(done + i)))
				return -1;
		}
		done += got;
		usleep(pause_us);
	}
	return done;
}

static int temporary_file(void)
{
	FILE *file = tmpfile();
	int fd;

	ck_assert_ptr_nonnull(file);
	fd = dup(fileno(file));
	fclose(file);
	return fd;
}

START_TEST(every_function_appends)
{
	struct out out;

	ck_assert_int_eq(out_open(&out, -1), 0);
	out_bytes(&out, "ab", 2);
	out_bytes(&out, NULL, 0);
	out_byte(&out, 'c');
	out_string(&out, "def");
	out_repeat(&out, '-', 3);
	out_unsigned(&out, UINT64_MAX);
	out_byte(&out, ' ');
	out_signed(&out, INT64_MIN);
	out_byte(&out, ' ');
	out_hex(&out, 0xbeef0);
	sample_expect(&out, "abcdef---18446744073709551615 -9223372036854775808 beef0");
	ck_assert_int_eq(out_flush(&out), 0);
	ck_assert_int_eq(out_close(&out), 0);
}
END_TEST

START_TEST(memory_grows)
{
	struct out out;

	out_open(&out, -1);
	write_pattern(&out, BIG_BYTES, 4999);
	ck_assert_uint_eq(out_used(&out), BIG_BYTES);
	for (size_t i = 0; i < BIG_BYTES; i++)
		ck_assert(out.start[i] == pattern(i));
	out_repeat(&out, 'x', BIG_BYTES);
	ck_assert_uint_eq(out_used(&out), 2 * BIG_BYTES);
	ck_assert_int_eq(out.start[2 * BIG_BYTES - 1], 'x');
	ck_assert_int_eq(out_close(&out), 0);
}
END_TEST

START_TEST(memory_has_a_limit)
{
	struct out out;

	out_open(&out, -1);
	out_repeat(&out, 'x', OUT_BUFFER_MAX);
	ck_assert_int_eq(out.error, 0);
	out_byte(&out, 'x');
	ck_assert_int_eq(out.error, ENOMEM);
	out_string(&out, "goes nowhere");
	ck_assert_int_eq(out_close(&out), -ENOMEM);
}
END_TEST

START_TEST(reserved_room_is_there)
{
	struct out out;
	char *at;

	out_open(&out, -1);
	for (unsigned i = 0; i < 3 * OUT_BUFFER_BYTES / OUT_RESERVE_MAX; i++) {
		at = out_reserve(&out, OUT_RESERVE_MAX);
		memset(at, 'r', OUT_RESERVE_MAX + OUT_SLACK);
		out_commit(&out, at + OUT_RESERVE_MAX - 1);
	}
	ck_assert_uint_eq(out_used(&out), 3 * OUT_BUFFER_BYTES / OUT_RESERVE_MAX * (OUT_RESERVE_MAX - 1));
	out_close(&out);
}
END_TEST

START_TEST(a_file_gets_everything)
{
	struct out out;
	int fd = temporary_file();

	ck_assert_int_eq(out_open(&out, fd), 0);
	write_pattern(&out, BIG_BYTES, 4999);
	ck_assert_uint_le(out_used(&out), OUT_BUFFER_BYTES);
	ck_assert_int_eq(out_close(&out), 0);
	lseek(fd, 0, SEEK_SET);
	ck_assert_int_eq(read_pattern(fd, 0), BIG_BYTES);
	ck_assert_int_eq(close(fd), 0); /* it was still open */
}
END_TEST

static void on_alarm(int signo)
{
	(void)signo;
}

/* Signals without SA_RESTART come all the time; to a slow program, not so often that it does nothing else. */
static void interrupt_often(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	suseconds_t apart = getenv("UNIT_UNDER_MEMCHECK") ? 50000 : 200;
	struct itimerval often = { .it_interval = { .tv_usec = apart }, .it_value = { .tv_usec = apart } };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

/* A slow reader at the other end of a pipe; its exit status says whether all of the pattern came. */
static pid_t start_reader(int pipes[2])
{
	pid_t child;

	ck_assert_int_eq(pipe(pipes), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		close(pipes[1]);
		_exit(read_pattern(pipes[0], 1000) == BIG_BYTES ? 0 : 1);
	}
	close(pipes[0]);
	return child;
}

static int exit_status(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		ck_assert_int_eq(errno, EINTR);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* _i: whether the descriptor is non-blocking. */
START_TEST(interrupted_and_short_writes_go_on)
{
	struct out out;
	int pipes[2];
	pid_t child = start_reader(pipes);

	if (_i)
		fcntl(pipes[1], F_SETFL, O_NONBLOCK);
	interrupt_often();
	out_open(&out, pipes[1]);
	write_pattern(&out, BIG_BYTES, 777);
	ck_assert_int_eq(out_close(&out), 0);
	close(pipes[1]);
	ck_assert_int_eq(exit_status(child), 0);
}
END_TEST

START_TEST(the_first_error_stays)
{
	struct out out;
	int fd = open("/dev/full", O_WRONLY);

	out_open(&out, fd);
	out_string(&out, "not yet");
	ck_assert_int_eq(out.error, 0);
	ck_assert_int_eq(out_flush(&out), -ENOSPC);
	close(fd);
	out_repeat(&out, 'x', BIG_BYTES);
	write_pattern(&out, BIG_BYTES, 100);
	memset(out_reserve(&out, OUT_RESERVE_MAX), 'x', OUT_RESERVE_MAX);
	ck_assert(!out_extend(&out, 1));
	out_fail(&out, EIO);
	ck_assert_int_eq(out.error, ENOSPC);
	ck_assert_int_eq(out_flush(&out), -ENOSPC);
	ck_assert_int_eq(out_close(&out), -ENOSPC);
	ck_assert_int_eq(out_close(&out), -ENOSPC);
}
END_TEST

START_TEST(a_closed_pipe_is_an_error)
{
	struct out out;
	int pipes[2];

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(pipes), 0);
	close(pipes[0]);
	out_open(&out, pipes[1]);
	write_pattern(&out, BIG_BYTES, 777);
	ck_assert_int_eq(out.error, EPIPE);
	ck_assert_int_eq(out_close(&out), -EPIPE);
	close(pipes[1]);
}
END_TEST

START_TEST(what_is_held_is_not_written)
{
	struct out out;
	int fd = temporary_file();
	size_t from;

	out_open(&out, fd);
	out_string(&out, "before ");
	from = out_hold(&out);
	ck_assert_uint_eq(out_hold(&out), from);
	write_pattern(&out, BIG_BYTES, 4999);
	out_release(&out);
	ck_assert_int_eq(out_flush(&out), 0);
	ck_assert_uint_eq(out_used(&out) - from, BIG_BYTES);
	for (size_t i = 0; i < BIG_BYTES; i++)
		ck_assert(out.start[from + i] == pattern(i));
	out_rewind(&out, from);
	ck_assert(out_extend(&out, 2));
	memcpy(out.start + from, "ok", 2);
	out_release(&out);
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), 0);
	ck_assert_int_eq(out_flush(&out), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), 9);
	ck_assert_uint_eq((size_t)(out.end - out.start), OUT_BUFFER_BYTES); /* the growth was given back */
	out_close(&out);
	close(fd);
}
END_TEST

START_TEST(after_close_nothing_happens)
{
	struct out out;

	out_open(&out, -1);
	out_string(&out, "x");
	ck_assert_int_eq(out_close(&out), 0);
	ck_assert_int_eq(out_close(&out), 0);
	out_repeat(&out, 'y', BIG_BYTES);
	ck_assert_int_eq(out.error, EBADF);
	ck_assert_int_eq(out_close(&out), -EBADF);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("out");
	TCase *all = tcase_create("all");

	tcase_add_test(all, every_function_appends);
	tcase_add_test(all, memory_grows);
	tcase_add_test(all, memory_has_a_limit);
	tcase_add_test(all, reserved_room_is_there);
	tcase_add_test(all, a_file_gets_everything);
	tcase_add_loop_test(all, interrupted_and_short_writes_go_on, 0, 2);
	tcase_add_test(all, the_first_error_stays);
	tcase_add_test(all, a_closed_pipe_is_an_error);
	tcase_add_test(all, what_is_held_is_not_written);
	tcase_add_test(all, after_close_nothing_happens);
	tcase_set_timeout(all, 60);
	suite_add_tcase(suite, all);
	return unit_run(suite);
}
