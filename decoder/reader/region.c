#include "region.h"

#include <errno.h>
#include <string.h>

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/crc32.h"
#include "life.h"
#include "protocol.h"
#include "ringblock.h"
#include "window.h"

/* What a walk over the blocks takes. Sites come last: a site is committed before the first record that names it. */
enum pass {
	PASS_RINGS,
	PASS_SITES,
};

struct walk {
	struct trace *trace;
	enum pass pass;
	uint64_t at;
	uint64_t used_bytes;  /* as the header says; 0: it does not */
	uint32_t rings;	      /* so far */
	bool is_in_damage;    /* and has been reported */
	uint64_t intact_end;  /* of the last intact block */
	uint64_t lost_block;  /* of the chunks that were last found without their ring's header; 0: none */
	uint32_t lost_number; /* the ring that was made for them */
};

#define report(trace, offset, ...) damage_report((trace)->damage, (trace)->source.name, (offset), __VA_ARGS__)

bool region_is(const struct source *source)
{
	uint8_t magic[8];
	uint8_t wanted[8];
	size_t bytes = source->bytes < 8 ? (size_t)source->bytes : 8;

	ttf_store64(wanted, ttf_magic(TTF_REGION_MAGIC_MASKED));
	return source_read(source, 0, magic, bytes) == 0 && memcmp(magic, wanted, bytes) == 0;
}

/* Whether a block stands at `at`: its magic and its own offset. */
static bool block_at(const struct source *source, uint64_t at, uint8_t *header)
{
	uint64_t magic;

	/* A7: acquire load, synchronizes with R3: the header below is whole. */
	if (protocol_load(source, at + TTF_BLOCK_MAGIC, &magic) != 0 ||
	    source_read(source, at, header, TTF_BLOCK_HEADER) != 0)
		return false;
	return magic == ttf_magic(TTF_BLOCK_MAGIC_MASKED) && ttf_load64(header + TTF_BLOCK_OFFSET) == at;
}

/* The page at or after `at` that is in no hole. */
static uint64_t next_page(const struct source *source, uint64_t at)
{
	return source_next_data(source, at) & ~(uint64_t)(TTF_PAGE - 1);
}

bool region_is_damaged(const struct source *source)
{
	uint8_t header[TTF_BLOCK_HEADER];

	for (uint64_t at = TTF_PAGE; at < source->bytes; at += TTF_PAGE) {
		uint64_t data = next_page(source, at);

		if (data > at)
			at = data;
		if (block_at(source, at, header))
			return true;
	}
	return false;
}

static int add_triple(struct trace *trace, const uint8_t *triple)
{
	return clock_add(&trace->clock, ttf_load64(triple + TTF_TRIPLE_TICKS),
			 ttf_load64(triple + TTF_TRIPLE_MONO), ttf_load64(triple + TTF_TRIPLE_REAL));
}

static int read_clock(struct trace *trace, const uint8_t *header)
{
	uint8_t latest[TTF_TRIPLE_BYTES];
	uint64_t version;
	int error;

	trace->clock.kind = ttf_load32(header + TTF_REGION_CLOCK);
	if (trace->clock.kind < TTF_CLOCK_TSC || trace->clock.kind > TTF_CLOCK_MONOTONIC)
		report(trace, TTF_REGION_CLOCK, "the region's clock is damaged: %u", trace->clock.kind);
	error = add_triple(trace, header + TTF_REGION_LOAD);
	if (error == 0)
		error = add_triple(trace, header + TTF_REGION_CREATION);
	if (error != 0)
		return error;
	/* A8: partner R6. A triple that its process died in the middle of does not count, and is no damage. */
	if (protocol_versioned(&trace->source, TTF_REGION_LATEST_VERSION, 8, TTF_REGION_LATEST, latest,
			       sizeof(latest), &version) != 0 ||
	    version == 0)
		return 0;
	return add_triple(trace, latest);
}

static struct text padded(struct trace *trace, const uint8_t *header, size_t offset, size_t bytes)
{
	const char *at = (const char *)header + offset;

	return trace_keep_text(trace, (struct text){ at, strnlen(at, bytes) });
}

static void read_identity(struct trace *trace, const uint8_t *header)
{
	struct trace_info *info = &trace->info;

	if (ttf_load32(header + TTF_REGION_IDENTITY_CRC) !=
	    ttf_crc32(0, header + TTF_REGION_IDENTITY, TTF_REGION_IDENTITY_END - TTF_REGION_IDENTITY)) {
		report(trace, TTF_REGION_IDENTITY_CRC, "the region's identity is damaged: wrong CRC");
		return;
	}
	trace->process.service = padded(trace, header, TTF_REGION_SERVICE, TTF_REGION_SERVICE_BYTES);
	info->host = padded(trace, header, TTF_REGION_HOST, TTF_REGION_HOST_BYTES);
	info->boot_id = padded(trace, header, TTF_REGION_BOOT_ID, TTF_REGION_BOOT_ID_BYTES);
	info->version = padded(trace, header, TTF_REGION_VERSION, TTF_REGION_VERSION_BYTES);
	info->exe = padded(trace, header, TTF_REGION_EXE, TTF_REGION_EXE_BYTES);
}

static void read_counters(struct trace *trace, const uint8_t *header)
{
	struct trace_info *info = &trace->info;

	trace->process.pid = ttf_load32(header + TTF_REGION_PID);
	info->start_time = ttf_load64(header + TTF_REGION_START_TIME);
	info->region_state = ttf_load32(header + TTF_REGION_STATE);
	if (info->region_state != TTF_STATE_RUNNING && info->region_state != TTF_STATE_SHUT_DOWN)
		report(trace, TTF_REGION_STATE, "the region's state is damaged: %u", info->region_state);
	info->retired_threads = ttf_load64(header + TTF_REGION_RETIRED_THREADS);
	info->retired_recorded = ttf_load64(header + TTF_REGION_RETIRED_RECORDED);
	for (unsigned i = 0; i < TTF_DROP_CAUSES; i++) {
		info->dropped[i] = ttf_load64(header + TTF_REGION_DROPPED + 8 * i);
		info->retired_dropped[i] = ttf_load64(header + TTF_REGION_RETIRED_DROPPED + 8 * i);
	}
}

/* The sizes in the header; the blocks are looked for in the whole file whatever they say. */
static void read_sizes(struct walk *walk, const uint8_t *header)
{
	struct trace *trace = walk->trace;
	uint64_t region_bytes = ttf_load64(header + TTF_REGION_BYTES);
	uint64_t used_bytes = ttf_load64(header + TTF_REGION_USED_BYTES);
	uint32_t chunk_bytes = ttf_load32(header + TTF_REGION_CHUNK_BYTES);

	if (ttf_load32(header + TTF_REGION_HEADER_BYTES) != TTF_PAGE)
		report(trace, TTF_REGION_HEADER_BYTES, "the region's header is damaged: its length");
	if (region_bytes > trace->source.bytes)
		report(trace, trace->source.bytes, "the file was cut short: the region has %llu bytes",
		       (unsigned long long)region_bytes);
	if (region_bytes < trace->source.bytes)
		report(trace, TTF_REGION_BYTES, "the region has %llu bytes, the file %llu",
		       (unsigned long long)region_bytes, (unsigned long long)trace->source.bytes);
	if (used_bytes < TTF_PAGE || used_bytes % TTF_PAGE != 0 || used_bytes > region_bytes)
		report(trace, TTF_REGION_USED_BYTES, "the region's used bytes are damaged");
	else
		walk->used_bytes = used_bytes;
	if (chunk_bytes < TTF_CHUNK_BYTES_MIN || chunk_bytes > TTF_CHUNK_BYTES_MAX ||
	    (chunk_bytes & (chunk_bytes - 1)) != 0)
		report(trace, TTF_REGION_CHUNK_BYTES, "the region's chunk size is damaged");
	else
		trace->info.chunk_bytes = chunk_bytes;
}

static int check_version(struct trace *trace, const uint8_t *header)
{
	uint32_t abi = ttf_load32(header + TTF_REGION_ABI_NUMBER);
	uint32_t flags = ttf_load32(header + TTF_REGION_INCOMPATIBLE);

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

static int read_header(struct walk *walk)
{
	struct trace *trace = walk->trace;
	uint8_t header[TTF_PAGE];
	int error;

	if (source_read(&trace->source, 0, header, sizeof(header)) != 0) {
		report(trace, 0, "the region's header is cut short");
		return 0;
	}
	if (!region_is(&trace->source)) {
		report(trace, 0, "the region's magic is damaged");
		return 0;
	}
	error = check_version(trace, header);
	if (error != 0)
		return error;
	read_sizes(walk, header);
	read_counters(trace, header);
	read_identity(trace, header);
	trace->info.is_alive =
		trace->info.region_state == TTF_STATE_RUNNING &&
		life_is_running(trace->process.pid, trace->info.start_time, trace->info.boot_id);
	return read_clock(trace, header);
}

static int read_sites(struct walk *walk, uint64_t bytes)
{
	struct trace *trace = walk->trace;
	struct window window = WINDOW_ON(&trace->source);
	uint64_t room = bytes - TTF_SITES_ENTRIES;
	uint64_t from = walk->at + TTF_SITES_ENTRIES;
	uint64_t committed;
	int error;

	/* A6: acquire load, synchronizes with R2: the entries up to there are whole. */
	if (protocol_load(&trace->source, walk->at + TTF_SITES_COMMITTED, &committed) != 0)
		return 0; /* past the file's end: that was reported */
	if (committed > room) {
		report(trace, walk->at + TTF_SITES_COMMITTED, "a sites block has more bytes than room");
		committed = room;
	}
	if (from > trace->source.bytes || committed > trace->source.bytes - from) {
		report(trace, trace->source.bytes, "a sites block reaches past the end of the file");
		committed = from < trace->source.bytes ? trace->source.bytes - from : 0;
	}
	error = sites_read(&trace->sites, &window, from, from + committed, trace->damage);
	window_free(&window);
	return error;
}

static int read_ring(struct walk *walk, uint64_t bytes, uint64_t *end)
{
	if (walk->rings >= TTF_RINGS_MAX) {
		report(walk->trace, walk->at, "there are more than %u rings: the rest is left out",
		       TTF_RINGS_MAX);
		return 0;
	}
	return ringblock_read(walk->trace, walk->rings++, walk->at, bytes, end);
}

/* Takes what the pass wants of an intact block. */
static int take_block(struct walk *walk, uint32_t type, uint64_t bytes, uint64_t *end)
{
	if (type == TTF_BLOCK_RING && walk->pass == PASS_RINGS)
		return read_ring(walk, bytes, end);
	if (type == TTF_BLOCK_SITES && walk->pass == PASS_SITES)
		return read_sites(walk, bytes);
	return 0;
}

static int read_block(struct walk *walk, const uint8_t *header)
{
	uint32_t type = ttf_load32(header + TTF_BLOCK_TYPE);
	uint64_t bytes = ttf_load64(header + TTF_BLOCK_BYTES);
	uint64_t end = walk->at + bytes;
	int error;

	if (bytes < TTF_PAGE || bytes % TTF_PAGE != 0 || bytes > TTF_REGION_BYTES_MAX) {
		if (walk->pass == PASS_RINGS)
			report(walk->trace, walk->at + TTF_BLOCK_BYTES, "a block's length is damaged");
		/* Blocks follow each other: what stands in the next one is no part of this. */
		bytes = TTF_REGION_BYTES_MAX;
		end = walk->at + TTF_PAGE;
	}
	if (walk->pass == PASS_RINGS && !walk->trace->info.is_alive && walk->used_bytes != 0 &&
	    walk->at >= walk->used_bytes)
		report(walk->trace, walk->at, "a block lies past the region's used bytes");
	error = take_block(walk, type, bytes, &end);
	walk->at = end > walk->at ? end : walk->at + TTF_PAGE;
	walk->intact_end = walk->at;
	walk->is_in_damage = false;
	return error;
}

/*
 * A page where no block stands. Nothing at all is a block that was being made. Else its block is damaged; its chunks still name
 * it, in ascending order since blocks do not overlap.
 */
static int read_lost_page(struct walk *walk)
{
	struct trace *trace = walk->trace;
	uint8_t first[8] = { 0 };
	uint64_t block;
	bool found;

	if (source_read(&trace->source, walk->at, first, sizeof(first)) != 0)
		return 0;
	block = ringblock_of_chunk(trace, walk->at);
	if ((ttf_load64(first) != 0 || block != 0) && !walk->is_in_damage) {
		report(trace, walk->at, "no intact block stands here");
		walk->is_in_damage = true;
	}
	if (block < walk->intact_end || block >= walk->at || block % TTF_PAGE != 0 ||
	    block < walk->lost_block)
		return 0;
	if (block != walk->lost_block) {
		if (walk->rings >= TTF_RINGS_MAX)
			return 0;
		walk->lost_block = block;
		walk->lost_number = walk->rings++;
		if (trace_ring(trace, walk->lost_number) == NULL)
			return -ENOMEM;
	}
	return ringblock_salvage(trace, walk->lost_number, block, walk->at, &found);
}

static int read_blocks(struct walk *walk, enum pass pass)
{
	const struct source *source = &walk->trace->source;
	int error = 0;

	walk->pass = pass;
	walk->at = walk->intact_end = TTF_PAGE;
	while (error == 0 && walk->at < source->bytes) {
		uint64_t data = next_page(source, walk->at);
		uint8_t header[TTF_BLOCK_HEADER];

		if (data > walk->at)
			walk->at = data;
		if (block_at(source, walk->at, header)) {
			error = read_block(walk, header);
		} else {
			if (pass == PASS_RINGS)
				error = read_lost_page(walk);
			walk->at += TTF_PAGE;
		}
	}
	return error;
}

int region_read(struct trace *trace)
{
	struct walk walk = { .trace = trace };
	int error;

	trace->kind = TRACE_REGION;
	error = read_header(&walk);
	if (error == 0 && trace->info.is_alive)
		error = source_spool(&trace->spool, trace->source.name);
	if (error == 0)
		error = read_blocks(&walk, PASS_RINGS);
	if (error == 0)
		error = read_blocks(&walk, PASS_SITES);
	return error;
}
