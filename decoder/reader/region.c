#include "region.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../format-spec/twin/bytes.h"
#include "protocol.h"
#include "regionheader.h"
#include "ringblock.h"
#include "../input/spool.h"
#include "../input/window.h"

/* What a walk over the blocks takes. Sites come last: a site is committed before the first record that names it. */
enum pass {
	PASS_RINGS,
	PASS_SITES,
};

/* A ring and its block. */
struct found {
	uint64_t block; /* its offset by its own header */
	uint64_t at;	/* where it stands */
	uint32_t ring;	/* its number, in the order of discovery */
};

struct walk {
	struct trace *trace;
	enum pass pass;
	uint64_t at;
	uint64_t sites_end;  /* of the last entry that was found outside of an intact block */
	bool has_lost_sites; /* which has been reported */
	struct found *found; /* by block */
	size_t found_count;
	size_t found_room;
	struct strays strays;
};

bool region_is(const struct source *source)
{
	return regionheader_is(source);
}

/* Whether a block's magic stands at `at`; its header is then in *header. */
static bool has_magic(const struct source *source, uint64_t at, uint8_t *header)
{
	uint64_t magic;

	/* A7: acquire load, synchronizes with R3: the header below is whole. */
	protocol_load(source, at + TTF_BLOCK_MAGIC, &magic);
	return magic == ttf_magic(TTF_BLOCK_MAGIC_MASKED) &&
	       source_read(source, at, header, TTF_BLOCK_HEADER) == 0;
}

static bool is_intact(const uint8_t *header)
{
	return ttf_load32(header + TTF_BLOCK_CRC) == ttf_block_crc(header);
}

static bool is_chunk(const struct source *source, uint64_t at, uint8_t *header)
{
	source_read(source, at, header, TTF_CHUNK_RECORDS);
	return ttf_load64(header + TTF_CHUNK_MAGIC) == ttf_magic(TTF_CHUNK_MAGIC_MASKED);
}

bool region_is_damaged(const struct source *source)
{
	uint8_t header[TTF_CHUNK_RECORDS];

	for (uint64_t at = regionheader_next_page(source, 0); at < source->bytes;
	     at = regionheader_next_page(source, at + TTF_PAGE)) {
		if (has_magic(source, at, header) && is_intact(header))
			return true;
		if (is_chunk(source, at, header))
			return true;
	}
	return false;
}

/*
 * The sites block at walk->at; `bytes` may reach past the end of the file. Behind what is committed an intact entry counts, too: its
 * process died before the commit, or the commit is damaged.
 */
static int read_sites(struct walk *walk, uint64_t bytes)
{
	struct trace *trace = walk->trace;
	struct window window = WINDOW_ON(&trace->source);
	struct sites_range range = { .from = walk->at + TTF_SITES_ENTRIES, .to = trace->source.bytes };
	uint64_t committed;
	int error;

	/* A6: acquire load, synchronizes with R2: the entries up to there are whole. */
	protocol_load(&trace->source, walk->at + TTF_SITES_COMMITTED, &committed);
	if (bytes < range.to - walk->at)
		range.to = walk->at + bytes;
	range.limit = range.promised = range.to;
	if (committed > bytes - TTF_SITES_ENTRIES)
		trace_report(trace, walk->at, "a sites block has %llu bytes of entries and no room for them",
			     (unsigned long long)committed);
	else if (committed < range.to - range.from)
		range.promised = range.from + committed;
	error = sites_read(&trace->sites, &window, &range, trace->damage);
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
static int insert(struct walk *walk, size_t at, uint64_t block, uint64_t stands_at)
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
	walk->found[at] = (struct found){ block, stands_at, number };
	walk->found_count++;
	return trace_ring(walk->trace, number) != NULL ? 0 : -ENOMEM;
}

/* Whether another block of that offset was found before, elsewhere. */
static bool is_second(const struct walk *walk, uint64_t block)
{
	size_t at = find(walk, block);

	return at < walk->found_count && walk->found[at].block == block && walk->found[at].at != walk->at;
}

/* The ring of offset `block` at walk->at, in the first pass. *end is set if its chunks can be told apart. */
static int read_ring(struct walk *walk, uint64_t block, uint64_t bytes, uint64_t *end)
{
	struct trace *trace = walk->trace;
	uint8_t header[TTF_RING_IDENTITY_END];
	struct ringblock ring = { .at = walk->at,
				  .block = block,
				  .ring = (uint32_t)walk->found_count,
				  .strays = trace->info.is_alive ? NULL : &walk->strays };
	int error;

	if (source_read(&trace->source, walk->at, header, sizeof(header)) != 0)
		return 0; /* the end of the file cuts it: that was reported */
	ring.chunk_count = ttf_load32(header + TTF_RING_CHUNK_COUNT);
	ring.chunk_bytes = ttf_load32(header + TTF_RING_CHUNK_BYTES);
	if (!ringblock_is_sound(&ring, bytes) || is_second(walk, block)) {
		if (walk->pass == PASS_RINGS)
			trace_report(trace, walk->at, "a ring's header is damaged");
		return 0;
	}
	*end = walk->at + bytes;
	if (walk->pass != PASS_RINGS)
		return 0;
	error = insert(walk, find(walk, block), block, walk->at);
	return error == 0 ? ringblock_read(trace, &ring) : error < 0 ? error : 0;
}

/* The block at walk->at, whose header is right. *end is where it ends, if the file goes that far. */
static int read_block(struct walk *walk, const uint8_t *header, uint64_t *end)
{
	uint32_t type = ttf_load32(header + TTF_BLOCK_TYPE);
	uint64_t bytes = ttf_load64(header + TTF_BLOCK_BYTES);
	uint64_t block = ttf_load64(header + TTF_BLOCK_OFFSET);
	uint64_t left = walk->trace->source.bytes - walk->at;
	bool is_first = walk->pass == PASS_RINGS;

	if (bytes == 0 || bytes % TTF_PAGE != 0) {
		if (is_first)
			trace_report(walk->trace, walk->at, "a block's header is damaged");
		return 0;
	}
	if (block != walk->at && is_first)
		trace_report(walk->trace, walk->at, "a block stands here that belongs to %llu",
			     (unsigned long long)block);
	if (type == TTF_BLOCK_RING)
		return read_ring(walk, block, bytes, end);
	if (bytes <= left)
		*end = walk->at + bytes;
	else if (is_first)
		trace_report(walk->trace, walk->at, "a block reaches past the end of the file");
	return type == TTF_BLOCK_SITES && !is_first ? read_sites(walk, bytes) : 0;
}

/* A page where no block's header is right, but a ring's identity stands: its CRC guards the sizes, too. */
static int read_bare_ring(struct walk *walk, uint64_t bytes, uint64_t *end)
{
	const struct source *source = &walk->trace->source;
	uint8_t magic[8];
	uint8_t version[4];
	bool is_read = source_read(source, walk->at, magic, sizeof(magic)) == 0 &&
		       source_read(source, walk->at + TTF_RING_VERSION, version, sizeof(version)) == 0;
	bool has_magic_bytes = is_read && ttf_load64(magic) != 0;

	/* Without a magic at all its process died before it had made the block; there is nothing in it yet. */
	if (is_read && !has_magic_bytes && ttf_load32(version) % 2 != 0)
		return 0; /* not even the identity was whole */
	if (has_magic_bytes && walk->pass == PASS_RINGS)
		trace_report(walk->trace, walk->at,
			     "a block's header is damaged; the ring's own fields are not");
	return read_ring(walk, walk->at, bytes, end);
}

/* The ring that a stray chunk names, as far as it is known. */
static struct ringblock ring_of(const struct trace *trace, uint64_t block)
{
	return (struct ringblock){ .block = block,
				   .chunk_bytes = trace->info.chunk_bytes != 0 ? trace->info.chunk_bytes
									       : TTF_CHUNK_BYTES_MAX };
}

static void lose_chunk(struct trace *trace, uint64_t at)
{
	trace_report(trace, at, "a chunk without a ring is damaged");
	trace_lose(trace, (struct trace_loss){ .offset = at, .ring = TRACE_LOSS_ANY });
}

/* A chunk's magic at walk->at, outside of any ring. *end is moved behind the chunk if it is right. */
static int read_lost_chunk(struct walk *walk, const uint8_t *header, uint64_t *end)
{
	struct trace *trace = walk->trace;
	struct ringblock ring = ring_of(trace, ttf_load64(header + TTF_CHUNK_BLOCK));
	uint64_t bytes = TTF_CHUNK_RECORDS + ttf_state_words(ttf_load64(header + TTF_CHUNK_STATE)) * 8u;

	if (bytes == TTF_CHUNK_RECORDS)
		return 0;
	if (ring.block % TTF_PAGE != 0 || !ringblock_is_chunk(trace, &ring, walk->at)) {
		if (walk->pass == PASS_RINGS)
			lose_chunk(trace, walk->at);
		return 0;
	}
	if (bytes > ring.chunk_bytes)
		bytes = ring.chunk_bytes;
	*end = walk->at + (bytes + TTF_PAGE - 1) / TTF_PAGE * TTF_PAGE;
	return walk->pass == PASS_RINGS ? strays_add(&walk->strays, (struct stray){ walk->at, ring.block })
					: 0;
}

/* Gives a stray chunk to the ring that it names. Where that has no intact header, the ring is one without a thread. */
static int take_stray(struct walk *walk, const struct stray *stray)
{
	struct trace *trace = walk->trace;
	struct ringblock ring = ring_of(trace, stray->block);
	size_t found = find(walk, ring.block);
	int error;

	if (ring.block % TTF_PAGE != 0)
		return 0; /* that was reported */
	if (found == walk->found_count || walk->found[found].block != ring.block) {
		trace_report(trace, ring.block,
			     "a ring's header is damaged: its chunks are shown without a thread");
		error = insert(walk, found, ring.block, ring.block);
		if (error != 0)
			return error < 0 ? error : 0;
	}
	ring.ring = walk->found[found].ring;
	return ringblock_salvage(trace, &ring, trace->rings[ring.ring]->first_number, stray->at);
}

static int take_strays(struct walk *walk)
{
	int error = 0;

	for (size_t i = 0; i < walk->strays.count && error == 0; i++)
		error = take_stray(walk, &walk->strays.all[i]);
	return error;
}

/* A page of which nothing says what it is: site entries know themselves. They may reach into the pages behind. */
static int read_lost_sites(struct walk *walk)
{
	struct trace *trace = walk->trace;
	struct window window = WINDOW_ON(&trace->source);
	struct sites_range range = { .from = walk->sites_end > walk->at ? walk->sites_end : walk->at,
				     .to = walk->at + TTF_PAGE,
				     .limit = trace->source.bytes };
	uint32_t before = trace->sites.count;
	int error;

	if (range.to > trace->source.bytes)
		range.to = trace->source.bytes;
	error = sites_read(&trace->sites, &window, &range, trace->damage);
	walk->sites_end = range.from;
	window_free(&window);
	if (trace->sites.count > before && !walk->has_lost_sites) {
		walk->has_lost_sites = true;
		trace_report(trace, walk->at, "sites were found outside of an intact block");
	}
	return error;
}

/* A page without a block's header. *end is where to go on. */
static int read_bare_page(struct walk *walk, uint64_t *end)
{
	const struct source *source = &walk->trace->source;
	uint8_t header[TTF_CHUNK_RECORDS];
	uint64_t bytes = ringblock_bytes(walk->trace, walk->at);

	if (bytes != 0)
		return read_bare_ring(walk, bytes, end);
	if (is_chunk(source, walk->at, header))
		return read_lost_chunk(walk, header, end);
	return walk->pass == PASS_SITES ? read_lost_sites(walk) : 0;
}

/* One page where a block may begin. walk->at moves on. */
static int read_page(struct walk *walk)
{
	const struct source *source = &walk->trace->source;
	uint64_t end = walk->at + TTF_PAGE;
	uint8_t header[TTF_BLOCK_HEADER];
	bool is_block = has_magic(source, walk->at, header);
	int error;

	if (is_block && is_intact(header)) {
		error = read_block(walk, header, &end);
	} else {
		/* Where the ring's identity is right, that will be said. */
		if (is_block && walk->pass == PASS_RINGS && ringblock_bytes(walk->trace, walk->at) == 0)
			trace_report(walk->trace, walk->at, "a block's header is damaged");
		error = read_bare_page(walk, &end);
	}
	walk->at = regionheader_next_page(source, end);
	return error;
}

static int read_blocks(struct walk *walk, enum pass pass)
{
	int error = 0;

	walk->pass = pass;
	/* What does not begin with a header may begin with anything. */
	walk->at =
		regionheader_next_page(&walk->trace->source, region_is(&walk->trace->source) ? TTF_PAGE : 0);
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
	error = regionheader_read(trace);
	if (error == 0 && trace->info.is_alive)
		error = spool_open(&trace->spool, trace->source.name);
	trace->spool.failure = &trace->failure;
	if (error == 0)
		error = read_blocks(&walk, PASS_RINGS);
	if (error == 0)
		error = take_strays(&walk);
	if (error == 0)
		error = number_rings(&walk);
	if (error == 0)
		error = read_blocks(&walk, PASS_SITES);
	free(walk.found);
	free(walk.strays.all);
	return error;
}
