#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static int nameless_file(const char *directory)
{
	return directory != NULL && *directory != '\0' ? open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)
						       : -1;
}

int spool_open(struct source *spool, const char *name)
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
	*spool = (struct source){ .fd = fd, .name = name };
	return 0;
}

int spool_write(struct source *spool, uint64_t offset, const void *from, size_t bytes)
{
	const char *at = from;

	while (bytes > 0) {
		ssize_t done = pwrite(spool->fd, at, bytes, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		at += done;
		bytes -= (size_t)done;
		offset += (uint64_t)done;
		if (offset > spool->bytes)
			spool->bytes = offset;
	}
	return 0;
}

int spool_append(struct source *spool, const void *from, size_t bytes)
{
	return spool_write(spool, spool->bytes, from, bytes);
}

int spool_extend(struct source *spool, uint64_t bytes)
{
	if (bytes <= spool->bytes)
		return 0;
	if (ftruncate(spool->fd, (off_t)bytes) < 0)
		return -errno;
	spool->bytes = bytes;
	return 0;
}
