#include "stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "expand.h"

#define RAW_BYTES 65536u
#define EXPANDED_TIMES 256u
#define EXPANDED_MORE ((uint64_t)64 << 20)
/* More than this is the work of an attacker: it would take hours. */
#define EXPANDED_MAX ((uint64_t)1 << 40)

struct stream {
	int fd;
	bool is_file; /* not compressed: it may be passed over in part, and have holes */
	const struct stream_watch *watch;
	uint64_t all; /* bytes of the descriptor, if it is a file */
	const struct expander *expander;
	void *state;
	bool is_in_frame;
	uint64_t at;
	uint64_t raw_bytes; /* that were read from the descriptor to be expanded */
	size_t ahead_from;  /* of what was looked at */
	size_t ahead_to;
	size_t raw_from; /* of what was read from the descriptor */
	size_t raw_to;
	uint8_t ahead[STREAM_AHEAD_MAX];
	uint8_t raw[RAW_BYTES];
};

static ptrdiff_t read_some(int fd, void *to, size_t bytes)
{
	ssize_t got;

	do {
		got = read(fd, to, bytes);
	} while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

/* What the descriptor gives next, to raw: how many bytes, 0 at its end, or -errno. */
static ptrdiff_t fill_raw(struct stream *stream)
{
	ptrdiff_t got = read_some(stream->fd, stream->raw, RAW_BYTES);

	stream->raw_from = 0;
	stream->raw_to = got > 0 ? (size_t)got : 0;
	stream->raw_bytes += stream->raw_to;
	return got;
}

static ptrdiff_t get_plain(struct stream *stream, uint8_t *to, size_t bytes)
{
	size_t left = stream->raw_to - stream->raw_from;
	size_t taken = bytes < left ? bytes : left;

	if (taken == 0)
		return read_some(stream->fd, to, bytes);
	memcpy(to, stream->raw + stream->raw_from, taken);
	stream->raw_from += taken;
	return (ptrdiff_t)taken;
}

/* One step of the expander; it may give nothing, and has then taken something. */
static int expand(struct stream *stream, uint8_t *to, size_t *bytes)
{
	size_t taken = stream->raw_to - stream->raw_from;
	int result = stream->expander->run(stream->state, stream->raw + stream->raw_from, &taken, to, bytes);

	stream->raw_from += taken;
	if (result < 0)
		return result;
	stream->is_in_frame = result == 0;
	return taken == 0 && *bytes == 0 && result == 0 ? -EBADMSG : 0;
}

static ptrdiff_t get_expanded(struct stream *stream, uint8_t *to, size_t bytes)
{
	if (stream->at >= EXPANDED_MAX)
		return -EFBIG;
	for (;;) {
		size_t given = bytes;
		int error;

		if (stream->raw_from == stream->raw_to) {
			ptrdiff_t got = fill_raw(stream);

			if (got < 0)
				return got;
			if (got == 0)
				return stream->is_in_frame ? -ENODATA : 0;
		}
		error = expand(stream, to, &given);
		if (error != 0)
			return error;
		if (given > 0)
			return (ptrdiff_t)given;
	}
}

/* Some of the next bytes: 0 at the end. */
static ptrdiff_t get(struct stream *stream, uint8_t *to, size_t bytes)
{
	return stream->expander != NULL ? get_expanded(stream, to, bytes) : get_plain(stream, to, bytes);
}

/* All of them, or those up to the end. An error counts once nothing comes before it. */
static ptrdiff_t get_all(struct stream *stream, uint8_t *to, size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		ptrdiff_t got = get(stream, to + done, bytes - done);

		if (got < 0 && done == 0)
			return got;
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return (ptrdiff_t)done;
}

bool stream_is_compressed(const uint8_t *bytes, size_t count)
{
	return expander_of(bytes, count) != NULL;
}

static uint64_t size_of(int fd)
{
	struct stat stat;

	return fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) ? (uint64_t)stat.st_size : 0;
}

static int open_expander(struct stream *stream)
{
	size_t count = stream->raw_to < STREAM_AHEAD_MAX ? stream->raw_to : STREAM_AHEAD_MAX;
	struct stat stat;

	stream->expander = expander_of(stream->raw, count);
	if (stream->expander != NULL)
		return stream->expander->open(&stream->state);
	stream->is_file = fstat(stream->fd, &stat) == 0 && S_ISREG(stat.st_mode);
	return 0;
}

int stream_open(struct stream **stream, int fd, const struct stream_watch *watch)
{
	ptrdiff_t got;
	int error;

	*stream = calloc(1, sizeof(**stream));
	if (*stream == NULL)
		return -ENOMEM;
	(*stream)->fd = fd;
	(*stream)->watch = watch;
	(*stream)->all = size_of(fd);
	got = fill_raw(*stream);
	error = got < 0 ? (int)got : open_expander(*stream);
	if (error != 0) {
		free(*stream);
		*stream = NULL;
	}
	return error;
}

ptrdiff_t stream_look(struct stream *stream, void *to, size_t bytes)
{
	size_t there = stream->ahead_to - stream->ahead_from;

	memmove(stream->ahead, stream->ahead + stream->ahead_from, there);
	stream->ahead_from = 0;
	stream->ahead_to = there;
	if (bytes > there) {
		ptrdiff_t got = get_all(stream, stream->ahead + there, bytes - there);

		if (got < 0 && there == 0)
			return got;
		stream->ahead_to += got > 0 ? (size_t)got : 0;
	}
	if (bytes > stream->ahead_to)
		bytes = stream->ahead_to;
	memcpy(to, stream->ahead, bytes);
	return (ptrdiff_t)bytes;
}

static size_t take_ahead(struct stream *stream, void *to, size_t bytes)
{
	size_t there = stream->ahead_to - stream->ahead_from;

	if (bytes > there)
		bytes = there;
	memcpy(to, stream->ahead + stream->ahead_from, bytes);
	stream->ahead_from += bytes;
	return bytes;
}

ptrdiff_t stream_read(struct stream *stream, void *to, size_t bytes)
{
	size_t taken = take_ahead(stream, to, bytes);
	ptrdiff_t got = taken < bytes ? get_all(stream, (uint8_t *)to + taken, bytes - taken) : 0;

	if (got < 0 && taken == 0)
		return got;
	taken += got > 0 ? (size_t)got : 0;
	stream->at += taken;
	if (stream->watch != NULL)
		stream->watch->show(stream->watch->user,
				    stream->expander != NULL ? stream->raw_bytes : stream->at, stream->all);
	return (ptrdiff_t)taken;
}

static int skip_by_reading(struct stream *stream, uint64_t bytes)
{
	uint8_t step[4096];

	while (bytes > 0) {
		ptrdiff_t got = stream_read(stream, step, bytes < sizeof(step) ? bytes : sizeof(step));

		if (got <= 0)
			return got < 0 ? (int)got : -ENODATA;
		bytes -= (uint64_t)got;
	}
	return 0;
}

/* How many bytes of a file are behind its position; 0 if that is not known. */
static uint64_t left_of(const struct stream *stream, off_t position)
{
	struct stat stat;

	return position >= 0 && fstat(stream->fd, &stat) == 0 && stat.st_size > position
		       ? (uint64_t)(stat.st_size - position)
		       : 0;
}

int stream_skip(struct stream *stream, uint64_t bytes)
{
	uint64_t held = stream->ahead_to - stream->ahead_from + stream->raw_to - stream->raw_from;
	int error;

	if (!stream->is_file || bytes <= held)
		return skip_by_reading(stream, bytes);
	error = skip_by_reading(stream, held);
	bytes -= held;
	if (error != 0)
		return error;
	if (bytes > left_of(stream, lseek(stream->fd, 0, SEEK_CUR)))
		return skip_by_reading(stream, bytes); /* to its end */
	if (lseek(stream->fd, (off_t)bytes, SEEK_CUR) < 0)
		return -errno;
	stream->at += bytes;
	return 0;
}

uint64_t stream_hole(struct stream *stream, uint64_t most)
{
	off_t position;
	off_t data;
	uint64_t left;

	if (!stream->is_file || stream->ahead_from < stream->ahead_to || stream->raw_from < stream->raw_to)
		return 0;
	position = lseek(stream->fd, 0, SEEK_CUR);
	left = left_of(stream, position);
	data = left > 0 ? lseek(stream->fd, position, SEEK_DATA) : -1;
	if (data >= 0)
		left = (uint64_t)(data - position);
	else if (left > 0 && errno != ENXIO)
		left = 0;
	lseek(stream->fd, position, SEEK_SET);
	return left < most ? left : most;
}

uint64_t stream_at(const struct stream *stream)
{
	return stream->at;
}

bool stream_is_bomb(const struct stream *stream, uint64_t bytes)
{
	return stream->expander != NULL &&
	       bytes / EXPANDED_TIMES > stream->raw_bytes + EXPANDED_MORE / EXPANDED_TIMES;
}

void stream_close(struct stream *stream)
{
	if (stream != NULL && stream->expander != NULL)
		stream->expander->close(stream->state);
	free(stream);
}
