/*
 * report.h - the recorder's only voice: one line on stderr. Context: SIGNAL.
 */
#ifndef TTLOG_REPORT_H
#define TTLOG_REPORT_H

/* Writes "ttlog: <what>: <detail>: <error's text>" in one write. `detail` may be "" and `error` 0; a negative error counts as its positive. */
void report(const char *what, const char *detail, int error);

/* The same, but only the first time for this flag, which is 0 at first: a trouble that repeats is said once. */
void report_once(int *flag, const char *what, const char *detail, int error);

#endif
