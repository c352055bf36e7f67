/*
 * snapshot_file.h - where snapshots go: a file that appears under its name only when it is whole.
 *
 * Nameless (O_TMPFILE) and linked at the end, where the file system can; else under a private name and renamed. What a killed process has
 * left under such a name is taken away by the next one that makes one there. SIGNAL: a job's memory is made beforehand.
 */
#ifndef TTLOG_SNAPSHOT_FILE_H
#define TTLOG_SNAPSHOT_FILE_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "snapshot.h"

struct snapshot_file {
	int fd;
	dev_t device; /* this and the next: is fd still ours? */
	ino_t inode;
	bool is_nameless;
	bool is_published;
	char path[PATH_MAX];	  /* the final name */
	char temporary[PATH_MAX]; /* the private one */
};

/* Sets file->path to the default name: <dir>/<service>-<pid>-<time>.tts. 0 or -ENAMETOOLONG. */
int snapshot_file_name(struct snapshot_file *file);

/* Opens a file that will become file->path. */
int snapshot_file_open(struct snapshot_file *file);

/* Is the descriptor what was opened? The program may have closed and reused it. */
bool snapshot_file_is_ours(const struct snapshot_file *file);

/* Gives the file its name, replacing another. */
int snapshot_file_publish(struct snapshot_file *file);

/* Closes it. What was not published leaves nothing behind. */
void snapshot_file_close(struct snapshot_file *file);

/* A whole snapshot to file->path, or nothing; counts a failure. Returns the first error. */
int snapshot_file_write(struct snapshot_file *file, struct snapshot_memory *memory,
			const struct snapshot_cause *cause);

/* The same to `path` (NULL: the default name), in memory of its own. -ENODATA: nothing was ever recorded. CONTROL. */
int snapshot_file_take(const char *path, const struct snapshot_cause *cause);

/*
 * SIGXFSZ and SIGPIPE must not kill the program for our write: blocked before, and taken off the thread after.
 */
struct snapshot_mask {
	sigset_t before;
	bool is_pending;
};
void snapshot_mask_set(struct snapshot_mask *mask);
void snapshot_mask_restore(const struct snapshot_mask *mask);

#endif
