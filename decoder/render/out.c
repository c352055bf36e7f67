/*
 * out.c - see out.h.
 *
 * After an error, and after out_close, the buffer is the struct's own `spare`: there is always room to write
 * into, and nobody has to ask.
 */
#include "out.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "number.h"

/* More than this is not worth copying. */
#define LARGE_BYTES (16u * 1024)

static size_t capacity(const struct out *to)
{
	return (size_t)(to->end - to->start);
}

static void use_spare(struct out *to)
{
	if (to->start != to->spare)
		free(to->start);
	to->start = to->at = to->spare;
	to->end = to->spare + OUT_RESERVE_MAX;
}

void out_fail(struct out *to, int error)
{
	if (to->error == 0)
		to->error = error;
	use_spare(to);
}

/* Moves the buffer to one of another capacity, at least what is used. */
static int resize(struct out *to, size_t bytes)
{
	size_t used = out_used(to);
	char *start = realloc(to->start, bytes + OUT_SLACK);

	if (start == NULL)
		return -ENOMEM;
	to->start = start;
	to->at = start + used;
	to->end = start + bytes;
	return 0;
}

int out_open(struct out *to, int fd)
{
	to->fd = fd;
	to->error = 0;
	to->held = 0;
	to->most = OUT_BUFFER_MAX;
	to->at = to->start = to->end = NULL;
	if (resize(to, OUT_BUFFER_BYTES) < 0)
		out_fail(to, ENOMEM);
	return -to->error;
}

static void grow(struct out *to, size_t bytes)
{
	size_t wanted = 2 * capacity(to);

	if (to->start == to->spare) {
		out_fail(to, EBADF);
		return;
	}
	if (out_used(to) > to->most || bytes > to->most - out_used(to)) {
		out_fail(to, ENOMEM);
		return;
	}
	if (wanted < out_used(to) + bytes)
		wanted = out_used(to) + bytes;
	if (wanted > to->most)
		wanted = to->most;
	if (resize(to, wanted) < 0)
		out_fail(to, ENOMEM);
}

/* Writes out or grows, so that there is room for `bytes`, or for some of them where nothing is held. */
static void make_room(struct out *to, size_t bytes)
{
	if (to->error != 0)
		use_spare(to);
	else if (to->fd >= 0 && to->held == 0)
		out_flush(to);
	else
		grow(to, bytes);
}

char *out_make_room(struct out *to, size_t bytes)
{
	make_room(to, bytes);
	return to->at;
}

void out_bytes_over(struct out *to, const void *from, size_t bytes)
{
	const char *next = from;

	while (bytes > (size_t)(to->end - to->at)) {
		size_t room = (size_t)(to->end - to->at);

		if (to->error != 0)
			return;
		memcpy(to->at, next, room);
		to->at += room;
		next += room;
		bytes -= room;
		make_room(to, bytes);
	}
	memcpy(to->at, next, bytes);
	to->at += bytes;
}

void out_repeat(struct out *to, char byte, size_t count)
{
	while (count > 0) {
		size_t part = count < OUT_RESERVE_MAX ? count : OUT_RESERVE_MAX;
		char *at = out_reserve(to, part);

		memset(at, byte, part);
		out_commit(to, at + part);
		count -= part;
	}
}

void out_unsigned(struct out *to, uint64_t value)
{
	out_commit(to, number_unsigned(out_reserve(to, NUMBER_BYTES_MAX), value));
}

void out_signed(struct out *to, int64_t value)
{
	out_commit(to, number_signed(out_reserve(to, NUMBER_BYTES_MAX), value));
}

void out_hex(struct out *to, uint64_t value)
{
	out_commit(to, number_hex(out_reserve(to, NUMBER_BYTES_MAX), value, false));
}

size_t out_hold(struct out *to)
{
	/* So that an event seldom has to make the buffer longer than it ordinarily is. */
	if (out_used(to) > OUT_BUFFER_BYTES / 2)
		out_flush(to);
	to->held++;
	return out_used(to);
}

void out_release(struct out *to)
{
	to->held--;
}

bool out_extend(struct out *to, size_t bytes)
{
	if (to->error == 0 && bytes > (size_t)(to->end - to->at))
		grow(to, bytes);
	if (to->error != 0)
		return false;
	to->at += bytes;
	return true;
}

void out_clear(struct out *to)
{
	to->at = to->start;
}

/* One write, as far as it goes. A descriptor that somebody made non-blocking is waited for. */
static ssize_t write_some(int fd, const char *from, size_t bytes)
{
	ssize_t written = write(fd, from, bytes);

	if (written > 0)
		return written;
	if (written == 0)
		return -EIO;
	if (errno == EINTR)
		return 0;
	if (errno == EAGAIN) {
		struct pollfd wait = { .fd = fd, .events = POLLOUT };

		return poll(&wait, 1, -1) < 0 && errno != EINTR ? -errno : 0;
	}
	return -errno;
}

/* Returns 0 or -error. */
static int write_all(struct out *to, const char *from, size_t bytes)
{
	while (bytes > 0) {
		ssize_t written = write_some(to->fd, from, bytes);

		if (written < 0) {
			out_fail(to, (int)-written);
			return -to->error;
		}
		from += written;
		bytes -= (size_t)written;
	}
	return 0;
}

void out_large(struct out *to, const char *from, size_t bytes)
{
	if (to->fd < 0 || to->held != 0 || bytes < LARGE_BYTES)
		out_bytes(to, from, bytes);
	else if (out_flush(to) == 0)
		write_all(to, from, bytes);
}

int out_flush(struct out *to)
{
	if (to->error != 0 || to->fd < 0 || to->held != 0)
		return -to->error;
	if (write_all(to, to->start, out_used(to)) != 0)
		return -to->error;
	to->at = to->start;
	if (capacity(to) > OUT_BUFFER_BYTES && resize(to, OUT_BUFFER_BYTES) < 0)
		out_fail(to, ENOMEM);
	return -to->error;
}

int out_close(struct out *to)
{
	int result;

	to->held = 0;
	result = out_flush(to);
	use_spare(to);
	to->fd = -1;
	return result;
}
