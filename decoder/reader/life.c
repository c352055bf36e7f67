#include "life.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int open_small(const char *path)
{
	int fd;

	do {
		fd = open(path, O_RDONLY | O_CLOEXEC);
	} while (fd < 0 && errno == EINTR);
	return fd;
}

/* The first bytes of a small file of /proc, terminated; empty if it cannot be read. */
static size_t read_small(const char *path, char *to, size_t room)
{
	int fd = open_small(path);
	size_t bytes = 0;
	ssize_t got = 0;

	while (fd >= 0 && bytes + 1 < room) {
		got = read(fd, to + bytes, room - 1 - bytes);
		if (got == 0 || (got < 0 && errno != EINTR))
			break;
		bytes += got > 0 ? (size_t)got : 0;
	}
	if (fd >= 0)
		close(fd);
	to[bytes] = '\0';
	return got < 0 ? 0 : bytes;
}

static bool is_this_boot(struct text boot_id)
{
	char here[64];
	size_t bytes = read_small("/proc/sys/kernel/random/boot_id", here, sizeof(here));

	while (bytes > 0 && here[bytes - 1] == '\n')
		bytes--;
	return bytes > 0 && bytes == boot_id.bytes && memcmp(here, boot_id.at, bytes) == 0;
}

/* Field 22. The name in field 2 may hold anything, so fields are counted from its last parenthesis. */
static uint64_t start_time_in(const char *stat)
{
	const char *at = strrchr(stat, ')');

	for (int field = 2; at != NULL && field < 22; field++) {
		at = strchr(at, ' ');
		if (at != NULL)
			at++;
	}
	return at != NULL ? strtoull(at, NULL, 10) : 0;
}

bool life_is_running(uint32_t pid, uint64_t start_time, struct text boot_id)
{
	char path[32];
	char stat[1024];

	if (start_time == 0 || !is_this_boot(boot_id))
		return false;
	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	read_small(path, stat, sizeof(stat));
	return start_time_in(stat) == start_time;
}
