#include "map.h"

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/record.h"
#include "../../format-spec/twin/region.h"
#include "../../format-spec/twin/snapshot.h"

/* What is mapped, and where to. */
struct making {
	struct map *map;
	const uint8_t *bytes;
	size_t count;
	bool failed;
};

static void add_part(struct making *making, size_t from, size_t to, enum part_kind kind, uint32_t id)
{
	making->failed =
		making->failed || making->map->count == MAP_PARTS_MAX || from > to || to > making->count;
	if (!making->failed)
		making->map->parts[making->map->count++] = (struct part){ from, to, kind, id };
}

static void map_sites(struct making *making, size_t from, size_t to)
{
	while (from < to && !making->failed) {
		uint32_t bytes = ttf_load32(making->bytes + from + TTF_SITE_BYTES);

		making->failed = bytes < TTF_SITE_STRINGS;
		add_part(making, from, from + bytes, PART_SITE,
			 ttf_load32(making->bytes + from + TTF_SITE_ID));
		from += bytes;
	}
}

static uint32_t chunk_id(uint32_t ring, uint64_t number)
{
	return ring * 100 + (uint32_t)number;
}

static void map_section(struct making *making, size_t at)
{
	const uint8_t *header = making->bytes + at;
	const uint8_t *body = header + TTF_SECTION_HEADER;
	size_t end = at + TTF_SECTION_HEADER + ttf_load32(header + TTF_SECTION_LENGTH);
	unsigned type = ttf_load16(header + TTF_SECTION_TYPE);

	if (type == TTF_SECTION_PROCESS)
		add_part(making, at, end, PART_PROCESS, 0);
	else if (type == TTF_SECTION_CLOCK)
		add_part(making, at, end, PART_CLOCK, 0);
	else if (type == TTF_SECTION_SITES)
		map_sites(making, at + TTF_SECTION_HEADER, end);
	else if (type == TTF_SECTION_THREADS)
		add_part(making, at, end, PART_THREAD, 0);
	else if (type == TTF_SECTION_CHUNK)
		add_part(making, at, end, PART_CHUNK,
			 chunk_id(ttf_load32(body + TTF_CHUNKS_RING), ttf_load64(body + TTF_CHUNKS_NUMBER)));
}

static void map_snapshot(struct making *making)
{
	size_t at = TTF_FILE_HEADER;

	while (at < making->count && !making->failed) {
		map_section(making, at);
		at += TTF_SECTION_HEADER + (ttf_load32(making->bytes + at + TTF_SECTION_LENGTH) + 7) / 8 * 8;
	}
}

static void map_ring(struct making *making, size_t at, uint32_t ring)
{
	uint32_t chunk_bytes = ttf_load32(making->bytes + at + TTF_RING_CHUNK_BYTES);

	add_part(making, at + TTF_RING_VERSION, at + TTF_RING_NAME + TTF_RING_NAME_BYTES, PART_THREAD, ring);
	for (uint32_t i = 0; i < ttf_load32(making->bytes + at + TTF_RING_CHUNK_COUNT); i++) {
		size_t chunk = at + TTF_RING_CHUNKS + (size_t)i * chunk_bytes;
		uint64_t state = ttf_load64(making->bytes + chunk + TTF_CHUNK_STATE);
		size_t records = chunk + TTF_CHUNK_RECORDS;

		if (ttf_state_words(state) == 0)
			continue;
		add_part(making, chunk, records, PART_CHUNK, chunk_id(ring, ttf_state_generation(state)));
		add_part(making, records, records + ttf_state_words(state) * 8u, PART_RECORDS,
			 chunk_id(ring, ttf_state_generation(state)));
	}
}

static void map_region(struct making *making)
{
	uint32_t rings = 0;
	size_t at = TTF_PAGE;

	while (at < making->count && !making->failed) {
		const uint8_t *block = making->bytes + at;

		if (ttf_load32(block + TTF_BLOCK_TYPE) == TTF_BLOCK_RING)
			map_ring(making, at, rings++);
		else
			map_sites(making, at + TTF_SITES_ENTRIES,
				  at + TTF_SITES_ENTRIES + ttf_load64(block + TTF_SITES_COMMITTED));
		at += ttf_load64(block + TTF_BLOCK_BYTES);
	}
}

bool map_make(struct map *map, const uint8_t *bytes, size_t count)
{
	struct making making = { .map = map, .bytes = bytes, .count = count };

	map->count = 0;
	if (ttf_load64(bytes) == TTF_FILE_MAGIC_VALUE)
		map_snapshot(&making);
	else
		map_region(&making);
	return !making.failed;
}

const struct part *map_part(const struct map *map, size_t at)
{
	static const struct part nothing = { 0, 0, PART_NOTHING, 0 };

	for (size_t i = 0; i < map->count; i++)
		if (at >= map->parts[i].from && at < map->parts[i].to)
			return &map->parts[i];
	return &nothing;
}
