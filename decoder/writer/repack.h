/*
 * repack.h - a trace as a snapshot file: everything that is known of it, its chunks packed anew.
 *
 * What readers show of the file is what they show of the trace's own. A chunk that cannot be read keeps its place, without data.
 */
#ifndef TTDECODE_REPACK_H
#define TTDECODE_REPACK_H

#include <stdbool.h>
#include <stdint.h>

#include "../reader/trace.h"
#include "../render/out.h"

struct repack {
	bool is_best; /* compression as good as it gets: it takes twenty times as long */
	void (*progress)(void *user, uint64_t done, uint64_t all); /* after each chunk; may be NULL */
	void *user;
};

/* Appends the file. 0 or -ENOMEM; what goes wrong with writing shows in to->error. */
int repack_trace(struct out *to, struct trace *trace, const struct repack *how);

#endif
