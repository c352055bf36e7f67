/*
 * collect.h - a sink of damage for tests, which remembers what was reported.
 */
#ifndef COLLECT_H
#define COLLECT_H

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../decoder/reader/load.h"
#include "../../decoder/input/damage.h"
#include "../../decoder/reader/merge.h"
#include "../../decoder/reader/trace.h"
#include "build_trace.h"

struct collect {
	struct damage damage; /* first, so that one is the other */
	uint64_t offset;      /* of the last report */
	char what[DAMAGE_TEXT_BYTES];
	char all[4096]; /* every report's text, one a line */
};

static inline void collect_report(struct damage *damage, const char *file, uint64_t offset, const char *what)
{
	struct collect *collect = (struct collect *)damage;
	size_t used = strlen(collect->all);

	(void)file;
	collect->offset = offset;
	snprintf(collect->what, sizeof(collect->what), "%s", what);
	snprintf(collect->all + used, sizeof(collect->all) - used, "%s\n", what);
}

static inline struct collect collect_begin(void)
{
	return (struct collect){ .damage = { .report = collect_report } };
}

/* Opens what was built as a trace, from a file that only the trace holds on to. Returns load_trace's result. */
static inline int collect_open(struct trace *trace, const struct build *build, struct collect *collect)
{
	int fd = build_file(build);
	int error;

	*collect = collect_begin();
	error = load_trace(trace, build_path(fd), 0, &collect->damage);
	close(fd);
	return error;
}

/* The next event with its arguments, NULL after the last. */
static inline struct event *collect_next(struct merge *merge)
{
	struct event *event;

	ck_assert_int_eq(merge_next(merge, &event), 0);
	if (event != NULL)
		event_decode(event);
	return event;
}

/* How many events an open trace has. */
static inline unsigned collect_count(struct trace *trace)
{
	struct merge merge;
	unsigned count = 0;

	ck_assert_int_eq(merge_open(&merge, trace, 1, 0, NULL), 0);
	while (collect_next(&merge) != NULL)
		count++;
	merge_close(&merge);
	return count;
}

/* Opens what was built, counts its events and closes it. */
static inline unsigned collect_events(struct trace *trace, const struct build *build, struct collect *collect)
{
	unsigned count;

	ck_assert_int_eq(collect_open(trace, build, collect), 0);
	count = collect_count(trace);
	trace_close(trace, NULL);
	return count;
}

#endif
