/*
 * coverage.h - from when to when the retained events of a ring are.
 */
#ifndef TTDECODE_COVERAGE_H
#define TTDECODE_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "trace.h"

struct coverage {
	bool is_empty; /* no event that can be shown; then the rest is 0 */
	uint64_t first_ns;
	uint64_t last_ns;
	uint64_t first_seq;
	uint64_t last_seq;
};

/* Reads the ring's first and last chunks, and as many more as hold nothing to show. No damage is reported. 0 or -ENOMEM. */
int coverage_of_ring(struct trace *trace, struct trace_ring *ring, struct coverage *coverage);

/* The same over all rings; seq stays 0. */
int coverage_of_trace(struct trace *trace, struct coverage *coverage);

#endif
