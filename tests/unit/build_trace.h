/*
 * build_trace.h - builds snapshots and regions in memory for the tests of the reader.
 *
 * What it is told to build it builds, conforming or not; the numbers are the C twin's. The bytes can be changed
 * before they are written to a file.
 */
#ifndef BUILD_TRACE_H
#define BUILD_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Growing bytes. Begin with zeros; build_free at the end. */
struct build {
	uint8_t *bytes;
	size_t count;
	size_t room;
};

void build_free(struct build *build);
void build_bytes(struct build *build, const void *from, size_t count);
void build_zeros(struct build *build, size_t count);
void build_u16(struct build *build, uint16_t value);
void build_u32(struct build *build, uint32_t value);
void build_u64(struct build *build, uint64_t value);
void build_string(struct build *build, const char *string); /* u16 length and bytes */
void build_pad(struct build *build, size_t multiple);

/* The bytes as a file without a name; returns its descriptor. Aborts if that does not work. */
int build_file(const struct build *build);

/* "/proc/self/fd/N" of a descriptor, to be opened by name; valid until the next call. */
const char *build_path(int fd);

/* Records. What says `delta` becomes ticks when the chunk is built. */
void build_record(struct build *build, uint32_t id, uint32_t delta, const void *body, size_t bytes);
void build_sync(struct build *build, uint64_t ticks);

/* An event of build_site_number: one i32. */
void build_number_record(struct build *build, uint32_t id, uint32_t delta, int32_t value);

/* A site's entry. */
struct build_site {
	uint32_t id;
	uint32_t line;
	uint8_t level;
	uint8_t kind;
	uint8_t flags;
	uint8_t arguments;
	uint8_t types[16];
	const char *target;
	const char *format;
};

void build_site(struct build *build, const struct build_site *site);

/* Level info, target "app", one i32, format "n %d". */
void build_site_number(struct build *build, uint32_t id);

/* A snapshot. */
void build_snapshot_header(struct build *build);
void build_section(struct build *build, unsigned type, const struct build *body);
void build_process(struct build *build, uint32_t pid);
void build_clock(struct build *build, uint32_t kind, const uint64_t *triples, uint32_t count);
void build_sites(struct build *build, uint32_t first_id, uint32_t count); /* of build_site_number */
void build_end(struct build *build, uint64_t sections, uint32_t torn);

/* An INDEX of all sections so far, and END. */
void build_indexed_end(struct build *build);

/* One entry of a THREADS section of one. */
void build_thread(struct build *build, uint32_t ring, uint32_t tid, const char *name);

struct build_chunk {
	uint32_t ring;
	uint64_t number;
	uint64_t first_seq;
	uint64_t base_ticks;
	uint64_t base_ns;
	uint32_t events;
};

void build_chunk(struct build *build, const struct build_chunk *chunk, const struct build *deltas,
		 bool is_lz4);

/* A region: header, blocks. The header is made last, when the sizes are known. */
#define BUILD_CHUNK_BYTES 4096u

void build_region_begin(struct build *build);
void build_region_end(struct build *build, uint32_t clock);

/* Makes the CRCs of the region's header right again. */
void build_region_seal(struct build *build);

void build_region_triple(struct build *build, size_t offset, uint64_t ticks, uint64_t mono_ns,
			 uint64_t real_ns);

/* A sites block that holds the entries. Returns its offset. */
size_t build_sites_block(struct build *build, const struct build *entries);

/* A ring block of empty chunks. Returns its offset. */
size_t build_ring_block(struct build *build, uint32_t tid, const char *name, uint32_t chunk_count);

/* Fills the place of chunk->number in the ring block at `block`. Returns the chunk's offset. */
size_t build_region_chunk(struct build *build, size_t block, uint32_t chunk_count,
			  const struct build_chunk *chunk, const struct build *deltas);

/* A whole small snapshot: site 1, two rings, `count` numbered events each, in two chunks a ring (the second LZ4). */
void build_small_snapshot(struct build *build, int32_t count);

/* The same with an INDEX. */
void build_small_indexed(struct build *build, int32_t count);

/* The same as a region. */
void build_small_region(struct build *build, int32_t count);

#endif
