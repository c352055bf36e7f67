#include "build_trace.h"

#include <lz4.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/crc32.h"
#include "../../format-spec/twin/record.h"
#include "../../format-spec/twin/region.h"
#include "../../format-spec/twin/snapshot.h"

/* Building cannot fail but for want of memory: then no test means anything. Used outside of Check, too. */
static void require(bool is_so)
{
	if (!is_so)
		abort();
}

void build_free(struct build *build)
{
	free(build->bytes);
	*build = (struct build){ 0 };
}

static uint8_t *grow(struct build *build, size_t count)
{
	uint8_t *added;

	if (build->room - build->count < count) {
		build->room = build->room * 2 + count + 4096;
		build->bytes = realloc(build->bytes, build->room);
		require(build->bytes != NULL);
	}
	added = build->bytes + build->count;
	build->count += count;
	return added;
}

void build_bytes(struct build *build, const void *from, size_t count)
{
	if (count > 0)
		memcpy(grow(build, count), from, count);
}

void build_zeros(struct build *build, size_t count)
{
	if (count > 0)
		memset(grow(build, count), 0, count);
}

void build_u16(struct build *build, uint16_t value)
{
	ttf_store16(grow(build, 2), value);
}

void build_u32(struct build *build, uint32_t value)
{
	ttf_store32(grow(build, 4), value);
}

void build_u64(struct build *build, uint64_t value)
{
	ttf_store64(grow(build, 8), value);
}

void build_string(struct build *build, const char *string)
{
	build_u16(build, (uint16_t)strlen(string));
	build_bytes(build, string, strlen(string));
}

void build_pad(struct build *build, size_t multiple)
{
	build_zeros(build, (multiple - build->count % multiple) % multiple);
}

int build_file(const struct build *build)
{
	int fd = memfd_create("trace", MFD_CLOEXEC);

	require(fd >= 0);
	require(pwrite(fd, build->bytes, build->count, 0) == (ssize_t)build->count);
	return fd;
}

const char *build_path(int fd)
{
	static char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

void build_record(struct build *build, uint32_t id, uint32_t delta, const void *body, size_t bytes)
{
	uint64_t words = 1 + (bytes + 7) / 8;

	build_u64(build, (uint64_t)id << TTF_RECORD_ID_SHIFT | words << TTF_RECORD_WORDS_SHIFT | delta);
	build_bytes(build, body, bytes);
	build_pad(build, 8);
}

void build_sync(struct build *build, uint64_t ticks)
{
	build_u64(build, TTF_SYNC_HEADER);
	build_u64(build, ticks);
}

void build_number_record(struct build *build, uint32_t id, uint32_t delta, int32_t value)
{
	uint8_t body[4];

	ttf_store32(body, (uint32_t)value);
	build_record(build, id, delta, body, sizeof(body));
}

void build_site(struct build *build, const struct build_site *site)
{
	struct build entry = { 0 };
	static const char file[] = "main.c";
	static const char function[] = "main";

	build_zeros(&entry, 8);
	build_u32(&entry, site->id);
	build_u32(&entry, site->line);
	build_bytes(&entry, (uint8_t[]){ site->level, site->kind, site->arguments, site->flags }, 4);
	build_u16(&entry, (uint16_t)strlen(site->target));
	build_u16(&entry, sizeof(file) - 1);
	build_u16(&entry, sizeof(function) - 1);
	build_u16(&entry, (uint16_t)strlen(site->format));
	build_u32(&entry, 0); /* no names; reserved */
	build_bytes(&entry, site->types, sizeof(site->types));
	build_bytes(&entry, site->target, strlen(site->target));
	build_bytes(&entry, file, sizeof(file) - 1);
	build_bytes(&entry, function, sizeof(function) - 1);
	build_bytes(&entry, site->format, strlen(site->format));
	build_pad(&entry, 8);
	ttf_store32(entry.bytes + TTF_SITE_BYTES, (uint32_t)entry.count);
	ttf_store32(entry.bytes + TTF_SITE_CRC,
		    ttf_crc32(0, entry.bytes + TTF_SITE_ID, entry.count - TTF_SITE_ID));
	build_bytes(build, entry.bytes, entry.count);
	build_free(&entry);
}

void build_site_number(struct build *build, uint32_t id)
{
	build_site(build, &(struct build_site){ .id = id,
						.line = id,
						.level = TTF_LEVEL_INFO,
						.arguments = 1,
						.types = { TTF_I32 },
						.target = "app",
						.format = "n %d" });
}

void build_snapshot_header(struct build *build)
{
	build_u64(build, TTF_FILE_MAGIC_VALUE);
	build_u16(build, TTF_MAJOR);
	build_u16(build, TTF_MINOR);
	build_u32(build, TTF_FILE_HEADER);
	build_zeros(build, TTF_FILE_CRC - TTF_FILE_INCOMPATIBLE);
	build_u32(build, ttf_crc32(0, build->bytes, TTF_FILE_CRC));
}

void build_section(struct build *build, unsigned type, const struct build *body)
{
	size_t start;

	build_pad(build, 8);
	start = build->count;
	build_u64(build, TTF_SECTION_MARKER_VALUE);
	build_u16(build, (uint16_t)type);
	build_u16(build, 0);
	build_u32(build, (uint32_t)body->count);
	build_u32(build, ttf_crc32(0, body->bytes, body->count));
	build_u32(build, ttf_crc32(0, build->bytes + start, TTF_SECTION_HEADER_CRC));
	build_bytes(build, body->bytes, body->count);
	build_pad(build, 8);
}

void build_process(struct build *build, uint32_t pid)
{
	struct build body = { 0 };

	build_zeros(&body, TTF_PROCESS_STRINGS);
	ttf_store32(body.bytes + TTF_PROCESS_PID, pid);
	ttf_store32(body.bytes + TTF_PROCESS_POLICY, TTF_POLICY_DEMAND);
	build_string(&body, "svc");
	build_string(&body, "host");
	build_string(&body, "boot");
	build_string(&body, "test");
	build_string(&body, "/bin/svc");
	build_string(&body, "why");
	build_section(build, TTF_SECTION_PROCESS, &body);
	build_free(&body);
}

void build_clock(struct build *build, uint32_t kind, const uint64_t *triples, uint32_t count)
{
	struct build body = { 0 };

	build_u32(&body, kind);
	build_u32(&body, count);
	for (uint32_t i = 0; i < 3 * count; i++)
		build_u64(&body, triples[i]);
	build_section(build, TTF_SECTION_CLOCK, &body);
	build_free(&body);
}

void build_sites(struct build *build, uint32_t first_id, uint32_t count)
{
	struct build body = { 0 };

	for (uint32_t i = 0; i < count; i++)
		build_site_number(&body, first_id + i);
	build_section(build, TTF_SECTION_SITES, &body);
	build_free(&body);
}

void build_thread(struct build *build, uint32_t ring, uint32_t tid, const char *name)
{
	struct build body = { 0 };
	uint8_t *entry;

	build_u32(&body, 1);
	build_u32(&body, 0);
	build_zeros(&body, TTF_THREAD_NAME);
	entry = body.bytes + TTF_THREADS_ENTRIES;
	ttf_store32(entry + TTF_THREAD_RING, ring);
	ttf_store32(entry + TTF_THREAD_TID, tid);
	ttf_store32(entry + TTF_THREAD_USE, TTF_RING_USE_LIVE);
	build_string(&body, name);
	build_pad(&body, 8);
	build_section(build, TTF_SECTION_THREADS, &body);
	build_free(&body);
}

static void compress(struct build *body, const struct build *records)
{
	int room = LZ4_compressBound((int)records->count);
	char *packed = malloc((size_t)room);
	int bytes;

	require(packed != NULL);
	bytes = LZ4_compress_default((const char *)records->bytes, packed, (int)records->count, room);
	require(bytes > 0);
	build_bytes(body, packed, (size_t)bytes);
	free(packed);
}

/* The records with their deltas made ticks: of the chunk's base, or that of the sync before them. What is no record ends it. */
static void settle(struct build *settled, const struct build *records, uint64_t base)
{
	build_bytes(settled, records->bytes, records->count);
	for (size_t at = 0; at < settled->count;) {
		uint64_t header = ttf_load64(settled->bytes + at);
		size_t bytes = ttf_record_words(header) * (size_t)8;

		if (bytes == 0 || bytes > settled->count - at)
			return;
		if (ttf_record_id(header) != 0)
			ttf_store32(settled->bytes + at, (uint32_t)(base + ttf_record_low(header)));
		else if (header == TTF_SYNC_HEADER)
			base = ttf_load64(settled->bytes + at + 8);
		at += bytes;
	}
}

void build_chunk(struct build *build, const struct build_chunk *chunk, const struct build *deltas,
		 bool is_lz4)
{
	struct build body = { 0 };
	struct build settled = { 0 };
	const struct build *records = &settled;

	settle(&settled, deltas, chunk->base_ticks);

	build_u32(&body, chunk->ring);
	build_u32(&body, is_lz4 ? TTF_ENCODING_LZ4 : TTF_ENCODING_RAW);
	build_u64(&body, chunk->number);
	build_u64(&body, chunk->first_seq);
	build_u64(&body, chunk->base_ticks);
	build_u64(&body, chunk->base_ns);
	build_u32(&body, chunk->events);
	build_u32(&body, (uint32_t)(records->count / 8));
	if (is_lz4)
		compress(&body, records);
	else
		build_bytes(&body, records->bytes, records->count);
	build_section(build, TTF_SECTION_CHUNK, &body);
	build_free(&body);
	build_free(&settled);
}

void build_end(struct build *build, uint64_t sections, uint32_t torn)
{
	struct build body = { 0 };

	build_u32(&body, 0);
	build_u32(&body, torn);
	build_u64(&body, sections);
	build_u64(&body, 0);
	build_section(build, TTF_SECTION_END, &body);
	build_free(&body);
}

static void index_section(struct build *index, const struct build *file, size_t at)
{
	const uint8_t *section = file->bytes + at;

	build_u64(index, at);
	build_u32(index, ttf_load16(section + TTF_SECTION_TYPE));
	build_u32(index, ttf_load32(section + TTF_SECTION_LENGTH));
	if (ttf_load16(section + TTF_SECTION_TYPE) == TTF_SECTION_CHUNK)
		build_bytes(index, section + TTF_SECTION_HEADER, TTF_CHUNKS_DATA);
	else
		build_zeros(index, TTF_CHUNKS_DATA);
}

void build_indexed_end(struct build *build)
{
	struct build index = { 0 };
	struct build end = { 0 };
	uint32_t count = 0;

	build_zeros(&index, TTF_INDEX_ENTRIES);
	for (size_t at = TTF_FILE_HEADER; at < build->count; count++) {
		index_section(&index, build, at);
		at += TTF_SECTION_HEADER +
		      (size_t)ttf_pad8(ttf_load32(build->bytes + at + TTF_SECTION_LENGTH));
	}
	ttf_store32(index.bytes + TTF_INDEX_COUNT, count);
	build_u64(&end, 0);
	build_u64(&end, count + 1u);
	build_u64(&end, build->count);
	build_section(build, TTF_SECTION_INDEX, &index);
	build_section(build, TTF_SECTION_END, &end);
	build_free(&index);
	build_free(&end);
}

void build_region_begin(struct build *build)
{
	build_zeros(build, TTF_PAGE);
}

void build_region_triple(struct build *build, size_t offset, uint64_t ticks, uint64_t mono_ns,
			 uint64_t real_ns)
{
	ttf_store64(build->bytes + offset + TTF_TRIPLE_TICKS, ticks);
	ttf_store64(build->bytes + offset + TTF_TRIPLE_MONO, mono_ns);
	ttf_store64(build->bytes + offset + TTF_TRIPLE_REAL, real_ns);
}

void build_region_seal(struct build *build)
{
	uint8_t *header = build->bytes;

	ttf_store32(header + TTF_REGION_HEADER_CRC, ttf_region_crc(header));
	ttf_store32(
		header + TTF_REGION_IDENTITY_CRC,
		ttf_crc32(0, header + TTF_REGION_IDENTITY, TTF_REGION_IDENTITY_END - TTF_REGION_IDENTITY));
}

void build_region_end(struct build *build, uint32_t clock)
{
	uint8_t *header = build->bytes;

	ttf_store64(header + TTF_REGION_MAGIC, ttf_magic(TTF_REGION_MAGIC_MASKED));
	ttf_store32(header + TTF_REGION_ABI_NUMBER, TTF_REGION_ABI);
	ttf_store32(header + TTF_REGION_HEADER_BYTES, TTF_PAGE);
	ttf_store64(header + TTF_REGION_BYTES, build->count);
	ttf_store64(header + TTF_REGION_USED_BYTES, build->count);
	ttf_store32(header + TTF_REGION_CHUNK_BYTES, BUILD_CHUNK_BYTES);
	ttf_store32(header + TTF_REGION_CLOCK, clock);
	ttf_store32(header + TTF_REGION_PID, 77);
	ttf_store32(header + TTF_REGION_STATE, TTF_STATE_RUNNING);
	memcpy(header + TTF_REGION_SERVICE, "svc", 3);
	build_region_seal(build);
}

static size_t begin_block(struct build *build, uint32_t type, size_t bytes)
{
	size_t block = build->count;

	build_zeros(build, bytes);
	ttf_store64(build->bytes + block + TTF_BLOCK_MAGIC, ttf_magic(TTF_BLOCK_MAGIC_MASKED));
	ttf_store32(build->bytes + block + TTF_BLOCK_TYPE, type);
	ttf_store64(build->bytes + block + TTF_BLOCK_BYTES, bytes);
	ttf_store64(build->bytes + block + TTF_BLOCK_OFFSET, block);
	ttf_store32(build->bytes + block + TTF_BLOCK_CRC, ttf_block_crc(build->bytes + block));
	return block;
}

size_t build_sites_block(struct build *build, const struct build *entries)
{
	size_t bytes = (TTF_SITES_ENTRIES + entries->count + TTF_PAGE - 1) / TTF_PAGE * TTF_PAGE;
	size_t block = begin_block(build, TTF_BLOCK_SITES, bytes);

	ttf_store64(build->bytes + block + TTF_SITES_COMMITTED, entries->count);
	memcpy(build->bytes + block + TTF_SITES_ENTRIES, entries->bytes, entries->count);
	return block;
}

size_t build_ring_block(struct build *build, uint32_t tid, const char *name, uint32_t chunk_count)
{
	size_t block =
		begin_block(build, TTF_BLOCK_RING, TTF_RING_CHUNKS + chunk_count * (size_t)BUILD_CHUNK_BYTES);
	uint8_t *header = build->bytes + block;

	ttf_store32(header + TTF_RING_VERSION, 2);
	ttf_store32(header + TTF_RING_USE, TTF_RING_USE_LIVE);
	ttf_store32(header + TTF_RING_TID, tid);
	ttf_store32(header + TTF_RING_CHUNK_COUNT, chunk_count);
	ttf_store32(header + TTF_RING_CHUNK_BYTES, BUILD_CHUNK_BYTES);
	memcpy(header + TTF_RING_NAME, name, strlen(name));
	ttf_store32(header + TTF_RING_IDENTITY_CRC, ttf_ring_crc(header));
	return block;
}

size_t build_region_chunk(struct build *build, size_t block, uint32_t chunk_count,
			  const struct build_chunk *chunk, const struct build *deltas)
{
	struct build settled = { 0 };
	const struct build *records = &settled;
	size_t at = block + TTF_RING_CHUNKS + (size_t)(chunk->number % chunk_count) * BUILD_CHUNK_BYTES;
	uint8_t *header = build->bytes + at;

	settle(&settled, deltas, chunk->base_ticks);
	require(TTF_CHUNK_RECORDS + records->count <= BUILD_CHUNK_BYTES);
	memset(header, 0, BUILD_CHUNK_BYTES);
	ttf_store64(header + TTF_CHUNK_STATE,
		    chunk->number << 32 | (uint64_t)chunk->events << 16 | records->count / 8);
	ttf_store64(header + TTF_CHUNK_MAGIC, ttf_magic(TTF_CHUNK_MAGIC_MASKED));
	ttf_store64(header + TTF_CHUNK_NUMBER, chunk->number);
	ttf_store64(header + TTF_CHUNK_BASE_TICKS, chunk->base_ticks);
	ttf_store64(header + TTF_CHUNK_BASE_NS, chunk->base_ns);
	ttf_store64(header + TTF_CHUNK_FIRST_SEQ, chunk->first_seq);
	ttf_store64(header + TTF_CHUNK_BLOCK, block);
	ttf_store32(header + TTF_CHUNK_CRC, ttf_chunk_crc(header));
	if (records->count > 0)
		memcpy(header + TTF_CHUNK_RECORDS, records->bytes, records->count);
	build_free(&settled);
	return at;
}

/* One tick is one ns, monotonic 1000 is 2026-11-21T01:02:03Z. */
#define SMALL_REAL_NS UINT64_C(1795222923000000000)

/* Numbers `from` to `from + count` of a ring's events, one every 10 ticks. */
static void build_numbers(struct build *records, int32_t from, int32_t count)
{
	for (int32_t i = 0; i < count; i++)
		build_number_record(records, 1, (uint32_t)i * 10, from + i);
}

static struct build_chunk small_chunk(uint32_t ring, uint64_t number, int32_t from, int32_t count)
{
	uint64_t ticks = 1000 + ring + (uint64_t)from * 10;

	return (struct build_chunk){ .ring = ring,
				     .number = number,
				     .first_seq = (uint64_t)from,
				     .base_ticks = ticks,
				     .base_ns = ticks,
				     .events = (uint32_t)count };
}

static void small_sections(struct build *build, int32_t count)
{
	int32_t half = count / 2;

	build_snapshot_header(build);
	build_process(build, 77);
	build_clock(build, TTF_CLOCK_TSC, (uint64_t[]){ 1000, 1000, SMALL_REAL_NS }, 1);
	build_sites(build, 1, 1);
	build_thread(build, 0, 100, "first");
	build_thread(build, 1, 101, "second");
	for (uint32_t ring = 0; ring < 2; ring++) {
		for (int32_t part = 0; part < 2; part++) {
			struct build records = { 0 };
			int32_t from = part == 0 ? 0 : half;
			int32_t events = part == 0 ? half : count - half;
			struct build_chunk chunk = small_chunk(ring, (uint64_t)part + 1, from, events);

			build_numbers(&records, from, events);
			build_chunk(build, &chunk, &records, part == 1);
			build_free(&records);
		}
	}
}

void build_small_snapshot(struct build *build, int32_t count)
{
	small_sections(build, count);
	build_end(build, 9, 0);
}

void build_small_indexed(struct build *build, int32_t count)
{
	small_sections(build, count);
	build_indexed_end(build);
}

void build_small_region(struct build *build, int32_t count)
{
	struct build entries = { 0 };
	int32_t half = count / 2;

	build_region_begin(build);
	build_site_number(&entries, 1);
	build_sites_block(build, &entries);
	build_free(&entries);
	for (uint32_t ring = 0; ring < 2; ring++) {
		size_t block = build_ring_block(build, 100 + ring, ring == 0 ? "first" : "second", 2);

		for (int32_t part = 0; part < 2; part++) {
			struct build records = { 0 };
			int32_t from = part == 0 ? 0 : half;
			int32_t events = part == 0 ? half : count - half;
			struct build_chunk chunk = small_chunk(ring, (uint64_t)part + 1, from, events);

			build_numbers(&records, from, events);
			build_region_chunk(build, block, 2, &chunk, &records);
			build_free(&records);
		}
	}
	build_region_triple(build, TTF_REGION_LOAD, 1000, 1000, SMALL_REAL_NS);
	build_region_end(build, TTF_CLOCK_TSC);
}
