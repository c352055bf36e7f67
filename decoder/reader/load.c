/*
 * load.c - see load.h.
 */
#include "load.h"

#include <errno.h>

#include "region.h"
#include "snapshot.h"

/* What a file is: format-spec/README.md, "Conformance". */
static int read_file(struct trace *trace, bool is_lazy)
{
	if (snapshot_is(&trace->source))
		return snapshot_read(trace, is_lazy);
	if (region_is(&trace->source))
		return region_read(trace);
	if (snapshot_is_damaged(&trace->source))
		return snapshot_read(trace, is_lazy);
	if (region_is_damaged(&trace->source))
		return region_read(trace);
	return trace_refuse(trace, "neither a ttlog snapshot nor a black box");
}

static int load(struct trace *trace, const char *path, unsigned file, struct damage *damage, bool is_lazy)
{
	uint64_t damage_before = damage->count;
	int error;

	*trace = (struct trace){ .damage = damage,
				 .process = { .file = file, .service = { "", 0 } },
				 .spool = { .fd = -1 } };
	error = source_open(&trace->source, path);
	if (error != 0)
		return error;
	trace->source.failure = &trace->failure;
	error = sites_open(&trace->sites);
	if (error == 0)
		error = read_file(trace, is_lazy);
	if (trace->failure == -ENOMEM || error == -EBADMSG)
		error = trace->failure != 0 ? trace->failure
					    : error; /* it may be none of ours for want of a byte only */
	if (error != 0) {
		trace_close(trace, NULL);
		return error;
	}
	trace_finish(trace);
	trace->damage_count = damage->count - damage_before;
	return 0;
}

int load_trace(struct trace *trace, const char *path, unsigned file, struct damage *damage)
{
	return load(trace, path, file, damage, false);
}

int load_trace_lazily(struct trace *trace, const char *path, unsigned file, struct damage *damage)
{
	return load(trace, path, file, damage, true);
}
