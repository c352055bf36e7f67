#include "snapshot_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "leftovers.h"
#include "life.h"
#include "platform/os.h"
#include "text.h"

int snapshot_file_name(struct snapshot_file *file)
{
	struct text text = text_in(file->path, sizeof(file->path));

	text_add(&text, config.dir);
	text_add(&text, "/");
	text_add(&text, config.service);
	text_add(&text, "-");
	text_add_number(&text, (uint64_t)os_pid());
	text_add(&text, "-");
	text_add_time(&text, os_realtime_ns());
	text_add(&text, ".tts");
	return text.is_cut ? -ENAMETOOLONG : 0;
}

/* The directory of the path, in `temporary`. */
static void put_directory(struct snapshot_file *file)
{
	const char *slash = strrchr(file->path, '/');
	struct text text = text_in(file->temporary, sizeof(file->temporary));

	if (slash)
		text_add_bytes(&text, file->path, (size_t)(slash - file->path) + 1);
	else
		text_add(&text, ".");
}

/* A private name beside the final one, which may be as long as a name can be. */
#define BASE_BYTES_MAX 200

static int put_temporary(struct snapshot_file *file)
{
	const char *slash = strrchr(file->path, '/');
	const char *base = slash ? slash + 1 : file->path;
	struct text text = text_in(file->temporary, sizeof(file->temporary));

	text_add_bytes(&text, file->path, (size_t)(base - file->path));
	text_add(&text, ".");
	text_add_bytes(&text, base, strnlen(base, BASE_BYTES_MAX));
	leftovers_add_end(&text);
	return text.is_cut ? -ENAMETOOLONG : 0;
}

int snapshot_file_open(struct snapshot_file *file)
{
	struct stat info;
	int error;

	file->is_nameless = true;
	file->is_published = false;
	put_directory(file);
	file->fd = os_open(file->temporary, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (file->fd < 0) {
		file->is_nameless = false;
		leftovers_remove(file->temporary);
		error = put_temporary(file);
		if (error < 0)
			return error;
		file->fd =
			os_open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (file->fd < 0)
			return file->fd;
		leftovers_lock(file->fd);
	}
	if (fstat(file->fd, &info) < 0) {
		error = -errno;
		snapshot_file_close(file);
		return error;
	}
	file->device = info.st_dev;
	file->inode = info.st_ino;
	return 0;
}

bool snapshot_file_is_ours(const struct snapshot_file *file)
{
	struct stat info;

	return fstat(file->fd, &info) == 0 && info.st_dev == file->device && info.st_ino == file->inode;
}

static int link_nameless(struct snapshot_file *file)
{
	char from[64];
	struct text text = text_in(from, sizeof(from));
	int error;

	text_add(&text, "/proc/self/fd/");
	text_add_number(&text, (uint64_t)file->fd);
	error = os_link(from, file->path);
	if (error != -EEXIST)
		return error;
	/* A link cannot replace a file; a rename can. */
	put_directory(file);
	leftovers_remove(file->temporary);
	leftovers_lock(file->fd);
	error = put_temporary(file);
	if (error == 0)
		error = os_link(from, file->temporary);
	if (error == 0)
		file->is_nameless = false;
	return error;
}

int snapshot_file_publish(struct snapshot_file *file)
{
	int error = file->is_nameless ? link_nameless(file) : 0;

	if (error == 0 && !file->is_nameless && rename(file->temporary, file->path) < 0)
		error = -errno;
	file->is_published = error == 0;
	return error;
}

void snapshot_file_close(struct snapshot_file *file)
{
	if (!file->is_published && !file->is_nameless)
		unlink(file->temporary);
	if (file->fd >= 0)
		os_close(file->fd);
	file->fd = -1;
}

int snapshot_file_write(struct snapshot_file *file, struct snapshot_memory *memory,
			const struct snapshot_cause *cause)
{
	struct snapshot_mask mask;
	int error;

	snapshot_mask_set(&mask);
	error = snapshot_file_open(file);
	if (error == 0) {
		error = snapshot_write(memory, cause, file->fd);
		if (error == 0)
			error = snapshot_file_publish(file);
		snapshot_file_close(file);
	}
	snapshot_mask_restore(&mask);
	return error;
}

static void write_errors(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGXFSZ);
	sigaddset(set, SIGPIPE);
}

static bool is_write_error_pending(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 &&
	       (sigismember(&pending, SIGXFSZ) == 1 || sigismember(&pending, SIGPIPE) == 1);
}

void snapshot_mask_set(struct snapshot_mask *mask)
{
	sigset_t errors;

	write_errors(&errors);
	mask->is_pending = is_write_error_pending();
	pthread_sigmask(SIG_BLOCK, &errors, &mask->before);
}

void snapshot_mask_restore(const struct snapshot_mask *mask)
{
	static const struct timespec at_once;
	sigset_t errors;

	write_errors(&errors);
	while (!mask->is_pending && is_write_error_pending())
		if (sigtimedwait(&errors, NULL, &at_once) < 0 && errno != EINTR)
			break;
	pthread_sigmask(SIG_SETMASK, &mask->before, NULL);
}

static int set_path(struct snapshot_file *file, const char *path)
{
	struct text text = text_in(file->path, sizeof(file->path));

	text_add(&text, path);
	return text.is_cut ? -ENAMETOOLONG : 0;
}

int snapshot_file_take(const char *path, const struct snapshot_cause *cause)
{
	struct snapshot_memory *memory;
	struct snapshot_file *file;
	int error = -ENOMEM;

	if (!life_is_ready())
		return -ENODATA;
	memory = snapshot_memory_make(1);
	file = os_map(sizeof(*file)); /* not on the stack, which may be small */
	if (memory && file)
		error = path ? set_path(file, path) : snapshot_file_name(file);
	if (memory && file && error == 0)
		error = snapshot_file_write(file, memory, cause);
	if (file)
		os_unmap(file, sizeof(*file));
	if (memory)
		snapshot_memory_free(memory);
	snapshot_note(error);
	return error;
}
