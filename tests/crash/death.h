/*
 * death.h - lets a program die in a directory of its own, and collects how it died.
 */
#ifndef DEATH_H
#define DEATH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core_file.h"

#define DEATH_PATH_BYTES 1024

struct death {
	int status; /* as waitpid says; -1: it had to be killed because it did not end */
	bool has_core;
	struct core_file core;
};

/*
 * Runs arguments[0] in `directory`, which exists: its standard error goes to the file `stderr` there, its core file (if
 * `wants_core`) is read and removed.
 */
void death_of(struct death *death, const char *directory, char *const *arguments, bool wants_core);

/* The same in steps, for who has something to do in between. -1 after a message. */
pid_t death_start(const char *directory, char *const *arguments, bool wants_core);
int death_wait(pid_t pid);
void death_take(struct death *death, const char *directory,
		pid_t pid); /* waits, and has a look for the core file */

/* "signal 11", "exit 0" or "no end": valid until the second call after it. */
const char *death_text(int status);

#endif
