/*
 * gone.h - what a trace does not have, or has and cannot show: by thread, generation and reason.
 *
 * A line of `ttdecode --check` for each, in this form; numbers that nothing tells are `?`, and the thread's name is last since
 * it may hold anything:
 *
 *	FILE: gone: tid=2001 ring=0 generation=5-6 seq=812-901 events=90 reason=damaged offset=8192 thread=worker-1
 *
 * Reasons: damaged (a chunk, or the section that held it), cut (by the file's end), torn (recycled while it was copied), missing
 * (nothing tells why), records (in an intact chunk), sites (that nothing describes).
 */
#ifndef TTDECODE_GONE_H
#define TTDECODE_GONE_H

#include "../reader/trace.h"
#include "../render/out.h"

struct gone {
	struct out *out; /* NULL: count only */
	struct trace *trace;
	uint64_t events; /* as far as they are known */
	uint64_t places; /* lines */
	uint64_t shown;	 /* events that can be read; gone_in_chunks counts them */
};

/* What is not there of a ring's chunks. Reads nothing. */
void gone_chunks(struct gone *gone, const struct trace_ring *ring);

/* After all rings: damage that could not be told to be of one. */
void gone_rest(struct gone *gone);

/* Reads every record of the ring and says what of its chunks cannot be shown. 0 or -ENOMEM. */
int gone_in_chunks(struct gone *gone, struct trace_ring *ring);

#endif
