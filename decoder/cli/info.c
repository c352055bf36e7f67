#include "info.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "../reader/coverage.h"
#include "../render/characters.h"
#include "../render/stamp.h"
#include "crash.h"
#include "gone.h"
#include "names.h"
#include "words.h"

#define NS_PER_SECOND 1000000000u

/* Readings nearer to each other than this do not tell the counter's rate. */
#define RATE_SPAN_NS 100000000u

/* Sums over all rings. */
struct totals {
	uint32_t threads;
	uint32_t live;
	uint64_t recorded;
	uint64_t retained;
	uint64_t overwritten;
	uint64_t dropped[TTF_DROP_CAUSES];
};

static uint64_t sum(const uint64_t *counts)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < TTF_DROP_CAUSES; i++)
		all += counts[i];
	return all;
}

/* Whether no thread of the process can be alive now. */
static bool is_over(const struct trace *trace)
{
	return trace->kind == TRACE_REGION ? !trace->info.is_alive : trace->info.policy == TTF_POLICY_CRASH;
}

/* A ring that no thread ever used says nothing. */
static bool is_used(const struct trace_ring *ring)
{
	return ring != NULL &&
	       (ring->use != TTF_RING_USE_NONE || ring->recorded > 0 || sum(ring->dropped) > 0);
}

static void add_up(const struct trace *trace, struct totals *totals)
{
	*totals = (struct totals){ 0 };
	for (uint32_t i = 0; i < trace->ring_count; i++) {
		const struct trace_ring *ring = trace->rings[i];

		if (!is_used(ring))
			continue;
		totals->threads += !ring->ring.is_nested;
		totals->live += !ring->ring.is_nested && ring->use == TTF_RING_USE_LIVE;
		totals->recorded += ring->recorded;
		totals->retained += ring->retained;
		totals->overwritten += ring->overwritten;
		for (unsigned cause = 0; cause < TTF_DROP_CAUSES; cause++)
			totals->dropped[cause] += ring->dropped[cause];
	}
	for (unsigned cause = 0; cause < TTF_DROP_CAUSES; cause++)
		totals->dropped[cause] += trace->info.dropped[cause];
}

static void print_causes(struct out *out, const uint64_t *dropped)
{
	const char *separator = "  (";

	for (unsigned i = 0; i < TTF_DROP_CAUSES; i++) {
		const char *name = names_drop(i);

		if (dropped[i] == 0)
			continue;
		words_print(out, "%s%" PRIu64 " %s", separator, dropped[i],
			    name != NULL ? name : "unknown cause");
		separator = ", ";
	}
	if (sum(dropped) > 0)
		out_byte(out, ')');
}

static void print_file(struct out *out, const struct trace *trace)
{
	static const char *const origins[] = { "black box", "core file, region", "region" };

	words_name(out, trace->source.name);
	if (trace->kind == TRACE_SNAPSHOT)
		words_print(out, ": snapshot, format %u.%u, ", trace->info.major, trace->info.minor);
	else
		words_print(out, ": %s, layout %u, ", origins[trace->info.origin], trace->info.major);
	words_bytes(out, trace->source.bytes);
	out_byte(out, '\n');
}

static void print_process(struct out *out, const struct trace *trace)
{
	const struct trace_info *info = &trace->info;

	words_key(out, "process");
	words_text(out, trace->process.service);
	words_print(out, "[%" PRIu32 "]", trace->process.pid);
	if (info->exe.bytes > 0) {
		out_string(out, "  ");
		words_text(out, info->exe);
	}
	out_byte(out, '\n');
	words_line(out, "host", info->host);
	words_line(out, "boot", info->boot_id);
}

static void print_core(struct out *out, const struct trace *trace)
{
	const char *name = names_signal(trace->info.signal);

	if (trace->info.signal == 0)
		out_string(out, "in a core file of the running process\n");
	else
		words_print(out, "the process was ended by signal %" PRId32 "%s%s\n", trace->info.signal,
			    name != NULL ? " " : "", name != NULL ? name : "");
}

static void print_fate(struct out *out, const struct trace *trace)
{
	words_key(out, "state");
	if (trace->info.origin == ORIGIN_CORE)
		print_core(out, trace);
	else if (trace->info.is_alive)
		out_string(out, "the process is running: this is one moment of it\n");
	else if (trace->info.region_state == TTF_STATE_SHUT_DOWN)
		out_string(out, "shut down: the process ended in good order\n");
	else
		out_string(out, "the process is gone and did not shut the recorder down\n");
}

static void print_sender(struct out *out, const struct trace_info *info)
{
	const char *name = names_signal(info->signal);
	const char *code = names_signal_code(info->signal, info->signal_code);

	words_print(out, "signal %" PRId32, info->signal);
	if (name != NULL)
		words_print(out, " %s", name);
	words_print(out, ", code %" PRId32, info->signal_code);
	if (code != NULL)
		words_print(out, " %s", code);
	/* A code of 0 or below: a process sent it. Above: the kernel, about an address. */
	if (info->signal_code <= 0)
		words_print(out, ", from process %" PRIu32 " of user %" PRIu32, info->sender_pid,
			    info->sender_uid);
	else
		words_print(out, ", at address 0x%" PRIx64, info->fault_address);
}

static void print_reason(struct out *out, const struct trace *trace)
{
	static const char *const policies[] = { "for an unknown reason", "on demand", "on a signal",
						"at a crash" };
	const struct trace_info *info = &trace->info;

	words_key(out, "taken");
	stamp_render(out, info->taken_ns);
	words_print(out, " %s", policies[info->policy <= TTF_POLICY_CRASH ? info->policy : 0]);
	words_print(out, " by thread %" PRIu32 "\n", info->tid);
	words_line(out, "reason", info->reason);
	if (info->signal != 0) {
		words_key(out, "signal");
		print_sender(out, info);
		out_byte(out, '\n');
	}
	if (!info->is_whole) {
		words_key(out, "state");
		out_string(out, "cut short: the end is missing, the newest chunks come first\n");
	}
}

/* Ticks a second, from the two clock readings that are farthest apart. */
static void print_clock(struct out *out, const struct trace *trace)
{
	const struct clock *clock = &trace->clock;
	const char *name = names_clock(clock->kind);
	uint64_t ns = clock->highest.ns - clock->lowest.ns;
	uint64_t ticks = clock->highest.ticks - clock->lowest.ticks;

	words_key(out, "clock");
	out_string(out, name != NULL ? name : "unknown");
	if (clock->is_held)
		out_string(out, ", adaptive");
	if (clock->kind != TTF_CLOCK_MONOTONIC && ns >= RATE_SPAN_NS)
		words_print(out, ", %.3f MHz", (double)ticks * 1000.0 / (double)ns);
	words_print(out, ", %zu reading%s of CLOCK_REALTIME\n", clock->count, clock->count == 1 ? "" : "s");
}

static void print_versions(struct out *out, const struct trace *trace)
{
	words_line(out, "writer", trace->info.version);
	print_clock(out, trace);
	words_key(out, "sites");
	words_print(out, "%" PRIu32, trace->sites.count);
	if (trace->sites.unknown > 0)
		words_print(out, ", %" PRIu32 " of them of a later version", trace->sites.unknown);
	out_byte(out, '\n');
}

static void print_span(struct out *out, const struct coverage *coverage)
{
	uint64_t ns = coverage->last_ns - coverage->first_ns;

	words_print(out, "%" PRIu64 ".%06" PRIu64 " s", ns / NS_PER_SECOND, ns % NS_PER_SECOND / 1000);
}

static int print_coverage(struct out *out, struct trace *trace)
{
	struct coverage coverage;
	int error = coverage_of_trace(trace, &coverage);

	if (error != 0 || coverage.is_empty)
		return error;
	words_key(out, "covers");
	stamp_render(out, coverage.first_ns);
	out_string(out, " to ");
	stamp_render(out, coverage.last_ns);
	out_string(out, ", ");
	print_span(out, &coverage);
	out_byte(out, '\n');
	return 0;
}

/* Without reading a record: --check says more. */
static void print_gone(struct out *out, struct trace *trace)
{
	struct gone gone = { .trace = trace };

	for (uint32_t i = 0; i < trace->ring_count; i++)
		if (trace->rings[i] != NULL)
			gone_chunks(&gone, trace->rings[i]);
	gone_rest(&gone);
	if (gone.places == 0)
		return;
	words_key(out, "gone");
	words_print(out, "%" PRIu64 " events, in %" PRIu64 " place%s; --check lists them\n", gone.events,
		    gone.places, gone.places == 1 ? "" : "s");
}

static void print_totals(struct out *out, struct trace *trace)
{
	const struct trace_info *info = &trace->info;
	struct totals totals;

	add_up(trace, &totals);
	words_key(out, "threads");
	words_print(out, "%" PRIu32 ", %" PRIu32 " of them %s", totals.threads, totals.live,
		    is_over(trace) ? "alive at the end" : "live");
	if (info->retired_threads > 0)
		words_print(out,
			    "; before them %" PRIu64 " whose rings were reused, with %" PRIu64
			    " events, %" PRIu64 " dropped",
			    info->retired_threads, info->retired_recorded, sum(info->retired_dropped));
	out_byte(out, '\n');
	words_key(out, "events");
	words_print(out, "%" PRIu64 " recorded, %" PRIu64 " retained, %" PRIu64 " overwritten\n",
		    totals.recorded, totals.retained, totals.overwritten);
	words_key(out, "dropped");
	words_print(out, "%" PRIu64, sum(totals.dropped));
	print_causes(out, totals.dropped);
	out_byte(out, '\n');
	words_key(out, "torn");
	words_print(out, "%" PRIu64 " chunks\n", trace->torn);
	print_gone(out, trace);
	words_key(out, "damage");
	if (trace->damage_count == 0)
		out_string(out, "none found; --check reads every record too\n");
	else
		words_print(out, "%" PRIu64 " reports on standard error\n", trace->damage_count);
}

static const char *state_of(const struct trace *trace, const struct trace_ring *ring)
{
	if (!ring->is_described)
		return "unknown";
	if (ring->use == TTF_RING_USE_EXITED)
		return "exited";
	return is_over(trace) ? "lived" : "lives";
}

/* The name, for a nested ring with its mark, padded to a column's width. */
static void print_name(struct out *out, const struct ring *ring, unsigned width)
{
	unsigned columns = words_text(out, ring->name);

	if (ring->is_nested) {
		out_string(out, "/nested");
		columns += 7;
	}
	if (columns == 0) {
		out_byte(out, '-');
		columns = 1;
	}
	if (columns < width)
		out_repeat(out, ' ', width - columns);
}

#define NAME_COLUMNS 24

static int print_ring(struct out *out, struct trace *trace, struct trace_ring *ring)
{
	struct coverage coverage;
	int error = coverage_of_ring(trace, ring, &coverage);

	if (error != 0)
		return error;
	out_string(out, "  ");
	print_name(out, &ring->ring, NAME_COLUMNS);
	words_print(out, "%8" PRIu32 "  %-7s %12" PRIu64 " %12" PRIu64 " %12" PRIu64 " %9" PRIu64 "  ",
		    ring->ring.tid, state_of(trace, ring), ring->recorded, ring->retained, ring->overwritten,
		    sum(ring->dropped));
	if (coverage.is_empty)
		out_byte(out, '-');
	else
		print_span(out, &coverage);
	print_causes(out, ring->dropped);
	out_byte(out, '\n');
	return 0;
}

static int print_rings(struct out *out, struct trace *trace)
{
	int error = 0;

	words_print(out, "\n  %-*s%8s  %-7s %12s %12s %12s %9s  %s\n", NAME_COLUMNS, "THREAD", "TID", "STATE",
		    "RECORDED", "RETAINED", "OVERWRITTEN", "DROPPED", "COVERS");
	for (uint32_t i = 0; i < trace->ring_count && error == 0; i++)
		if (is_used(trace->rings[i]))
			error = print_ring(out, trace, trace->rings[i]);
	return error;
}

static void print_modules(struct out *out, const struct trace *trace)
{
	if (trace->module_count == 0)
		return;
	words_print(out, "\n  MODULES\n");
	for (size_t i = 0; i < trace->module_count; i++) {
		const struct trace_module *module = &trace->modules[i];

		words_print(out, "  %016" PRIx64 "-%016" PRIx64 "  ", module->base, module->end);
		words_text(out, module->path);
		if (module->build_id.bytes > 0)
			out_string(out, "  build-id ");
		for (size_t byte = 0; byte < module->build_id.bytes; byte++)
			words_print(out, "%02x", (unsigned char)module->build_id.at[byte]);
		out_byte(out, '\n');
	}
}

int info_print(struct out *out, struct trace *trace)
{
	int error;

	print_file(out, trace);
	print_process(out, trace);
	if (trace->kind == TRACE_REGION)
		print_fate(out, trace);
	else
		print_reason(out, trace);
	print_versions(out, trace);
	error = print_coverage(out, trace);
	print_totals(out, trace);
	if (error == 0)
		error = print_rings(out, trace);
	crash_print(out, trace);
	print_modules(out, trace);
	return error;
}
