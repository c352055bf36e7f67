/*
 * walk.c - the walker: reads directories from a stack of paths, deepest first, and queues the files it finds.
 *
 * Symbolic links are not followed, so a walk ends even in a tree with loops; the root itself may be one, because the
 * user named it. Only one directory is open at a time: depth costs memory, not descriptors.
 */
#define TT_TARGET "demo.walk"
#include <ttlog.h>

#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Takes the path over, also on error. 0 or -ENOMEM. */
static int push(struct walk *walk, char *path)
{
	if (walk->pending_count == walk->pending_capacity) {
		size_t capacity = walk->pending_capacity ? 2 * walk->pending_capacity : 64;
		char **grown = reallocarray(walk->pending, capacity, sizeof(*grown));

		if (!grown) {
			free(path);
			return -ENOMEM;
		}
		walk->pending = grown;
		walk->pending_capacity = capacity;
	}
	walk->pending[walk->pending_count++] = path;
	return 0;
}

static char *join(const char *directory, const char *name)
{
	size_t bytes = strlen(directory);
	char *path;

	while (bytes > 1 && directory[bytes - 1] == '/')
		bytes--;
	if (asprintf(&path, "%.*s%s%s", (int)bytes, directory, bytes == 1 && *directory == '/' ? "" : "/",
		     name) < 0)
		return NULL;
	return path;
}

static int put_file(struct walk *walk, const char *path, int64_t size_bytes)
{
	struct file *file = file_new(path, size_bytes);
	int result;

	if (!file)
		return -ENOMEM;
	result = queue_put(walk->files, file);
	if (result < 0)
		file_free(file);
	else
		walk->file_count++;
	return result;
}

/* Takes the path over. 0 or what ends the walk. */
static int visit(struct walk *walk, char *path, const struct stat *status)
{
	int result = 0;

	if (S_ISDIR(status->st_mode))
		return push(walk, path);
	if (S_ISREG(status->st_mode)) {
		result = put_file(walk, path, status->st_size);
	} else {
		TT_DEBUG("skip %s: %s", path,
			 S_ISLNK(status->st_mode) ? "a symbolic link" : "not a regular file");
		walk->skipped_count++;
	}
	free(path);
	return result;
}

static int read_entry(struct walk *walk, DIR *directory, const char *directory_path, const char *name)
{
	struct stat status;
	char *path;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	path = join(directory_path, name);
	if (!path)
		return -ENOMEM;
	if (fstatat(dirfd(directory), name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
		TT_WARN("cannot examine %s: %m", path);
		walk->unreadable_count++;
		free(path);
		return 0;
	}
	return visit(walk, path, &status);
}

static int read_entries(struct walk *walk, DIR *directory, const char *path)
{
	unsigned entry_count = 0;

	for (;;) {
		const struct dirent *entry;
		int result;

		errno = 0;
		entry = readdir(directory);
		if (!entry)
			break;
		result = read_entry(walk, directory, path, entry->d_name);
		if (result < 0)
			return result;
		entry_count++;
	}
	if (errno) {
		TT_ERROR("cannot read the directory %s after %u entries: %m", path, entry_count);
		walk->unreadable_count++;
	} else {
		TT_TRACE("leave directory %s: %u entries, %zu directories to go", path, entry_count,
			 walk->pending_count);
	}
	return 0;
}

/* An open stream, or NULL with errno set. */
static DIR *open_directory(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
	DIR *directory;

	if (fd < 0)
		return NULL;
	directory = fdopendir(fd);
	if (!directory) {
		int saved = errno;

		close(fd);
		errno = saved;
	}
	return directory;
}

static int read_directory(struct walk *walk, const char *path, bool is_root)
{
	/* A directory that was replaced by a link since it was seen is not followed either. */
	DIR *directory = open_directory(path, is_root ? 0 : O_NOFOLLOW);
	int result;

	if (!directory) {
		result = is_root ? -errno : 0;
		TT_WARN("cannot open the directory %s: %m", path);
		walk->unreadable_count++;
		return result;
	}
	TT_DEBUG("enter directory %s", path);
	walk->directory_count++;
	result = read_entries(walk, directory, path);
	closedir(directory);
	return result;
}

/* Once over the whole tree. 0 or what ended the walk. */
static int walk_round(struct walk *walk)
{
	int result = read_directory(walk, walk->root, true);

	while (walk->pending_count > 0) {
		char *path = walk->pending[--walk->pending_count];

		if (result == 0)
			result = read_directory(walk, path, false);
		free(path);
	}
	return result;
}

static void walk_rounds(struct walk *walk)
{
	uint64_t before;
	unsigned round = 0;

	do {
		before = walk->file_count;
		TT_INFO("round %u: walk %s", ++round, walk->root);
		walk->error = walk_round(walk);
		TT_INFO("round %u ends; so far %llu files queued, %llu directories, %llu skipped, %llu unreadable",
			round, (unsigned long long)walk->file_count,
			(unsigned long long)walk->directory_count, (unsigned long long)walk->skipped_count,
			(unsigned long long)walk->unreadable_count);
	} while (walk->is_repeated && walk->error == 0 && walk->file_count > before);
}

void *walk_main(void *argument)
{
	struct walk *walk = argument;

	tt_thread_name("walker");
	TT_DEBUG("thread starts");
	walk_rounds(walk);
	if (walk->error < 0) {
		errno = -walk->error;
		TT_ERROR("the walk of %s ends early: %m", walk->root);
	}
	free(walk->pending);
	queue_close(walk->files);
	TT_DEBUG("thread stops");
	return NULL;
}
