#include "snapshot.h"

#include <errno.h>

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/crc32.h"
#include "indexed.h"
#include "section.h"
#include "../input/window.h"

bool snapshot_is(const struct source *source)
{
	uint8_t magic[8];

	source_read(source, 0, magic, sizeof(magic));
	return ttf_load64(magic) == TTF_FILE_MAGIC_VALUE;
}

bool snapshot_is_damaged(const struct source *source)
{
	struct window window = WINDOW_ON(source);
	uint64_t found = section_next(&window, 0, false);

	window_free(&window);
	return found < source->bytes;
}

/* The file's header. Version and flags count only if its CRC is right. */
static int read_header(struct scan *scan)
{
	struct trace *trace = scan->trace;
	const uint8_t *header = window_at(&scan->window, 0, TTF_FILE_HEADER);

	if (header == NULL) {
		trace_report(scan->trace, 0, "the file's header is cut short");
		return 0;
	}
	if (ttf_load64(header + TTF_FILE_MAGIC) != TTF_FILE_MAGIC_VALUE) {
		trace_report(scan->trace, 0, "the file's magic is damaged");
		/* It need not be a header at all. */
		scan->at = section_next(&scan->window, 0, true);
		return 0;
	}
	if (ttf_load32(header + TTF_FILE_CRC) != ttf_crc32(0, header, TTF_FILE_CRC)) {
		trace_report(scan->trace, 0, "the file's header is damaged: wrong CRC");
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

static const char *name_of(unsigned type)
{
	static const char *const names[] = {
		"",	      " (PROCESS)", " (CLOCK)", " (MODULES)", " (SITES)",
		" (THREADS)", " (CHUNK)",   " (CRASH)", " (END)",     " (INDEX)"
	};

	return type < sizeof(names) / sizeof(names[0]) ? names[type] : "";
}

/* A CHUNK whose body is damaged says all the same, most likely, which it was. */
static void lose_section(struct trace *trace, uint64_t at, const struct section *section, const uint8_t *body)
{
	struct trace_loss loss = { .offset = at, .ring = TRACE_LOSS_ANY, .is_claimed = true };

	if (section->type != TTF_SECTION_CHUNK)
		return;
	if (section->length >= TTF_CHUNKS_DATA && ttf_load32(body + TTF_CHUNKS_RING) < TTF_RINGS_MAX) {
		loss.ring = ttf_load32(body + TTF_CHUNKS_RING);
		loss.number = ttf_load64(body + TTF_CHUNKS_NUMBER);
	}
	trace_lose(trace, loss);
}

static int read_section(struct scan *scan, const struct section *section)
{
	const uint8_t *body = window_at(&scan->window, section->body, section->length);

	if (body == NULL) {
		trace_report(scan->trace, scan->at, "a section of type %u%s and %u bytes cannot be read",
			     section->type, name_of(section->type), section->length);
		return 0;
	}
	if (ttf_crc32(0, body, section->length) != section->body_crc) {
		trace_report(scan->trace, scan->at,
			     "a section of type %u%s and %u bytes is damaged: wrong CRC", section->type,
			     name_of(section->type), section->length);
		lose_section(scan->trace, scan->at, section, body);
		return section->type == TTF_SECTION_SITES ? section_read_sites(scan, section) : 0;
	}
	return section_read(scan, section, body);
}

/* Bytes after the END section are read like all others, and reported once. */
static void check_over(struct scan *scan)
{
	if (scan->trace->info.is_whole && !scan->is_over) {
		scan->is_over = true;
		trace_report(scan->trace, scan->at, "the file goes on after its END section");
	}
}

/* From a damaged header on to the next section. What it headed is lost, but sites know themselves. */
static int skip_section(struct scan *scan)
{
	struct trace *trace = scan->trace;
	struct sites_range range = { .from = scan->at };

	trace_report(trace, scan->at, "a section's header is damaged, or the section cut short");
	scan->at = range.to = range.limit = section_next(&scan->window, scan->at + 8, true);
	trace_lose(trace, (struct trace_loss){ .offset = range.from,
					       .ring = TRACE_LOSS_ANY,
					       .is_cut = range.to == trace->source.bytes });
	return sites_read(&trace->sites, &scan->window, &range, trace->damage);
}

/* The section at scan->at, or what stands there instead. */
static int step(struct scan *scan)
{
	struct section section;
	int error;

	if (!section_at(&scan->window, scan->at, &section))
		return skip_section(scan);
	error = read_section(scan, &section);
	scan->sections++;
	section_pass(scan, &section);
	return error;
}

static int read_sections(struct scan *scan)
{
	int error = 0;

	while (scan->at < scan->trace->source.bytes && error == 0) {
		bool is_read = false;

		check_over(scan);
		if (scan->at == scan->indexed)
			error = indexed_read_range(scan, &is_read);
		if (error == 0 && !is_read)
			error = step(scan);
	}
	return error;
}

static void report_missing(struct scan *scan)
{
	static const struct {
		unsigned type;
		const char *what;
	} needed[] = {
		{ TTF_SECTION_PROCESS, "there is no intact PROCESS section" },
		{ TTF_SECTION_CLOCK, "there is no intact CLOCK section" },
		{ TTF_SECTION_THREADS, "there is no intact THREADS section" },
		{ TTF_SECTION_END, "the file was cut short: there is no intact END section" },
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if ((scan->seen & 1u << needed[i].type) == 0)
			trace_report(scan->trace, scan->trace->source.bytes, "%s", needed[i].what);
}

/* Each ring that has events and no entry in THREADS, at its first chunk. */
static void report_missed_rings(struct scan *scan)
{
	const struct trace *trace = scan->trace;

	for (size_t i = 0; i < trace->chunk_count; i++) {
		struct trace_ring *ring = trace->rings[trace->chunks[i].ring];

		if (ring->is_described || ring->is_missed)
			continue;
		ring->is_missed = true;
		trace_report(scan->trace, trace->chunks[i].home,
			     "ring %u has no entry in THREADS: its thread is not known",
			     trace->chunks[i].ring);
	}
}

static int read_all(struct scan *scan, bool is_lazy)
{
	bool is_read;
	int error = indexed_read_file(scan, is_lazy, &is_read);

	return error != 0 || is_read ? error : read_sections(scan);
}

int snapshot_read(struct trace *trace, bool is_lazy)
{
	struct scan scan = { .trace = trace,
			     .window = WINDOW_ON(&trace->source),
			     .at = TTF_FILE_HEADER,
			     .indexed = TTF_FILE_HEADER };
	int error;

	trace->kind = TRACE_SNAPSHOT;
	error = read_header(&scan);
	if (error == 0)
		error = read_all(&scan, is_lazy);
	if (error == 0) {
		trace->is_cut = !trace->info.is_whole;
		report_missing(&scan);
		report_missed_rings(&scan);
	}
	window_free(&scan.window);
	return error;
}
