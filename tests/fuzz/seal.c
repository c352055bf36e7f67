#include "seal.h"

#include <lz4.h>
#include <stdlib.h>
#include <string.h>

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/crc32.h"
#include "../../format-spec/twin/record.h"
#include "../../format-spec/twin/region.h"
#include "../../format-spec/twin/snapshot.h"

#define PARTS_MAX 64u
#define PAGES_MAX 32u

static void seal_sites(uint8_t *at, uint8_t *end)
{
	while (end - at >= TTF_SITE_STRINGS) {
		uint32_t bytes = ttf_load32(at + TTF_SITE_BYTES);

		if (bytes % 8 != 0 || bytes < TTF_SITE_STRINGS || bytes > (size_t)(end - at)) {
			at += 8;
			continue;
		}
		ttf_store32(at + TTF_SITE_CRC, ttf_crc32(0, at + TTF_SITE_ID, bytes - TTF_SITE_ID));
		at += bytes;
	}
}

/* The section at `at`, whose marker is right. Returns how far the next one is. */
static size_t seal_section(uint8_t *at, size_t left)
{
	uint32_t length = ttf_load32(at + TTF_SECTION_LENGTH);
	uint8_t *body = at + TTF_SECTION_HEADER;
	bool is_whole = length <= left - TTF_SECTION_HEADER;

	if (is_whole && ttf_load16(at + TTF_SECTION_TYPE) == TTF_SECTION_SITES)
		seal_sites(body, body + length);
	if (is_whole)
		ttf_store32(at + TTF_SECTION_BODY_CRC, ttf_crc32(0, body, length));
	ttf_store32(at + TTF_SECTION_HEADER_CRC, ttf_crc32(0, at, TTF_SECTION_HEADER_CRC));
	return is_whole ? TTF_SECTION_HEADER + ttf_pad8(length) : 8;
}

void seal_snapshot(uint8_t *file, size_t bytes)
{
	size_t at = TTF_FILE_HEADER;

	if (bytes >= TTF_FILE_HEADER)
		ttf_store32(file + TTF_FILE_CRC, ttf_crc32(0, file, TTF_FILE_CRC));
	while (at < bytes && bytes - at >= TTF_SECTION_HEADER)
		at += ttf_load64(file + at) == TTF_SECTION_MARKER_VALUE ? seal_section(file + at, bytes - at)
									: 8;
}

static void seal_header(uint8_t *file, unsigned left_alone)
{
	if (!(left_alone & SEAL_LATEST))
		ttf_store32(file + TTF_REGION_LATEST_CRC,
			    ttf_crc32(0, file + TTF_REGION_LATEST, TTF_TRIPLE_BYTES));
	if (!(left_alone & SEAL_HEADER))
		ttf_store32(file + TTF_REGION_HEADER_CRC, ttf_region_crc(file));
	if (!(left_alone & SEAL_IDENTITY))
		ttf_store32(file + TTF_REGION_IDENTITY_CRC,
			    ttf_crc32(0, file + TTF_REGION_IDENTITY,
				      TTF_REGION_IDENTITY_END - TTF_REGION_IDENTITY));
}

/* What the CRCs of the region's header cover, and they. */
static void copy_header(uint8_t *to, const uint8_t *header)
{
	static const unsigned ranges[][2] = { { TTF_REGION_ABI_NUMBER, TTF_REGION_USED_BYTES },
					      { TTF_REGION_CHUNK_BYTES, TTF_REGION_STATE },
					      { TTF_REGION_START_TIME, TTF_REGION_LATEST_VERSION },
					      { TTF_REGION_HEADER_CRC, TTF_REGION_IDENTITY_END } };

	for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		memcpy(to + ranges[i][0], header + ranges[i][0], ranges[i][1] - ranges[i][0]);
}

static void seal_block(uint8_t *block, size_t left, const uint8_t *header, unsigned left_alone)
{
	uint64_t committed = ttf_load64(block + TTF_SITES_COMMITTED);
	uint32_t type = ttf_load32(block + TTF_BLOCK_TYPE);
	uint8_t *entries = block + TTF_SITES_ENTRIES;

	if (!(left_alone & SEAL_BLOCKS))
		ttf_store32(block + TTF_BLOCK_CRC, ttf_block_crc(block));
	if (type == TTF_BLOCK_RING && !(left_alone & SEAL_RINGS))
		ttf_store32(block + TTF_RING_IDENTITY_CRC, ttf_ring_crc(block));
	if (type == TTF_BLOCK_RING && !(left_alone & SEAL_COPIES))
		copy_header(block + TTF_RING_COPY, header);
	left -= TTF_SITES_ENTRIES;
	if (type == TTF_BLOCK_SITES && !(left_alone & SEAL_SITES))
		seal_sites(entries, entries + (committed < left ? committed : left));
}

void seal_region(uint8_t *file, size_t bytes, unsigned left_alone)
{
	if (bytes >= TTF_REGION_IDENTITY_END)
		seal_header(file, left_alone);
	for (size_t at = TTF_PAGE; at + TTF_PAGE <= bytes; at += TTF_PAGE) {
		if (ttf_load64(file + at) == ttf_magic(TTF_BLOCK_MAGIC_MASKED))
			seal_block(file + at, bytes - at, file, left_alone);
		else if (ttf_load64(file + at + TTF_CHUNK_MAGIC) == ttf_magic(TTF_CHUNK_MAGIC_MASKED) &&
			 !(left_alone & SEAL_CHUNKS))
			ttf_store32(file + at + TTF_CHUNK_CRC, ttf_chunk_crc(file + at));
	}
}

/* Makes the words of a chunk's body fit its data. Returns the length of the body, compressed if so wanted. */
static size_t fit_chunk(uint8_t *body, size_t bytes, enum seal_chunks chunks)
{
	size_t words = bytes > TTF_CHUNKS_DATA ? (bytes - TTF_CHUNKS_DATA) / 8 : 0;
	char *packed;
	int packed_bytes;

	if (chunks == SEAL_CHUNKS_AS_THEY_ARE || bytes < TTF_CHUNKS_DATA)
		return bytes;
	ttf_store32(body + TTF_CHUNKS_ENCODING, TTF_ENCODING_RAW);
	ttf_store32(body + TTF_CHUNKS_WORDS, (uint32_t)words);
	if (chunks == SEAL_CHUNKS_RAW || words == 0)
		return TTF_CHUNKS_DATA + words * 8;
	packed = malloc(words * 8);
	fuzz_require(packed != NULL, "there is memory");
	packed_bytes = LZ4_compress_default((const char *)body + TTF_CHUNKS_DATA, packed, (int)words * 8,
					    (int)words * 8);
	if (packed_bytes > 0) {
		ttf_store32(body + TTF_CHUNKS_ENCODING, TTF_ENCODING_LZ4);
		memcpy(body + TTF_CHUNKS_DATA, packed, (size_t)packed_bytes);
		words = 0;
	}
	free(packed);
	return TTF_CHUNKS_DATA + (packed_bytes > 0 ? (size_t)packed_bytes : words * 8);
}

static size_t put_section(uint8_t *to, struct fuzz_input *parts, enum seal_chunks chunks)
{
	uint8_t type = fuzz_u8(parts);
	size_t length = fuzz_u16(parts);
	const uint8_t *body = fuzz_bytes(parts, &length);

	memset(to, 0, TTF_SECTION_HEADER); /* what was there before its predecessor was compressed */
	ttf_store64(to + TTF_SECTION_MARKER, TTF_SECTION_MARKER_VALUE);
	ttf_store16(to + TTF_SECTION_TYPE, type);
	if (length > 0)
		memcpy(to + TTF_SECTION_HEADER, body, length);
	if (type == TTF_SECTION_CHUNK)
		length = fit_chunk(to + TTF_SECTION_HEADER, length, chunks);
	memset(to + TTF_SECTION_HEADER + length, 0, 8);
	ttf_store32(to + TTF_SECTION_LENGTH, (uint32_t)length);
	return TTF_SECTION_HEADER + ttf_pad8(length);
}

/* Where what is put together next goes, and what INDEX sections have to say of it. */
struct placing {
	uint8_t *file;
	size_t at;
	size_t part;  /* where the sections of the next INDEX begin */
	size_t index; /* the last one; 0: none */
};

static size_t count_sections(const uint8_t *file, size_t from, size_t to)
{
	size_t count = 0;

	for (; from < to; count++)
		from += TTF_SECTION_HEADER + ttf_pad8(ttf_load32(file + from + TTF_SECTION_LENGTH));
	return count;
}

/* An INDEX that describes the part. What the input has as its body is laid over it, byte by byte: place, and what is flipped there. */
static size_t put_index(struct placing *placing, const uint8_t *flips, size_t flip_bytes)
{
	size_t count = count_sections(placing->file, placing->part, placing->at);
	uint8_t *section = placing->file + placing->at;
	uint8_t *entry = section + TTF_SECTION_HEADER + TTF_INDEX_ENTRIES;
	size_t length = TTF_INDEX_ENTRIES + count * TTF_INDEX_ENTRY_BYTES;

	memset(section, 0, TTF_SECTION_HEADER + length);
	ttf_store64(section + TTF_SECTION_MARKER, TTF_SECTION_MARKER_VALUE);
	ttf_store16(section + TTF_SECTION_TYPE, TTF_SECTION_INDEX);
	ttf_store32(section + TTF_SECTION_LENGTH, (uint32_t)length);
	ttf_store64(section + TTF_SECTION_HEADER + TTF_INDEX_PREVIOUS, placing->index);
	ttf_store64(section + TTF_SECTION_HEADER + TTF_INDEX_COUNT, count);
	for (size_t at = placing->part; at < placing->at; entry += TTF_INDEX_ENTRY_BYTES) {
		const uint8_t *from = placing->file + at;
		uint32_t bytes = ttf_load32(from + TTF_SECTION_LENGTH);

		ttf_store64(entry + TTF_INDEX_ENTRY_OFFSET, at);
		ttf_store32(entry + TTF_INDEX_ENTRY_TYPE, ttf_load16(from + TTF_SECTION_TYPE));
		ttf_store32(entry + TTF_INDEX_ENTRY_LENGTH, bytes);
		if (ttf_load16(from + TTF_SECTION_TYPE) == TTF_SECTION_CHUNK && bytes >= TTF_CHUNKS_DATA)
			memcpy(entry + TTF_INDEX_ENTRY_CHUNK, from + TTF_SECTION_HEADER, TTF_CHUNKS_DATA);
		at += TTF_SECTION_HEADER + ttf_pad8(bytes);
	}
	for (size_t i = 0; i + 2 < flip_bytes; i += 3)
		section[TTF_SECTION_HEADER + ttf_load16(flips + i) % length] ^= flips[i + 2];
	placing->index = placing->at;
	placing->part = placing->at + TTF_SECTION_HEADER + length;
	return TTF_SECTION_HEADER + length;
}

/* As put_section, with the file's index put right: an INDEX, and where END has the place for it, what END says of it. */
static size_t place_section(struct placing *placing, struct fuzz_input *parts, enum seal_chunks chunks)
{
	struct fuzz_input ahead = *parts;
	uint8_t type = fuzz_u8(&ahead);
	size_t length = fuzz_u16(&ahead);
	const uint8_t *body = fuzz_bytes(&ahead, &length);
	size_t bytes;

	if (type == TTF_SECTION_INDEX) {
		*parts = ahead;
		return put_index(placing, body, length);
	}
	bytes = put_section(placing->file + placing->at, parts, chunks);
	if (type == TTF_SECTION_END && length == TTF_END_BYTES)
		ttf_store64(placing->file + placing->at + TTF_SECTION_HEADER + TTF_END_INDEX, placing->index);
	return bytes;
}

uint8_t *seal_snapshot_of(struct fuzz_input parts, enum seal_chunks chunks, size_t *bytes)
{
	size_t most = TTF_FILE_HEADER + parts.left +
		      PARTS_MAX * (TTF_SECTION_HEADER + TTF_INDEX_ENTRIES + TTF_INDEX_ENTRY_BYTES);
	struct placing placing = { .file = calloc(1, most), .at = TTF_FILE_HEADER, .part = TTF_FILE_HEADER };

	fuzz_require(placing.file != NULL, "there is memory");
	ttf_store64(placing.file + TTF_FILE_MAGIC, TTF_FILE_MAGIC_VALUE);
	ttf_store16(placing.file + TTF_FILE_MAJOR, TTF_MAJOR);
	ttf_store32(placing.file + TTF_FILE_HEADER_BYTES, TTF_FILE_HEADER);
	for (unsigned i = 0; i < PARTS_MAX && parts.left > 0; i++)
		placing.at += place_section(&placing, &parts, chunks);
	*bytes = placing.at;
	seal_snapshot(placing.file, *bytes);
	return placing.file;
}

uint8_t *seal_region_of(struct fuzz_input parts, size_t *bytes)
{
	uint8_t *file;

	*bytes = (1 + fuzz_u8(&parts) % PAGES_MAX) * TTF_PAGE;
	file = calloc(1, *bytes);
	fuzz_require(file != NULL, "there is memory");
	while (parts.left > 0) {
		size_t at = fuzz_u16(&parts) * 4u;
		size_t count = fuzz_u8(&parts);
		const uint8_t *from = fuzz_bytes(&parts, &count);

		if (at < *bytes && count > 0)
			memcpy(file + at, from, count < *bytes - at ? count : *bytes - at);
	}
	return file;
}
