/*
 * options.h - ttdecode's command line: one table that parses, checks and explains it.
 */
#ifndef TTDECODE_OPTIONS_H
#define TTDECODE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "moment.h"

#define OPTIONS_PIDS_MAX 256u

enum action {
	ACTION_PRINT,
	ACTION_INFO,
	ACTION_CHECK,
	ACTION_REPACK,
	ACTION_HELP,
	ACTION_VERSION,
};

enum format {
	FORMAT_TEXT,
	FORMAT_JSON,
};

enum color {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

/* Texts belong to argv. */
struct options {
	enum action action;
	enum format format;
	enum color color;
	const char *output;  /* NULL: standard output */
	unsigned level;	     /* the lowest that is shown; 0: all */
	bool is_best;	     /* of --repack: as small as it gets */
	const char *targets; /* NULL: all; so below */
	const char *threads;
	const char *pattern;
	struct moment since;
	struct moment until;
	uint64_t head; /* UINT64_MAX: all; so below */
	uint64_t tail;
	unsigned jobs; /* threads at work; 0: as the files and the machine are */
	char **files;
	int file_count;
	uint32_t pids[OPTIONS_PIDS_MAX]; /* of living processes */
	unsigned pid_count;
};

/* Reads argv. False after one line on stderr that says what is wrong with it. */
bool options_parse(struct options *options, int argc, char **argv);

/* What --help prints, terminated. */
void options_help(int fd);

#endif
