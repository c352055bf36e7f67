/*
 * input.h - what a path leads to: one snapshot or region, or the regions of a core file, each as a source.
 *
 * A file that can be read in any order is its own source. What comes from a pipe, or is compressed, goes to a spool first, and so does what belongs to
 * the regions of a core.
 */
#ifndef TTDECODE_INPUT_H
#define TTDECODE_INPUT_H

#include <stdbool.h>

#include "core.h"
#include "damage.h"
#include "source.h"

struct input {
	const char *name;
	bool is_core;
	struct source source; /* where it is no core */
	struct core core;
};

/*
 * Opens `path`, "-" is standard input. Path and sink must outlive it and its sources; `watch` (may be NULL) is told of what takes long. 0; -errno as source_open, stream_open and core_read; -ENOSPC and the
 * like when a pipe cannot be copied. After an error there is nothing to close.
 */
int input_open(struct input *input, const char *path, struct damage *damage,
	       const struct stream_watch *watch);

/* How many sources it has. */
unsigned input_count(const struct input *input);

/* Gives one of them away: it is the caller's to close. */
struct source input_take(struct input *input, unsigned index);

void input_close(struct input *input);

#endif
