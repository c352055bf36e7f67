/*
 * progress.h - how far long work is, on a terminal's standard error.
 *
 * Shown only after a second, and never when standard output is a terminal too: the lines there are progress enough.
 */
#ifndef TTDECODE_PROGRESS_H
#define TTDECODE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool is_wanted;
	bool is_shown;
	uint64_t next_ns; /* CLOCK_MONOTONIC when it is shown next */
};

void progress_begin(struct progress *progress);

/* To be called now and then. */
void progress_show(struct progress *progress, uint64_t done, uint64_t all);

/* Takes the line away, if there is one. NULL is fine. */
void progress_wipe(struct progress *progress);

#endif
