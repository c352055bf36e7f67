/*
 * trace_file.h - a trace as the judges of these tests see it: read by ttdecode's reader, every report of damage counted.
 */
#ifndef TRACE_FILE_H
#define TRACE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "../../decoder/reader/event.h"
#include "../../decoder/reader/trace.h"

struct trace_file {
	struct trace trace; /* open until trace_file_close */
	struct damage damage;
	uint64_t mono_ns;	/* CLOCK_MONOTONIC of the event that is shown just now */
	uint64_t change_count;	/* of the reports: a ring was just being taken */
	char first_damage[160]; /* of the other reports, or of those */
};

/* Opens the trace and calls `each` for every event in order of time. 0 or -errno, after which there is nothing to close. */
int trace_file_read(struct trace_file *file, const char *path,
		    void (*each)(void *user, const struct event *event), void *user);
void trace_file_close(struct trace_file *file);

/* The files in `directory` with `part` in their names: how many there are, and one's path. */
unsigned trace_file_find(const char *directory, const char *part, char *path, size_t capacity);

/* Removes a directory's files, and those in its directories, and itself. */
void trace_file_clear(const char *directory);

#endif
