#include "regionheader.h"

#include <errno.h>
#include <string.h>

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/crc32.h"
#include "life.h"
#include "protocol.h"

#define COPY_BYTES TTF_REGION_IDENTITY_END /* the copies end where the identity does */

/* What of the first page can be believed. `bytes` hold what counts, from the page or from a copy. */
struct header {
	uint8_t bytes[TTF_PAGE];
	bool is_there;	/* the file holds the whole page */
	bool has_magic; /* its magic is right */
	bool is_own;	/* and the CRC of its constants */
	bool has_constants; /* from a place whose CRC is right: sizes, clock, process, the triples that never change */
	bool has_counters; /* what has no CRC, if anything else says that this is a header */
	bool has_identity;
};

bool regionheader_is(const struct source *source)
{
	uint8_t magic[8];

	source_read(source, 0, magic, sizeof(magic));
	return ttf_load64(magic) == ttf_magic(TTF_REGION_MAGIC_MASKED);
}

uint64_t regionheader_next_page(const struct source *source, uint64_t at)
{
	uint64_t page = source_next_data(source, at) & ~(uint64_t)(TTF_PAGE - 1);

	/* The file's end may lie in the middle of the page before. */
	return page > at ? page : at;
}

static bool are_constants_right(const uint8_t *header)
{
	return ttf_load32(header + TTF_REGION_HEADER_CRC) == ttf_region_crc(header);
}

static bool is_identity_right(const uint8_t *header)
{
	return ttf_load32(header + TTF_REGION_IDENTITY_CRC) ==
	       ttf_crc32(0, header + TTF_REGION_IDENTITY, TTF_REGION_IDENTITY_END - TTF_REGION_IDENTITY);
}

/* The first copy that is right; false if there is none. */
static bool find_copy(const struct source *source, bool (*is_right)(const uint8_t *header), uint8_t *copy)
{
	uint64_t at = regionheader_next_page(source, TTF_PAGE);

	for (; at < source->bytes; at = regionheader_next_page(source, at + TTF_PAGE)) {
		source_read(source, at + TTF_RING_COPY, copy, COPY_BYTES);
		if (ttf_load32(copy + TTF_REGION_ABI_NUMBER) == TTF_REGION_ABI &&
		    ttf_load32(copy + TTF_REGION_HEADER_BYTES) == TTF_PAGE && is_right(copy))
			return true;
	}
	return false;
}

static void take_range(struct header *header, const uint8_t *copy, size_t from, size_t to)
{
	memcpy(header->bytes + from, copy + from, to - from);
}

static void find_constants(const struct trace *trace, struct header *header)
{
	uint8_t copy[COPY_BYTES];

	header->has_constants = header->is_own = header->is_there && are_constants_right(header->bytes);
	header->has_counters = header->is_there && (header->has_magic || header->has_constants);
	if (header->has_constants || !find_copy(&trace->source, are_constants_right, copy))
		return;
	take_range(header, copy, TTF_REGION_ABI_NUMBER, TTF_REGION_USED_BYTES);
	take_range(header, copy, TTF_REGION_CHUNK_BYTES, TTF_REGION_STATE);
	take_range(header, copy, TTF_REGION_START_TIME, TTF_REGION_LATEST_VERSION);
	header->has_constants = true;
}

static void find_identity(struct trace *trace, struct header *header)
{
	uint8_t copy[COPY_BYTES];

	header->has_identity = header->is_there && is_identity_right(header->bytes);
	if (header->is_there && !header->has_identity)
		trace_report(trace, 0, "the region's identity is damaged: wrong CRC");
	if (header->has_identity || !find_copy(&trace->source, is_identity_right, copy))
		return;
	take_range(header, copy, TTF_REGION_IDENTITY, TTF_REGION_IDENTITY_END);
	header->has_identity = true;
}

/* Of another layout nothing is known, not even where its CRCs are: then the magic decides. */
static int check_version(struct trace *trace, const struct header *header)
{
	uint32_t abi = ttf_load32(header->bytes + TTF_REGION_ABI_NUMBER);
	uint32_t flags = ttf_load32(header->bytes + TTF_REGION_INCOMPATIBLE);

	if (!header->has_constants && !(header->is_there && header->has_magic))
		return 0;
	trace->info.major = (uint16_t)abi;
	if (abi != TTF_REGION_ABI)
		return trace_refuse(trace,
				    "region layout (ABI) %u is not known to this ttdecode, which reads %u",
				    abi, TTF_REGION_ABI);
	if (flags != 0)
		return trace_refuse(trace,
				    "the region needs features that this ttdecode does not know: flags 0x%x",
				    flags);
	return 0;
}

static void read_used(struct trace *trace, const uint8_t *header)
{
	uint64_t used_bytes = ttf_load64(header + TTF_REGION_USED_BYTES);

	if (used_bytes < TTF_PAGE || used_bytes % TTF_PAGE != 0)
		trace_report(trace, 0, "the region's used bytes are damaged");
	else if ((trace->is_cut = used_bytes > trace->source.bytes))
		trace_report(trace, trace->source.bytes,
			     "the file was cut short: %llu bytes of the region were used",
			     (unsigned long long)used_bytes);
}

static int add_triple(struct trace *trace, const uint8_t *triple)
{
	return clock_add(&trace->clock, ttf_load64(triple + TTF_TRIPLE_TICKS),
			 ttf_load64(triple + TTF_TRIPLE_MONO), ttf_load64(triple + TTF_TRIPLE_REAL));
}

/* Sizes, process and clock. */
static int read_constants(struct trace *trace, const uint8_t *header)
{
	uint32_t chunk_bytes = ttf_load32(header + TTF_REGION_CHUNK_BYTES);
	int error;

	if (ttf_load32(header + TTF_REGION_HEADER_BYTES) != TTF_PAGE)
		trace_report(trace, 0, "the region's header claims to have %u bytes",
			     ttf_load32(header + TTF_REGION_HEADER_BYTES));
	if (chunk_bytes < TTF_CHUNK_BYTES_MIN || chunk_bytes > TTF_CHUNK_BYTES_MAX ||
	    (chunk_bytes & (chunk_bytes - 1)) != 0)
		trace_report(trace, 0, "the region's chunk size is damaged");
	else
		trace->info.chunk_bytes = chunk_bytes;
	trace->process.pid = ttf_load32(header + TTF_REGION_PID);
	trace->info.start_time = ttf_load64(header + TTF_REGION_START_TIME);
	if (!clock_set_kind(&trace->clock, ttf_load32(header + TTF_REGION_CLOCK)))
		trace_report(trace, 0, "clock %u is not known", ttf_load32(header + TTF_REGION_CLOCK));
	error = add_triple(trace, header + TTF_REGION_LOAD);
	return error != 0 ? error : add_triple(trace, header + TTF_REGION_CREATION);
}

/* The latest triple counts if its CRC is right. One that its process died in the middle of is no damage. */
static int read_latest(struct trace *trace)
{
	uint8_t latest[TTF_REGION_LATEST_CRC + 4 - TTF_REGION_LATEST];
	uint64_t version;
	/* A8: partner R6. */
	int error = protocol_versioned(&trace->source, TTF_REGION_LATEST_VERSION, 8, TTF_REGION_LATEST,
				       latest, sizeof(latest), &version);

	if (error != 0 && error != -EAGAIN)
		return 0;
	if (ttf_load32(latest + (TTF_REGION_LATEST_CRC - TTF_REGION_LATEST)) ==
	    ttf_crc32(0, latest, TTF_TRIPLE_BYTES))
		return add_triple(trace, latest);
	if (version % 2 == 0 && version != 0)
		trace_report(trace, 0, "the region's latest clock triple is damaged: wrong CRC");
	return 0;
}

static void read_counters(struct trace *trace, const uint8_t *header)
{
	struct trace_info *info = &trace->info;

	info->region_state = ttf_load32(header + TTF_REGION_STATE);
	info->retired_threads = ttf_load64(header + TTF_REGION_RETIRED_THREADS);
	info->retired_recorded = ttf_load64(header + TTF_REGION_RETIRED_RECORDED);
	for (unsigned i = 0; i < TTF_DROP_CAUSES; i++) {
		info->dropped[i] = ttf_load64(header + TTF_REGION_DROPPED + 8 * i);
		info->retired_dropped[i] = ttf_load64(header + TTF_REGION_RETIRED_DROPPED + 8 * i);
	}
}

static struct text padded(struct trace *trace, const uint8_t *header, size_t offset, size_t bytes)
{
	const char *at = (const char *)header + offset;

	return trace_keep_text(trace, (struct text){ at, strnlen(at, bytes) });
}

static void read_identity(struct trace *trace, const uint8_t *header)
{
	struct trace_info *info = &trace->info;

	trace->process.service = padded(trace, header, TTF_REGION_SERVICE, TTF_REGION_SERVICE_BYTES);
	info->host = padded(trace, header, TTF_REGION_HOST, TTF_REGION_HOST_BYTES);
	info->boot_id = padded(trace, header, TTF_REGION_BOOT_ID, TTF_REGION_BOOT_ID_BYTES);
	info->version = padded(trace, header, TTF_REGION_VERSION, TTF_REGION_VERSION_BYTES);
	info->exe = padded(trace, header, TTF_REGION_EXE, TTF_REGION_EXE_BYTES);
}

static int read_parts(struct trace *trace, const struct header *header)
{
	int error = 0;

	if (header->has_counters) {
		read_used(trace, header->bytes);
		read_counters(trace, header->bytes);
	}
	if (header->has_identity)
		read_identity(trace, header->bytes);
	if (header->has_constants)
		error = read_constants(trace, header->bytes);
	if (error == 0 && header->has_counters)
		error = read_latest(trace);
	trace->info.is_alive =
		trace->info.region_state == TTF_STATE_RUNNING && trace->info.origin != ORIGIN_CORE &&
		(trace->info.origin == ORIGIN_PROCESS ||
		 life_is_running(trace->process.pid, trace->info.start_time, trace->info.boot_id));
	return error;
}

int regionheader_read(struct trace *trace)
{
	struct header header = { .has_magic = regionheader_is(&trace->source) };
	int error;

	header.is_there = source_read(&trace->source, 0, header.bytes, sizeof(header.bytes)) == 0;
	find_constants(trace, &header);
	error = check_version(trace, &header);
	if (error != 0)
		return error; /* with nothing reported: a refusal is one line */
	if (!header.has_magic)
		trace_report(trace, 0, "the region's magic is damaged");
	else if (!header.is_there)
		trace_report(trace, 0, "the region's header is cut short");
	if (header.is_there && !header.is_own)
		trace_report(trace, 0, "the region's header is damaged: wrong CRC");
	find_identity(trace, &header);
	return read_parts(trace, &header);
}
