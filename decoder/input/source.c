#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SPOOL_STEP_BYTES 65536

static int nameless_file(const char *directory)
{
	return directory != NULL && *directory != '\0' ? open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)
						       : -1;
}

/* On disk if possible, since the input may be larger than the memory; in memory where no directory can be used. */
int source_spool(struct source *source, const char *name)
{
	int fd = nameless_file(secure_getenv("TMPDIR"));

	if (fd < 0)
		fd = nameless_file("/var/tmp");
	if (fd < 0)
		fd = nameless_file("/tmp");
	if (fd < 0)
		fd = memfd_create("ttdecode", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	*source = (struct source){ .fd = fd, .name = name };
	return 0;
}

int source_append(struct source *source, const void *from, size_t bytes)
{
	const char *at = from;

	while (bytes > 0) {
		ssize_t done = pwrite(source->fd, at, bytes, (off_t)source->bytes);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		at += done;
		bytes -= (size_t)done;
		source->bytes += (uint64_t)done;
	}
	return 0;
}

static int copy_pipe(struct source *to, int from)
{
	char step[SPOOL_STEP_BYTES];

	for (;;) {
		ssize_t got = read(from, step, sizeof(step));
		int error;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return 0;
		error = source_append(to, step, (size_t)got);
		if (error != 0)
			return error;
	}
}

/* Takes over a pipe: its bytes go to a spool. */
static int take_pipe(struct source *source, int fd)
{
	int error = source_spool(source, source->name);

	if (error == 0) {
		error = copy_pipe(source, fd);
		if (error != 0)
			source_close(source);
	}
	close(fd);
	return error;
}

/* Standard input may be a file whose first part somebody has read: then only the rest counts, as from a pipe. */
static int take(struct source *source, int fd)
{
	struct stat stat;
	int error = -EINVAL;

	if (fstat(fd, &stat) != 0)
		error = -errno;
	else if (S_ISDIR(stat.st_mode))
		error = -EISDIR;
	else if (S_ISFIFO(stat.st_mode) || S_ISSOCK(stat.st_mode))
		return take_pipe(source, fd);
	else if (S_ISREG(stat.st_mode) && lseek(fd, 0, SEEK_CUR) != 0)
		return take_pipe(source, fd);
	else if (S_ISREG(stat.st_mode)) {
		source->fd = fd;
		source->bytes = (uint64_t)stat.st_size;
		return 0;
	}
	close(fd);
	return error;
}

int source_open(struct source *source, const char *path)
{
	int is_stdin = strcmp(path, "-") == 0;
	int fd;
	int error;

	*source = (struct source){ .fd = -1, .name = is_stdin ? "stdin" : path };
	/* O_NONBLOCK would make an empty pipe look like its end: a named pipe without a writer waits, as with cat. */
	do {
		fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
			      : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	} while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return -errno;
	error = take(source, fd);
	if (error == 0 && source->bytes == 0) {
		source_close(source);
		error = -ENODATA;
	}
	return error;
}

int source_fail(const struct source *source, int error)
{
	if (source->failure != NULL && *source->failure == 0)
		*source->failure = error;
	return error;
}

static int read_whole(const struct source *source, uint64_t offset, char *at, size_t bytes)
{
	if (offset > source->bytes || bytes > source->bytes - offset)
		return -ENODATA;
	while (bytes > 0) {
		ssize_t done = pread(source->fd, at, bytes, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return source_fail(source, -errno);
		if (done == 0)
			return -ENODATA; /* cut short since it was opened */
		at += done;
		bytes -= (size_t)done;
		offset += (uint64_t)done;
	}
	return 0;
}

int source_read(const struct source *source, uint64_t offset, void *to, size_t bytes)
{
	int error = read_whole(source, offset, to, bytes);

	/* Nothing is ever told from what stood there before. */
	if (error != 0)
		memset(to, 0, bytes);
	return error;
}

uint64_t source_next_data(const struct source *source, uint64_t offset)
{
	off_t found;

	if (offset >= source->bytes)
		return source->bytes;
	found = lseek(source->fd, (off_t)offset, SEEK_DATA);
	if (found < 0)
		return errno == ENXIO ? source->bytes : offset; /* a file system without holes */
	return (uint64_t)found < source->bytes ? (uint64_t)found : source->bytes;
}

void source_close(struct source *source)
{
	if (source->fd >= 0)
		close(source->fd);
	source->fd = -1;
}
