/*
 * books.h - what a program itself counted of its events, against what the recorder and its readers say.
 *
 * All of it for a moment at which nobody records; every difference is reported by account_wrong.
 */
#ifndef BOOKS_H
#define BOOKS_H

#include "account.h"

struct books {
	uint64_t recorded;
	uint64_t dropped[TT_DROP_CAUSES];
};

/* By tt_stats. `who` goes into the report. */
void books_check_stats(const struct books *books, const struct tt_stats *stats, const char *who);

/* By the counters of a trace, and by the events that are in it. What was overwritten is what tt_stats said. */
void books_check_trace(const struct books *books, const struct tt_stats *stats,
		       const struct account_trace *trace, const char *who);

/* By what `ttdecode --info` prints of the file: the program TTDECODE of the environment. */
void books_check_info(const struct books *books, const char *path, const char *who);

#endif
