/*
 * blackbox.h - the memory of a region: a file on tmpfs that outlives the process, or anonymous memory.
 *
 * The file is made without a name, or with O_EXCL and O_NOFOLLOW, mode 0600; its name nobody can foresee. No descriptor
 * is kept. All SIGNAL: the first event may come in a signal handler.
 */
#ifndef TTLOG_BLACKBOX_H
#define TTLOG_BLACKBOX_H

#include <limits.h>
#include <stdint.h>

struct blackbox {
	char *base;
	uint64_t bytes;
	char path[PATH_MAX]; /* empty: anonymous memory */
};

/*
 * Maps config.max_bytes of zeros; the first page is backed, and `fill` writes it. Only then the file gets its name, so that a process killed
 * meanwhile leaves nothing (where the file system can do that). Falls back to anonymous memory, with a report, if there can be no file. Old
 * black boxes of dead processes of this service are unlinked, but for the newest eight.
 */
int blackbox_make(struct blackbox *map, void (*fill)(void));

/* There is no room in the file, for the reason `why`: unlinks it, and puts anonymous memory in its place, with a report. 0, or `why`. */
int blackbox_use_memory(struct blackbox *map, int why);

/* Unlinks the file. The mapping stays. */
void blackbox_remove(struct blackbox *map);

#endif
