#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"

/* Standard input may be a file whose first part somebody has read: then only the rest counts, as from a pipe. */
static bool is_stream(const struct stat *stat, int fd)
{
	return S_ISFIFO(stat->st_mode) || S_ISSOCK(stat->st_mode) ||
	       (S_ISREG(stat->st_mode) && lseek(fd, 0, SEEK_CUR) != 0);
}

static int take(struct source *source, int fd)
{
	struct stat stat;
	int error = -EINVAL;

	if (fstat(fd, &stat) != 0)
		error = -errno;
	else if (S_ISDIR(stat.st_mode))
		error = -EISDIR;
	else if (is_stream(&stat, fd) || S_ISREG(stat.st_mode)) {
		source->fd = fd;
		source->is_stream = is_stream(&stat, fd);
		source->bytes = source->is_stream ? 0 : (uint64_t)stat.st_size;
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
	if (error == 0 && source->bytes == 0 && !source->is_stream) {
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
	if (source->pid != 0) {
		int error = memory_read(source, offset, at, bytes);

		return error == 0 || error == -ENODATA ? error : source_fail(source, error);
	}
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
	if (source->pid != 0)
		return memory_next_data(source, offset);
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
