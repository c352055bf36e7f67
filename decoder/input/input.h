/*
 * input.h - what a path leads to: one snapshot or region, or the regions of a core file; and those of a living process. Each is a source.
 *
 * A file that can be read in any order is its own source. What comes from a pipe, or is compressed, goes to a spool first, and so does what belongs to
 * the regions of a core.
 */
#ifndef TTDECODE_INPUT_H
#define TTDECODE_INPUT_H

#include "core.h"
#include "damage.h"
#include "living.h"
#include "source.h"

enum input_kind {
	INPUT_FILE,
	INPUT_CORE,
	INPUT_PROCESS,
};

struct input {
	const char *name;
	enum input_kind kind;
	struct source source; /* INPUT_FILE's */
	struct core core;
	struct living living;
	char process_name[24]; /* of INPUT_PROCESS */
};

/*
 * Opens `path`, "-" is standard input. Path and sink must outlive it and its sources; `watch` (may be NULL) is told of what takes long. 0; -errno as source_open, stream_open and core_read; -ENOSPC and the
 * like when a pipe cannot be copied. After an error there is nothing to close.
 */
int input_open(struct input *input, const char *path, struct damage *damage,
	       const struct stream_watch *watch);

/* The same of a living process. The input must stay where it is. -errno as living_open. */
int input_open_process(struct input *input, uint32_t pid);

/* How many sources it has. */
unsigned input_count(const struct input *input);

/* Gives one of them away: it is the caller's to close. */
struct source input_take(struct input *input, unsigned index);

void input_close(struct input *input);

#endif
