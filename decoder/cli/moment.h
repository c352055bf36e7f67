/*
 * moment.h - durations and moments as users write them. Pure.
 *
 *	duration	10ms  5s  1m30s  0.5h		units ns us ms s m h d
 *	moment		2026-11-21T01:02:03.5Z		UTC, or +01:00; seconds, and the whole time of day, may be left out
 *			-5s  10ms			before the end of the trace
 */
#ifndef TTDECODE_MOMENT_H
#define TTDECODE_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

struct moment {
	bool is_given;
	bool is_before_end; /* ns counts back from the trace's end; else from 1970 */
	uint64_t ns;
};

/* False, and nothing has changed, if the text is no such thing. Durations end at 2^63 ns. */
bool moment_parse_duration(const char *text, uint64_t *ns);
bool moment_parse(const char *text, struct moment *moment);

/* The moment in CLOCK_REALTIME ns, for a trace that ends at `end_ns`. */
uint64_t moment_resolve(const struct moment *moment, uint64_t end_ns);

#endif
