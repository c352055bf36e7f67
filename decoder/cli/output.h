/*
 * output.h - where ttdecode writes: standard output, or a file that appears under its name only when it is whole.
 */
#ifndef TTDECODE_OUTPUT_H
#define TTDECODE_OUTPUT_H

#include <stdbool.h>

struct output {
	int fd;
	const char *name; /* for diagnostics */
	char *path;	  /* where the file is to appear; NULL: the descriptor is written to as it is */
	char *temporary;  /* its name until then; NULL: it has none yet */
};

/*
 * Begins to write to `path`, NULL: standard output. A device or a pipe is written to directly. 0 or -errno, and
 * nothing is open.
 */
int output_open(struct output *output, const char *path);

/* The end: `is_good` puts the file under its name, else no trace of it remains. 0 or -errno. */
int output_close(struct output *output, bool is_good);

#endif
