#include "snapshot.h"

#include <errno.h>
#include <string.h>

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/crc32.h"
#include "chunk.h"
#include "view.h"
#include "window.h"

/* The reading of one file. */
struct scan {
	struct trace *trace;
	struct window window;
	struct chunk_scratch scratch; /* to try whether chunks decode */
	uint64_t at;		      /* offset of the section that is read */
	uint64_t sections;	      /* intact headers so far */
	bool has_process;
};

struct section {
	uint16_t type;
	uint32_t length;
	uint32_t body_crc;
	uint64_t body; /* offset in the file */
};

#define report(scan, offset, ...)                                                                            \
	damage_report((scan)->trace->damage, (scan)->trace->source.name, (offset), __VA_ARGS__)

bool snapshot_is(const struct source *source)
{
	uint8_t magic[8];
	uint8_t wanted[8];
	size_t bytes = source->bytes < 8 ? (size_t)source->bytes : 8;

	ttf_store64(wanted, TTF_FILE_MAGIC_VALUE);
	return source_read(source, 0, magic, bytes) == 0 && memcmp(magic, wanted, bytes) == 0;
}

static bool is_section(const uint8_t *header)
{
	return ttf_load64(header + TTF_SECTION_MARKER) == TTF_SECTION_MARKER_VALUE &&
	       ttf_load32(header + TTF_SECTION_HEADER_CRC) == ttf_crc32(0, header, TTF_SECTION_HEADER_CRC) &&
	       ttf_load32(header + TTF_SECTION_LENGTH) <= TTF_SECTION_LENGTH_MAX;
}

/* The first multiple of 8 from `at` on where an intact section header stands; the file's end if there is none. */
static uint64_t search(struct window *window, uint64_t at)
{
	uint64_t size = window->source->bytes;
	uint64_t next_look = 0;

	for (at = ttf_pad8(at); at < size; at += 8) {
		const uint8_t *header;

		if (at >= next_look) {
			/* Holes may be endless, and hold no section. */
			at = source_next_data(window->source, at) & ~(uint64_t)7;
			next_look = at + 1048576;
		}
		header = window_at(window, at, TTF_SECTION_HEADER);
		if (header == NULL)
			return size;
		if (is_section(header))
			return at;
	}
	return size;
}

bool snapshot_is_damaged(const struct source *source)
{
	struct window window = WINDOW_ON(source);
	uint64_t found = search(&window, 0);

	window_free(&window);
	return found < source->bytes;
}

/* The file's header. Version and flags count only if its CRC is right. */
static int read_header(struct scan *scan)
{
	struct trace *trace = scan->trace;
	const uint8_t *header = window_at(&scan->window, 0, TTF_FILE_HEADER);

	if (header == NULL) {
		report(scan, 0, "the file's header is cut short");
		return 0;
	}
	if (!snapshot_is(&trace->source)) {
		report(scan, 0, "the file's magic is damaged");
		return 0;
	}
	header = window_at(&scan->window, 0, TTF_FILE_HEADER);
	if (ttf_load32(header + TTF_FILE_CRC) != ttf_crc32(0, header, TTF_FILE_CRC)) {
		report(scan, 0, "the file's header is damaged: wrong CRC");
		return 0;
	}
	trace->info.major = ttf_load16(header + TTF_FILE_MAJOR);
	trace->info.minor = ttf_load16(header + TTF_FILE_MINOR);
	if (trace->info.major > TTF_MAJOR)
		return trace_refuse(trace, "format version %u.%u is newer than this ttdecode, which reads %u",
				    trace->info.major, trace->info.minor, TTF_MAJOR);
	if (ttf_load64(header + TTF_FILE_INCOMPATIBLE) != 0)
		return trace_refuse(trace,
				    "the file needs features that this ttdecode does not know: flags 0x%llx",
				    (unsigned long long)ttf_load64(header + TTF_FILE_INCOMPATIBLE));
	return 0;
}

static int read_process(struct scan *scan, struct view body)
{
	struct trace *trace = scan->trace;
	struct trace_info info = trace->info;
	struct process process = trace->process;

	if (scan->has_process) {
		report(scan, scan->at, "a second PROCESS section is ignored");
		return 0;
	}
	process.pid = view_u32(&body);
	info.chunk_bytes = view_u32(&body);
	info.start_time = view_u64(&body);
	info.taken_ns = view_u64(&body);
	info.policy = view_u32(&body);
	info.signal = (int32_t)view_u32(&body);
	info.si_code = (int32_t)view_u32(&body);
	info.si_pid = view_u32(&body);
	info.si_uid = view_u32(&body);
	info.tid = view_u32(&body);
	info.si_addr = view_u64(&body);
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
	if (body.failed)
		report(scan, scan->at, "the PROCESS section is too short");
	/* What was read of a short one is right all the same: its CRC was. */
	trace->info = info;
	trace->process = process;
	scan->has_process = true;
	return 0;
}

static int read_clock(struct scan *scan, struct view body)
{
	struct clock *clock = &scan->trace->clock;
	uint32_t kind = view_u32(&body);
	uint32_t count = view_u32(&body);

	if (clock->kind == 0)
		clock->kind = kind;
	if (count > TTF_CLOCKS_MAX || body.left / TTF_TRIPLE_BYTES < count) {
		report(scan, scan->at, "the CLOCK section counts %u triples and has no room for them", count);
		count = body.left / TTF_TRIPLE_BYTES < TTF_CLOCKS_MAX
				? (uint32_t)(body.left / TTF_TRIPLE_BYTES)
				: TTF_CLOCKS_MAX;
	}
	for (uint32_t i = 0; i < count; i++) {
		uint64_t ticks = view_u64(&body);
		uint64_t mono_ns = view_u64(&body);
		uint64_t real_ns = view_u64(&body);

		if (clock_add(clock, ticks, mono_ns, real_ns) != 0)
			return -ENOMEM;
	}
	return 0;
}

static int read_sites(struct scan *scan, const struct section *section)
{
	return sites_read(&scan->trace->sites, &scan->window, section->body, section->body + section->length,
			  scan->trace->damage);
}

/* One entry of THREADS. A later entry of the same ring is newer. */
static int read_thread(struct scan *scan, struct view *body)
{
	struct trace_ring thread = { 0 };
	struct trace_ring *ring;
	const uint8_t *start = body->at;
	uint32_t number = view_u32(body);
	struct text name;

	thread.ring.tid = view_u32(body);
	thread.ring.serial = view_u64(body);
	thread.ring.is_nested = view_u32(body) == TTF_RING_NESTED;
	thread.use = view_u32(body);
	thread.start_ns = view_u64(body);
	thread.end_ns = view_u64(body);
	thread.recorded = view_u64(body);
	thread.overwritten = view_u64(body);
	view_u64s(body, thread.dropped, TTF_DROP_CAUSES);
	name = view_string(body);
	if (body->failed || number >= TTF_RINGS_MAX) {
		report(scan, scan->at, "an entry of the THREADS section is damaged");
		body->failed = true;
		return 0;
	}
	/* The padding of the last entry may be the section's own. */
	if (body->left >= (size_t)(-(body->at - start) & 7))
		view_take(body, (size_t)(-(body->at - start) & 7));
	ring = trace_ring(scan->trace, number);
	if (ring == NULL)
		return -ENOMEM;
	thread.ring.process = &scan->trace->process;
	thread.ring.index = number;
	thread.ring.name = trace_keep_text(scan->trace, name);
	thread.is_described = true;
	*ring = thread;
	return 0;
}

static int read_threads(struct scan *scan, struct view body)
{
	uint32_t count = view_u32(&body);

	view_u32(&body);
	for (uint32_t i = 0; i < count && !body.failed; i++)
		if (read_thread(scan, &body) != 0)
			return -ENOMEM;
	return 0;
}

static int read_module(struct scan *scan, struct view *body)
{
	struct trace_module module;

	module.base = view_u64(body);
	module.end = view_u64(body);
	module.build_id = view_text(body, view_u8(body));
	module.path = view_string(body);
	if (body->failed || module.build_id.bytes > TTF_BUILD_ID_MAX) {
		report(scan, scan->at, "an entry of the MODULES section is damaged");
		body->failed = true;
		return 0;
	}
	module.build_id = trace_keep_text(scan->trace, module.build_id);
	module.path = trace_keep_text(scan->trace, module.path);
	return trace_add_module(scan->trace, &module);
}

static int read_modules(struct scan *scan, struct view body)
{
	uint32_t count = view_u32(&body);

	view_u32(&body);
	for (uint32_t i = 0; i < count && !body.failed; i++)
		if (read_module(scan, &body) != 0)
			return -ENOMEM;
	return 0;
}

static int read_chunk(struct scan *scan, const struct section *section, struct view body)
{
	struct trace *trace = scan->trace;
	struct chunk chunk = { .offset = section->body + TTF_CHUNKS_DATA, .home = scan->at };
	uint32_t encoding;
	uint32_t words;
	const char *wrong;

	chunk.ring = view_u32(&body);
	encoding = view_u32(&body);
	chunk.number = view_u64(&body);
	chunk.first_seq = view_u64(&body);
	chunk.base_ticks = view_u64(&body);
	chunk.base_ns = view_u64(&body);
	chunk.events = view_u32(&body);
	words = view_u32(&body);
	if (body.failed || words > TTF_CHUNKS_WORDS_MAX || chunk.ring >= TTF_RINGS_MAX || chunk.number == 0) {
		report(scan, scan->at, "a CHUNK section's fields are damaged");
		return 0;
	}
	chunk.words = (uint16_t)words;
	chunk.encoding = (uint16_t)encoding;
	chunk.stored_bytes = (uint32_t)body.left;
	wrong = encoding > UINT16_MAX ? "an encoding of a later version"
				      : chunk_try(&chunk, body.at, &scan->scratch);
	if (wrong != NULL) {
		report(scan, scan->at, "chunk %llu of ring %u: %s", (unsigned long long)chunk.number,
		       chunk.ring, wrong);
		return 0;
	}
	if (words == 0)
		return 0;
	return trace_ring(trace, chunk.ring) != NULL ? trace_add_chunk(trace, &chunk) : -ENOMEM;
}

static int read_crash(struct scan *scan, struct view body)
{
	struct trace_crash crash = { 0 };
	const uint8_t *siginfo;

	crash.tid = view_u32(&body);
	crash.machine = view_u32(&body);
	crash.pc = view_u64(&body);
	crash.sp = view_u64(&body);
	crash.register_count = view_u32(&body);
	crash.frame_count = view_u32(&body);
	siginfo = view_take(&body, TTF_CRASH_SIGINFO_BYTES);
	if (siginfo == NULL || crash.register_count > TTF_CRASH_REGISTERS_MAX ||
	    crash.frame_count > TTF_CRASH_FRAMES_MAX ||
	    body.left / 8 < (size_t)crash.register_count + crash.frame_count) {
		report(scan, scan->at, "the CRASH section is damaged");
		return 0;
	}
	memcpy(crash.siginfo, siginfo, TTF_CRASH_SIGINFO_BYTES);
	view_u64s(&body, crash.registers, crash.register_count);
	view_u64s(&body, crash.frames, crash.frame_count);
	if (scan->trace->crash == NULL)
		scan->trace->crash = trace_keep(scan->trace, &crash, sizeof(crash));
	return scan->trace->crash != NULL ? 0 : -ENOMEM;
}

static int read_end(struct scan *scan, struct view body)
{
	struct trace *trace = scan->trace;
	uint32_t count = view_u32(&body);
	uint64_t sections;

	trace->torn += view_u32(&body);
	sections = view_u64(&body);
	trace->info.is_whole = true;
	if (body.failed || body.left / TTF_END_ENTRY_BYTES < count)
		report(scan, scan->at, "the END section is too short for its table of contents");
	else if (sections != scan->sections - 1)
		report(scan, scan->at, "the END section counts %llu sections before it, %llu were found",
		       (unsigned long long)sections, (unsigned long long)scan->sections - 1);
	return 0;
}

static int read_body(struct scan *scan, const struct section *section, const uint8_t *bytes)
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
		return read_sites(scan, section);
	case TTF_SECTION_THREADS:
		return read_threads(scan, body);
	case TTF_SECTION_CHUNK:
		return read_chunk(scan, section, body);
	case TTF_SECTION_CRASH:
		return read_crash(scan, body);
	case TTF_SECTION_END:
		return read_end(scan, body);
	default:
		return 0;
	}
}

/* The section header at `at`; false if none stands there whole. */
static bool section_at(struct scan *scan, uint64_t at, struct section *section)
{
	const uint8_t *header = window_at(&scan->window, at, TTF_SECTION_HEADER);

	if (header == NULL || !is_section(header))
		return false;
	section->type = ttf_load16(header + TTF_SECTION_TYPE);
	section->length = ttf_load32(header + TTF_SECTION_LENGTH);
	section->body_crc = ttf_load32(header + TTF_SECTION_BODY_CRC);
	section->body = at + TTF_SECTION_HEADER;
	return true;
}

static int read_section(struct scan *scan, const struct section *section)
{
	const uint8_t *body = window_at(&scan->window, section->body, section->length);

	scan->sections++;
	if (body == NULL) {
		report(scan, scan->at, "a section of type %u and %u bytes cannot be read whole",
		       section->type, section->length);
		return 0;
	}
	if (ttf_crc32(0, body, section->length) != section->body_crc) {
		report(scan, scan->at, "a section of type %u and %u bytes is damaged: wrong CRC",
		       section->type, section->length);
		return 0;
	}
	return read_body(scan, section, body);
}

/* All sections from the first on. One whose body the file's end cuts off is the last. */
static int read_sections(struct scan *scan)
{
	uint64_t size = scan->trace->source.bytes;

	scan->at = TTF_FILE_HEADER;
	while (scan->at < size) {
		struct section section;
		int error;

		if (!section_at(scan, scan->at, &section)) {
			report(scan, scan->at, "a section's header is %s",
			       size - scan->at < TTF_SECTION_HEADER ? "cut short" : "damaged");
			scan->at = search(&scan->window, scan->at + 8);
			continue;
		}
		error = read_section(scan, &section);
		if (error != 0)
			return error;
		scan->at = section.body + ttf_pad8(section.length);
	}
	return 0;
}

static void report_missing(struct scan *scan)
{
	uint64_t size = scan->trace->source.bytes;

	if (!scan->has_process)
		report(scan, TTF_FILE_HEADER, "there is no intact PROCESS section");
	if (!scan->trace->info.is_whole)
		report(scan, size, "the file was cut short: there is no END section");
}

int snapshot_read(struct trace *trace)
{
	struct scan scan = { .trace = trace, .window = WINDOW_ON(&trace->source) };
	int error;

	trace->kind = TRACE_SNAPSHOT;
	error = read_header(&scan);
	if (error == 0)
		error = read_sections(&scan);
	if (error == 0)
		report_missing(&scan);
	chunk_scratch_free(&scan.scratch);
	window_free(&scan.window);
	return error;
}
