/*
 * load.h - a file becomes a trace: finds out what it is and has it read.
 */
#ifndef TTDECODE_LOAD_H
#define TTDECODE_LOAD_H

#include "../input/core.h"
#include "trace.h"

/*
 * Opens and indexes a file; `file` is its place on the command line. Damage goes to the sink, now and while
 * events are read; path and sink must outlive the trace. 0; -EBADMSG if the file is refused (trace->refusal says why);
 * or -errno. After an error there is nothing to close.
 */
int load_trace(struct trace *trace, const char *path, unsigned file, struct damage *damage);

/*
 * The same of a source, which becomes the trace's, also after an error. `core` is what a core file says of the process, where it comes from one, else NULL.
 */
int load_source(struct trace *trace, struct source source, enum trace_origin origin,
		const struct core_process *core, unsigned file, struct damage *damage, bool is_lazy);

/* load_trace, but of a snapshot that has an index chunks are not read: what is wrong with one is found when it is due. */
int load_trace_lazily(struct trace *trace, const char *path, unsigned file, struct damage *damage);

#endif
