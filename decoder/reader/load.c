/*
 * load.c - see load.h.
 */
#include "load.h"

#include <errno.h>
#include <string.h>

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
	return trace_refuse(trace, "neither a ttlog snapshot nor a black box nor a core file");
}

/* What a core file says of the process, and of how it ended. */
static int add_core(struct trace *trace, const struct core_process *core)
{
	struct trace_crash *crash;

	if (core == NULL || core->pid != trace->process.pid)
		return 0; /* a region that it shares with another process */
	trace->info.signal = core->signal;
	for (size_t i = 0; i < core->module_count; i++) {
		const char *path = core->modules[i].path;
		struct trace_module module = { .base = core->modules[i].base, .end = core->modules[i].end };
		int error;

		module.path = trace_keep_text(trace, (struct text){ path, strlen(path) });
		error = trace_add_module(trace, &module);
		if (error != 0)
			return error;
	}
	if (core->signal == 0)
		return 0;
	crash = trace_keep(trace,
			   &(struct trace_crash){ .tid = core->tid,
						  .machine = core->machine,
						  .pc = core->pc,
						  .sp = core->sp,
						  .register_count = core->register_count,
						  .frame_count = core->register_count > 0,
						  .frames = { core->pc } },
			   sizeof(*crash));
	if (crash == NULL)
		return -ENOMEM;
	memcpy(crash->registers, core->registers, core->register_count * sizeof(crash->registers[0]));
	memcpy(crash->siginfo, core->siginfo, sizeof(crash->siginfo));
	trace->crash = crash;
	return 0;
}

static int read_source(struct trace *trace, const struct core_process *core, bool is_lazy)
{
	int error = sites_open(&trace->sites);

	if (error == 0)
		error = read_file(trace, is_lazy);
	if (error == 0)
		error = add_core(trace, core);
	if (trace->failure == -ENOMEM || error == -EBADMSG)
		error = trace->failure != 0 ? trace->failure
					    : error; /* it may be none of ours for want of a byte only */
	return error;
}

int load_source(struct trace *trace, struct source source, enum trace_origin origin,
		const struct core_process *core, unsigned file, struct damage *damage, bool is_lazy)
{
	uint64_t damage_before = damage->count;
	int error;

	*trace = (struct trace){ .damage = damage,
				 .process = { .file = file, .service = { "", 0 } },
				 .info = { .origin = origin },
				 .source = source,
				 .spool = { .fd = -1 } };
	trace->source.failure = &trace->failure;
	error = read_source(trace, core, is_lazy);
	if (error != 0) {
		trace_close(trace, NULL);
		return error;
	}
	trace_finish(trace);
	trace->damage_count = damage->count - damage_before;
	return 0;
}

static int load_path(struct trace *trace, const char *path, unsigned file, struct damage *damage,
		     bool is_lazy)
{
	struct source source;
	int error = source_open(&source, path);

	return error != 0 ? error : load_source(trace, source, ORIGIN_FILE, NULL, file, damage, is_lazy);
}

int load_trace(struct trace *trace, const char *path, unsigned file, struct damage *damage)
{
	return load_path(trace, path, file, damage, false);
}

int load_trace_lazily(struct trace *trace, const char *path, unsigned file, struct damage *damage)
{
	return load_path(trace, path, file, damage, true);
}
