#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file that has no name yet: whatever happens to us, nothing of it remains. */
static int open_nameless(const char *path)
{
	char *copy = strdup(path);
	const char *directory;
	int fd;

	if (copy == NULL)
		return -ENOMEM;
	directory = dirname(copy);
	do {
		fd = open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
	} while (fd < 0 && errno == EINTR);
	if (fd < 0)
		fd = -errno;
	free(copy);
	return fd;
}

/* A name beside the file's own: rename does not leave the file system. */
static int make_temporary_name(struct output *output)
{
	free(output->temporary);
	if (asprintf(&output->temporary, "%s.%d.tmp", output->path, (int)getpid()) >= 0)
		return 0;
	output->temporary = NULL;
	return -ENOMEM;
}

static int open_named(struct output *output)
{
	int error = make_temporary_name(output);

	if (error != 0)
		return error;
	do {
		output->fd =
			open(output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
	} while (output->fd < 0 && errno == EINTR);
	return output->fd >= 0 ? 0 : -errno;
}

/* Through a symbolic link the file that it names is replaced, not the link. NULL: errno says why. */
static char *resolve(const char *path)
{
	char *real = realpath(path, NULL);

	return real != NULL || errno != ENOENT ? real : strdup(path);
}

static int open_file(struct output *output)
{
	output->fd = open_nameless(output->path);
	if (output->fd >= 0)
		return 0;
	/* File systems without such files say so in several ways; a directory that is not there gives the same again. */
	return open_named(output);
}

int output_open(struct output *output, const char *path)
{
	struct stat stat_of_path;
	int error = 0;

	*output = (struct output){ .fd = STDOUT_FILENO, .name = path != NULL ? path : "standard output" };
	if (path == NULL)
		return 0;
	if (stat(path, &stat_of_path) == 0 && !S_ISREG(stat_of_path.st_mode)) {
		output->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		return output->fd >= 0 ? 0 : -errno;
	}
	output->path = resolve(path);
	error = output->path != NULL ? open_file(output) : -errno;
	if (error != 0) {
		free(output->path);
		free(output->temporary);
	}
	return error;
}

/* Gives a nameless file its temporary name. */
static int link_nameless(struct output *output)
{
	char self[32];
	int error = make_temporary_name(output);

	if (error != 0)
		return error;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", output->fd);
	if (linkat(AT_FDCWD, self, AT_FDCWD, output->temporary, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	error = -errno;
	free(output->temporary);
	output->temporary = NULL;
	return error;
}

static int publish(struct output *output)
{
	int error = output->temporary == NULL ? link_nameless(output) : 0;

	if (error == 0 && rename(output->temporary, output->path) != 0)
		error = -errno;
	if (error == 0) {
		free(output->temporary);
		output->temporary = NULL;
	}
	return error;
}

int output_close(struct output *output, bool is_good)
{
	int error = is_good && output->path != NULL ? publish(output) : 0;

	if (output->temporary != NULL)
		unlink(output->temporary);
	free(output->temporary);
	free(output->path);
	/* Standard output stays open; a network file system may say only here that it could not write. */
	if (output->fd != STDOUT_FILENO && close(output->fd) != 0 && error == 0)
		error = -errno;
	return error;
}
