/*
 * progress.h - how far long work is, on a terminal's standard error.
 *
 * Shown only after a second, and not while lines are printed to a terminal: they are progress enough.
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

/* `prints`: there will be lines on standard output meanwhile. */
void progress_begin(struct progress *progress, bool prints);

/* To be called now and then. With `all` 0 nobody knows how much there is to do: bytes that were done. */
void progress_show(struct progress *progress, uint64_t done, uint64_t all);

/* Takes the line away, if there is one. NULL is fine. */
void progress_wipe(struct progress *progress);

#endif
