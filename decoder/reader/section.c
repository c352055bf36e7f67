#include "section.h"

#include <errno.h>
#include <string.h>

#include "../../format-spec/twin/bytes.h"
#include "chunkhead.h"
#include "view.h"

/* Reports a body that does not hold what it says, and a second one of a kind of which there is one. */
static bool is_first(struct scan *scan, unsigned type, const char *name, bool is_damaged)
{
	if (is_damaged)
		trace_report(scan->trace, scan->at, "the %s section does not hold what it says", name);
	else if (scan->seen & 1u << type)
		trace_report(scan->trace, scan->at, "a second %s section is ignored", name);
	else {
		scan->seen |= 1u << type;
		return true;
	}
	return false;
}

static int read_process(struct scan *scan, struct view body)
{
	struct trace *trace = scan->trace;
	struct trace_info info = trace->info;
	struct process process = trace->process;

	process.pid = view_u32(&body);
	info.chunk_bytes = view_u32(&body);
	info.start_time = view_u64(&body);
	info.taken_ns = view_u64(&body);
	info.policy = view_u32(&body);
	info.signal = (int32_t)view_u32(&body);
	info.signal_code = (int32_t)view_u32(&body);
	info.sender_pid = view_u32(&body);
	info.sender_uid = view_u32(&body);
	info.tid = view_u32(&body);
	info.fault_address = view_u64(&body);
	view_u64s(&body, info.dropped, TTF_DROP_CAUSES);
	info.retired_threads = view_u64(&body);
	info.retired_recorded = view_u64(&body);
	view_u64s(&body, info.retired_dropped, TTF_DROP_CAUSES);
	process.service = trace_keep_text(trace, view_string(&body));
	info.host = trace_keep_text(trace, view_string(&body));
	info.boot_id = trace_keep_text(trace, view_string(&body));
	info.version = trace_keep_text(trace, view_string(&body));
	info.exe = trace_keep_text(trace, view_string(&body));
	info.reason = trace_keep_text(trace, view_string(&body));
	if (!is_first(scan, TTF_SECTION_PROCESS, "PROCESS", body.failed))
		return 0;
	trace->info = info;
	trace->process = process;
	return 0;
}

static int read_clock(struct scan *scan, struct view body)
{
	struct clock *clock = &scan->trace->clock;
	uint32_t kind = view_u32(&body);
	uint32_t count = view_u32(&body);

	if (body.failed || count > TTF_CLOCKS_MAX || body.left / TTF_TRIPLE_BYTES < count) {
		trace_report(scan->trace, scan->at, "the CLOCK section does not hold what it says");
		return 0;
	}
	if ((scan->seen & 1u << TTF_SECTION_CLOCK) == 0) {
		if (!clock_set_kind(clock, kind))
			trace_report(scan->trace, scan->at, "clock %u is not known", kind);
	}
	scan->seen |= 1u << TTF_SECTION_CLOCK;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t ticks = view_u64(&body);
		uint64_t mono_ns = view_u64(&body);
		uint64_t real_ns = view_u64(&body);

		if (clock_add(clock, ticks, mono_ns, real_ns) != 0)
			return -ENOMEM;
	}
	return 0;
}

int section_read_sites(struct scan *scan, const struct section *section)
{
	uint64_t end = section->body + section->length;
	struct sites_range range = { .from = section->body, .to = end, .promised = end, .limit = end };

	return sites_read(&scan->trace->sites, &scan->window, &range, scan->trace->damage);
}

/* One entry of THREADS, with the padding behind it; its name is still in the body. */
static void parse_thread(struct view *body, struct trace_ring *thread)
{
	const uint8_t *start = body->at;
	size_t padding;

	*thread = (struct trace_ring){ .is_described = true };
	thread->ring.index = view_u32(body);
	thread->ring.tid = view_u32(body);
	thread->ring.serial = view_u64(body);
	thread->ring.is_nested = view_u32(body) == TTF_RING_NESTED;
	thread->use = view_u32(body);
	thread->start_ns = view_u64(body);
	thread->end_ns = view_u64(body);
	thread->recorded = view_u64(body);
	thread->overwritten = view_u64(body);
	view_u64s(body, thread->dropped, TTF_DROP_CAUSES);
	thread->ring.name = view_string(body);
	padding = (size_t)(start - body->at) & 7;
	/* That of the last entry may be the section's own. */
	view_take(body, padding < body->left ? padding : body->left);
	if (thread->ring.index >= TTF_RINGS_MAX)
		body->failed = true;
}

/* Of two entries of one ring the first counts. */
static int add_thread(struct scan *scan, struct trace_ring *thread)
{
	struct trace_ring *ring = trace_ring(scan->trace, thread->ring.index);

	if (ring == NULL)
		return -ENOMEM;
	if (ring->is_described) {
		trace_report(scan->trace, scan->at, "a second entry of ring %u is ignored",
			     thread->ring.index);
		return 0;
	}
	thread->ring.process = &scan->trace->process;
	thread->ring.name = trace_keep_text(scan->trace, thread->ring.name);
	*ring = *thread;
	return 0;
}

/* First all entries are read, then they are added: a body that does not hold them all is skipped. */
static int read_threads(struct scan *scan, struct view body)
{
	uint32_t count = view_u32(&body);
	struct trace_ring thread;
	struct view again;
	int error = 0;

	view_u32(&body);
	again = body;
	for (uint32_t i = 0; i < count && !body.failed; i++)
		parse_thread(&body, &thread);
	if (body.failed) {
		trace_report(scan->trace, scan->at, "the THREADS section does not hold what it says");
		return 0;
	}
	scan->seen |= 1u << TTF_SECTION_THREADS;
	for (uint32_t i = 0; i < count && error == 0; i++) {
		parse_thread(&again, &thread);
		error = add_thread(scan, &thread);
	}
	return error;
}

static void parse_module(struct view *body, struct trace_module *module)
{
	module->base = view_u64(body);
	module->end = view_u64(body);
	module->build_id = view_text(body, view_u8(body));
	module->path = view_string(body);
	if (module->build_id.bytes > TTF_BUILD_ID_MAX)
		body->failed = true;
}

static int add_module(struct scan *scan, struct trace_module *module)
{
	module->build_id = trace_keep_text(scan->trace, module->build_id);
	module->path = trace_keep_text(scan->trace, module->path);
	return trace_add_module(scan->trace, module);
}

/* In two steps as read_threads. */
static int read_modules(struct scan *scan, struct view body)
{
	uint32_t count = view_u32(&body);
	struct trace_module module;
	struct view again;
	int error = 0;

	view_u32(&body);
	again = body;
	for (uint32_t i = 0; i < count && !body.failed; i++)
		parse_module(&body, &module);
	if (body.failed) {
		trace_report(scan->trace, scan->at, "the MODULES section does not hold what it says");
		return 0;
	}
	for (uint32_t i = 0; i < count && error == 0; i++) {
		parse_module(&again, &module);
		error = add_module(scan, &module);
	}
	return error;
}

/* Reports a CHUNK of which that is wrong, and notes that it is lost. */
static void lose_chunk(struct scan *scan, const struct chunk *chunk, const char *wrong)
{
	struct trace_loss loss = { .offset = scan->at, .ring = chunk->ring };

	if (chunk->ring == TRACE_LOSS_ANY) {
		trace_report(scan->trace, scan->at, "%s", wrong);
	} else {
		trace_report(scan->trace, scan->at, "ring %u, chunk %llu: %s", chunk->ring,
			     (unsigned long long)chunk->number, wrong);
		loss.number = chunk->number;
		loss.events = chunk->events;
	}
	trace_lose(scan->trace, loss);
}

static int read_chunk(struct scan *scan, const struct section *section, const uint8_t *body)
{
	struct chunk chunk = { .offset = section->body + TTF_CHUNKS_DATA, .home = scan->at };
	const char *wrong = chunkhead_parse(body, section->length, &chunk);

	if (wrong != NULL)
		lose_chunk(scan, &chunk, wrong);
	if (wrong != NULL || chunk.words == 0)
		return 0;
	return trace_ring(scan->trace, chunk.ring) != NULL ? trace_add_chunk(scan->trace, &chunk) : -ENOMEM;
}

static int read_crash(struct scan *scan, struct view body)
{
	struct trace_crash crash = { 0 };
	bool is_damaged;

	crash.tid = view_u32(&body);
	crash.machine = view_u32(&body);
	crash.pc = view_u64(&body);
	crash.sp = view_u64(&body);
	crash.register_count = view_u32(&body);
	crash.frame_count = view_u32(&body);
	view_copy(&body, crash.siginfo, TTF_CRASH_SIGINFO_BYTES);
	is_damaged =
		crash.register_count > TTF_CRASH_REGISTERS_MAX || crash.frame_count > TTF_CRASH_FRAMES_MAX;
	if (!is_damaged) {
		view_u64s(&body, crash.registers, crash.register_count);
		view_u64s(&body, crash.frames, crash.frame_count);
	}
	if (!is_first(scan, TTF_SECTION_CRASH, "CRASH", is_damaged || body.failed))
		return 0;
	scan->trace->crash = trace_keep(scan->trace, &crash, sizeof(crash));
	return scan->trace->crash != NULL ? 0 : -ENOMEM;
}

static int read_end(struct scan *scan, struct view body)
{
	uint32_t torn;
	uint64_t sections;

	view_u32(&body);
	torn = view_u32(&body);
	sections = view_u64(&body);
	view_u64(&body);
	if (!body.failed && sections != scan->sections)
		trace_report(scan->trace, scan->at,
			     "the END section counts %llu sections before it, %llu were found",
			     (unsigned long long)sections, (unsigned long long)scan->sections);
	if (!is_first(scan, TTF_SECTION_END, "END", body.failed))
		return 0;
	scan->trace->torn += torn;
	scan->trace->info.is_whole = true;
	return 0;
}

int section_read(struct scan *scan, const struct section *section, const uint8_t *bytes)
{
	struct view body = view_of(bytes, section->length);

	switch (section->type) {
	case TTF_SECTION_PROCESS:
		return read_process(scan, body);
	case TTF_SECTION_CLOCK:
		return read_clock(scan, body);
	case TTF_SECTION_MODULES:
		return read_modules(scan, body);
	case TTF_SECTION_SITES:
		return section_read_sites(scan, section);
	case TTF_SECTION_THREADS:
		return read_threads(scan, body);
	case TTF_SECTION_CHUNK:
		return read_chunk(scan, section, bytes);
	case TTF_SECTION_CRASH:
		return read_crash(scan, body);
	case TTF_SECTION_END:
		return read_end(scan, body);
	case TTF_SECTION_INDEX:
		/* Else the scan had gone by it, and not come here. */
		trace_report(scan->trace, scan->at,
			     "the INDEX section does not describe what stands before it");
		return 0;
	default:
		return 0;
	}
}

void section_pass(struct scan *scan, const struct section *section)
{
	if (section->type == TTF_SECTION_INDEX) {
		scan->index = section->body - TTF_SECTION_HEADER;
		scan->indexed = section_end(section);
	}
	scan->at = section_end(section);
}
