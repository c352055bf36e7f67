#include "mapped_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whatever stands in that directory: nothing is opened that could block, or lead elsewhere. */
static int open_entry(int directory, const char *entry, dev_t device, ino_t inode, struct stat *stat)
{
	int fd = openat(directory, entry, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return -errno;
	if (fstat(fd, stat) == 0 && S_ISREG(stat->st_mode) && stat->st_dev == device && stat->st_ino == inode)
		return fd;
	close(fd);
	return -ENOENT;
}

static int find(DIR *directory, dev_t device, ino_t inode, struct stat *stat)
{
	struct dirent *entry;

	while ((entry = readdir(directory)) != NULL)
		if (entry->d_ino == inode)
			return open_entry(dirfd(directory), entry->d_name, device, inode, stat);
	return -ENOENT;
}

int mapped_file_open(struct source *source, uint32_t pid, const char *path, dev_t device, ino_t inode,
		     const char *name)
{
	const char *end = strrchr(path, '/');
	char directory_path[PATH_MAX];
	struct stat stat;
	DIR *directory;
	int fd;

	if (*path != '/')
		return -ENOENT; /* memfd:, or nothing */
	if (snprintf(directory_path, sizeof(directory_path), "/proc/%" PRIu32 "/root%.*s/", pid,
		     (int)(end - path), path) >= (int)sizeof(directory_path))
		return -ENAMETOOLONG;
	directory = opendir(directory_path);
	if (directory == NULL)
		return -errno;
	fd = find(directory, device, inode, &stat);
	closedir(directory);
	if (fd < 0)
		return fd;
	*source = (struct source){ .fd = fd, .bytes = (uint64_t)stat.st_size, .name = name };
	return 0;
}
