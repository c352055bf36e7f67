#include "region.h"

#include <errno.h>
#include <stdlib.h>
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

/* A ring and the offset of its block. */
struct found {
	uint64_t block;
	uint32_t ring; /* its number, in the order of discovery */
	bool is_lost;  /* made for chunks whose ring header is damaged */
};

struct walk {
	struct trace *trace;
	enum pass pass;
	uint64_t at;
	struct found *found; /* by block */
	size_t found_count;
	size_t found_room;
};

bool region_is(const struct source *source)
{
	uint8_t magic[8];

	return source_read(source, 0, magic, sizeof(magic)) == 0 &&
	       ttf_load64(magic) == ttf_magic(TTF_REGION_MAGIC_MASKED);
}

/* The page from `at` (a multiple of a page) on that is in no hole; past the end if there is none. */
static uint64_t next_page(const struct source *source, uint64_t at)
{
	uint64_t page = source_next_data(source, at) & ~(uint64_t)(TTF_PAGE - 1);

	/* The file's end may lie in the middle of the page before. */
	return page > at ? page : at;
}

/* Whether a block's magic stands at `at`; its header is then in *header. */
static bool is_block(const struct source *source, uint64_t at, uint8_t *header)
{
	uint64_t magic;

	/* A7: acquire load, synchronizes with R3: the header below is whole. */
	return protocol_load(source, at + TTF_BLOCK_MAGIC, &magic) == 0 &&
	       magic == ttf_magic(TTF_BLOCK_MAGIC_MASKED) &&
	       source_read(source, at, header, TTF_BLOCK_HEADER) == 0;
}

static bool is_chunk(const struct source *source, uint64_t at, uint8_t *header)
{
	return source_read(source, at, header, TTF_CHUNK_RECORDS) == 0 &&
	       ttf_load64(header + TTF_CHUNK_MAGIC) == ttf_magic(TTF_CHUNK_MAGIC_MASKED);
}

bool region_is_damaged(const struct source *source)
{
	uint8_t header[TTF_CHUNK_RECORDS];

	for (uint64_t at = next_page(source, 0); at < source->bytes; at = next_page(source, at + TTF_PAGE)) {
		if (is_block(source, at, header) && ttf_load64(header + TTF_BLOCK_OFFSET) == at)
			return true;
		if (is_chunk(source, at, header))
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
		trace_report(trace, 0, "clock %u is not known", trace->clock.kind);
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
		trace_report(trace, 0, "the region's identity is damaged: wrong CRC");
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
	info->retired_threads = ttf_load64(header + TTF_REGION_RETIRED_THREADS);
	info->retired_recorded = ttf_load64(header + TTF_REGION_RETIRED_RECORDED);
	for (unsigned i = 0; i < TTF_DROP_CAUSES; i++) {
		info->dropped[i] = ttf_load64(header + TTF_REGION_DROPPED + 8 * i);
		info->retired_dropped[i] = ttf_load64(header + TTF_REGION_RETIRED_DROPPED + 8 * i);
	}
}

/* The sizes in the header; the blocks are looked for in the whole file whatever they say. */
static void read_sizes(struct trace *trace, const uint8_t *header)
{
	uint64_t used_bytes = ttf_load64(header + TTF_REGION_USED_BYTES);
	uint32_t chunk_bytes = ttf_load32(header + TTF_REGION_CHUNK_BYTES);

	if (ttf_load32(header + TTF_REGION_HEADER_BYTES) != TTF_PAGE)
		trace_report(trace, 0, "the region's header claims to have %u bytes",
			     ttf_load32(header + TTF_REGION_HEADER_BYTES));
	if (used_bytes < TTF_PAGE || used_bytes % TTF_PAGE != 0)
		trace_report(trace, 0, "the region's used bytes are damaged");
	else if (used_bytes > trace->source.bytes)
		trace_report(trace, trace->source.bytes,
			     "the file was cut short: %llu bytes of the region were used",
			     (unsigned long long)used_bytes);
	if (chunk_bytes < TTF_CHUNK_BYTES_MIN || chunk_bytes > TTF_CHUNK_BYTES_MAX ||
	    (chunk_bytes & (chunk_bytes - 1)) != 0)
		trace_report(trace, 0, "the region's chunk size is damaged");
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

static int read_header(struct trace *trace)
{
	uint8_t header[TTF_PAGE];
	int error;

	if (!region_is(&trace->source)) {
		trace_report(trace, 0, "the region's magic is damaged");
		return 0;
	}
	if (source_read(&trace->source, 0, header, sizeof(header)) != 0) {
		trace_report(trace, 0, "the region's header is cut short");
		return 0;
	}
	error = check_version(trace, header);
	if (error != 0)
		return error;
	read_sizes(trace, header);
	read_counters(trace, header);
	read_identity(trace, header);
	trace->info.is_alive =
		trace->info.region_state == TTF_STATE_RUNNING &&
		life_is_running(trace->process.pid, trace->info.start_time, trace->info.boot_id);
	return read_clock(trace, header);
}

/* The sites block at walk->at; `bytes` may reach past the end of the file. */
static int read_sites(struct walk *walk, uint64_t bytes)
{
	struct trace *trace = walk->trace;
	struct window window = WINDOW_ON(&trace->source);
	uint64_t from = walk->at + TTF_SITES_ENTRIES;
	uint64_t committed;
	int error;

	/* A6: acquire load, synchronizes with R2: the entries up to there are whole. */
	if (from > trace->source.bytes ||
	    protocol_load(&trace->source, walk->at + TTF_SITES_COMMITTED, &committed) != 0)
		return 0;
	if (committed > bytes - TTF_SITES_ENTRIES) {
		trace_report(trace, walk->at, "a sites block has %llu bytes of entries and no room for them",
			     (unsigned long long)committed);
		committed = bytes - TTF_SITES_ENTRIES;
	}
	if (committed > trace->source.bytes - from)
		committed = trace->source.bytes - from;
	error = sites_read(&trace->sites, &window, from, from + committed, trace->damage);
	window_free(&window);
	return error;
}

/* Where the ring of that block is, or would be, in walk->found. */
static size_t find(const struct walk *walk, uint64_t block)
{
	size_t low = 0;
	size_t high = walk->found_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (walk->found[middle].block < block)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Notes a new ring at place `at`. 0; 1 if there are too many; or -ENOMEM. */
static int insert(struct walk *walk, size_t at, uint64_t block, bool is_lost)
{
	uint32_t number = (uint32_t)walk->found_count;

	if (number >= TTF_RINGS_MAX) {
		trace_report(walk->trace, block, "there are more than %u rings: this one is left out",
			     TTF_RINGS_MAX);
		return 1;
	}
	if (walk->found_count == walk->found_room) {
		size_t room = walk->found_room * 2 + 64;
		struct found *larger = realloc(walk->found, room * sizeof(*larger));

		if (larger == NULL)
			return -ENOMEM;
		walk->found = larger;
		walk->found_room = room;
	}
	memmove(&walk->found[at + 1], &walk->found[at], (walk->found_count - at) * sizeof(*walk->found));
	walk->found[at] = (struct found){ block, number, is_lost };
	walk->found_count++;
	return trace_ring(walk->trace, number) != NULL ? 0 : -ENOMEM;
}

/* The ring block at walk->at, in the first pass. *end is set if it is intact. */
static int read_ring(struct walk *walk, uint64_t bytes, uint64_t *end)
{
	struct trace *trace = walk->trace;
	uint8_t header[TTF_RING_IDENTITY_END];
	struct ringblock ring = { .block = walk->at, .ring = (uint32_t)walk->found_count };
	int error;

	if (source_read(&trace->source, walk->at, header, sizeof(header)) != 0)
		return 0; /* the end of the file cuts it: that was reported */
	ring.chunk_count = ttf_load32(header + TTF_RING_CHUNK_COUNT);
	ring.chunk_bytes = ttf_load32(header + TTF_RING_CHUNK_BYTES);
	if (!ringblock_is_sound(&ring, bytes)) {
		if (walk->pass == PASS_RINGS)
			trace_report(trace, walk->at, "a ring's header is damaged");
		return 0;
	}
	*end = walk->at + bytes;
	if (walk->pass != PASS_RINGS)
		return 0;
	error = insert(walk, find(walk, walk->at), walk->at, false);
	return error == 0 ? ringblock_read(trace, &ring) : error < 0 ? error : 0;
}

/* The block at walk->at. *end is where it ends, if it is intact. */
static int read_block(struct walk *walk, const uint8_t *header, uint64_t *end)
{
	uint32_t type = ttf_load32(header + TTF_BLOCK_TYPE);
	uint64_t bytes = ttf_load64(header + TTF_BLOCK_BYTES);
	uint64_t left = walk->trace->source.bytes - walk->at;
	bool is_first = walk->pass == PASS_RINGS;

	if (ttf_load64(header + TTF_BLOCK_OFFSET) != walk->at || bytes == 0 || bytes % TTF_PAGE != 0) {
		if (is_first)
			trace_report(walk->trace, walk->at, "a block's header is damaged");
		return 0;
	}
	if (type == TTF_BLOCK_RING)
		return read_ring(walk, bytes, end);
	if (bytes <= left)
		*end = walk->at + bytes;
	else if (is_first)
		trace_report(walk->trace, walk->at, "a block reaches past the end of the file");
	return type == TTF_BLOCK_SITES && !is_first ? read_sites(walk, bytes) : 0;
}

/* A chunk outside of any intact ring: its own ring's header is damaged, but it names its block. */
static int read_lost_chunk(struct walk *walk, const uint8_t *header)
{
	struct trace *trace = walk->trace;
	uint64_t block = ttf_load64(header + TTF_CHUNK_BLOCK);
	size_t at = find(walk, block);
	bool is_known = at < walk->found_count && walk->found[at].block == block;
	struct ringblock ring = { .block = block,
				  .chunk_bytes = trace->info.chunk_bytes != 0 ? trace->info.chunk_bytes
									      : TTF_CHUNK_BYTES_MAX };
	int error;

	if (ttf_state_words(ttf_load64(header + TTF_CHUNK_STATE)) == 0)
		return 0;
	if (block % TTF_PAGE != 0 || block >= walk->at || (is_known && !walk->found[at].is_lost) ||
	    !ringblock_is_chunk(trace, &ring, walk->at)) {
		trace_report(trace, walk->at, "a chunk without a ring is damaged");
		return 0;
	}
	if (!is_known) {
		trace_report(trace, block,
			     "a ring's header is damaged: its chunks are shown without a thread");
		error = insert(walk, at, block, true);
		if (error != 0)
			return error < 0 ? error : 0;
	}
	ring.ring = walk->found[at].ring;
	return ringblock_salvage(trace, &ring, walk->at);
}

/* One page where a block may begin. walk->at moves on. */
static int read_page(struct walk *walk)
{
	const struct source *source = &walk->trace->source;
	uint64_t end = walk->at + TTF_PAGE;
	uint8_t header[TTF_CHUNK_RECORDS];
	int error = 0;

	if (is_block(source, walk->at, header))
		error = read_block(walk, header, &end);
	else if (walk->pass == PASS_RINGS && is_chunk(source, walk->at, header))
		error = read_lost_chunk(walk, header);
	walk->at = next_page(source, end);
	return error;
}

static int read_blocks(struct walk *walk, enum pass pass)
{
	int error = 0;

	walk->pass = pass;
	walk->at = next_page(&walk->trace->source, TTF_PAGE);
	while (error == 0 && walk->at < walk->trace->source.bytes)
		error = read_page(walk);
	return error;
}

/* Rings are numbered by the order of their blocks; those that were salvaged were found out of it. */
static int number_rings(struct walk *walk)
{
	struct trace *trace = walk->trace;
	size_t count = walk->found_count;
	struct trace_ring **in_order = calloc(count + 1, sizeof(struct trace_ring *));

	if (in_order == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		in_order[i] = trace->rings[walk->found[i].ring];
		in_order[i]->ring.index = i;
	}
	for (size_t i = 0; i < trace->chunk_count; i++)
		trace->chunks[i].ring = trace->rings[trace->chunks[i].ring]->ring.index;
	if (count > 0)
		memcpy(trace->rings, in_order, count * sizeof(struct trace_ring *));
	free(in_order);
	return 0;
}

int region_read(struct trace *trace)
{
	struct walk walk = { .trace = trace };
	int error;

	trace->kind = TRACE_REGION;
	error = read_header(trace);
	if (error == 0 && trace->info.is_alive)
		error = source_spool(&trace->spool, trace->source.name);
	if (error == 0)
		error = read_blocks(&walk, PASS_RINGS);
	if (error == 0)
		error = number_rings(&walk);
	if (error == 0)
		error = read_blocks(&walk, PASS_SITES);
	free(walk.found);
	return error;
}
