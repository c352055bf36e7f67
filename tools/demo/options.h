/*
 * options.h - the command line of ttlog-demo.
 */
#ifndef DEMO_OPTIONS_H
#define DEMO_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define OPTIONS_THREADS_MAX 64u

struct options {
	const char *directory;
	unsigned thread_count;
	const char *snapshot_path; /* or NULL */
	const char *index_path;	   /* or NULL */
	uint64_t crash_after_count;
	bool has_crash_after;
	bool is_repeated;
	bool is_quiet;
};

enum options_result {
	OPTIONS_RUN,
	OPTIONS_HELP, /* the help was printed on stdout */
	OPTIONS_WRONG /* what is wrong was printed on stderr */
};

/* The paths point into argv. */
enum options_result options_parse(struct options *options, int argc, char **argv);

#endif
