#include "sections.h"

#include <string.h>

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/crc32.h"

static void put(struct sections *sections, const void *bytes, size_t count)
{
	out_bytes(sections->to, bytes, count);
	sections->offset += count;
}

void sections_begin(struct sections *sections, struct out *to, uint64_t file_id)
{
	uint8_t header[TTF_FILE_HEADER] = { 0 };

	sections->to = to;
	sections->offset = sections->count = sections->index = 0;
	sections->index_count = 0;
	ttf_store64(header + TTF_FILE_MAGIC, TTF_FILE_MAGIC_VALUE);
	ttf_store16(header + TTF_FILE_MAJOR, TTF_MAJOR);
	ttf_store16(header + TTF_FILE_MINOR, TTF_MINOR);
	ttf_store32(header + TTF_FILE_HEADER_BYTES, TTF_FILE_HEADER);
	ttf_store64(header + TTF_FILE_ID, file_id);
	ttf_store32(header + TTF_FILE_CRC, ttf_crc32(0, header, TTF_FILE_CRC));
	put(sections, header, sizeof(header));
}

static void put_section(struct sections *sections, unsigned type, const void *head, size_t head_bytes,
			const void *rest, size_t rest_bytes)
{
	static const uint8_t zeros[8];
	uint8_t header[TTF_SECTION_HEADER] = { 0 };
	size_t bytes = head_bytes + rest_bytes;

	ttf_store64(header + TTF_SECTION_MARKER, TTF_SECTION_MARKER_VALUE);
	ttf_store16(header + TTF_SECTION_TYPE, (uint16_t)type);
	ttf_store32(header + TTF_SECTION_LENGTH, (uint32_t)bytes);
	ttf_store32(header + TTF_SECTION_BODY_CRC,
		    ttf_crc32(ttf_crc32(0, head, head_bytes), rest, rest_bytes));
	ttf_store32(header + TTF_SECTION_HEADER_CRC, ttf_crc32(0, header, TTF_SECTION_HEADER_CRC));
	put(sections, header, sizeof(header));
	put(sections, head, head_bytes);
	put(sections, rest, rest_bytes);
	put(sections, zeros, (size_t)(ttf_pad8(bytes) - bytes));
	sections->count++;
}

static void put_index(struct sections *sections)
{
	uint64_t offset = sections->offset;

	ttf_store64(sections->entries + TTF_INDEX_PREVIOUS, sections->index);
	ttf_store64(sections->entries + TTF_INDEX_COUNT, sections->index_count);
	put_section(sections, TTF_SECTION_INDEX, sections->entries,
		    TTF_INDEX_ENTRIES + sections->index_count * (size_t)TTF_INDEX_ENTRY_BYTES, "", 0);
	sections->index = offset;
	sections->index_count = 0;
}

void sections_add(struct sections *sections, unsigned type, const void *head, size_t head_bytes,
		  const void *rest, size_t rest_bytes)
{
	uint8_t *entry;

	if (sections->index_count == SECTIONS_INDEX_MAX)
		put_index(sections);
	entry = sections->entries + TTF_INDEX_ENTRIES +
		sections->index_count++ * (size_t)TTF_INDEX_ENTRY_BYTES;
	memset(entry, 0, TTF_INDEX_ENTRY_BYTES);
	ttf_store64(entry + TTF_INDEX_ENTRY_OFFSET, sections->offset);
	ttf_store32(entry + TTF_INDEX_ENTRY_TYPE, type);
	ttf_store32(entry + TTF_INDEX_ENTRY_LENGTH, (uint32_t)(head_bytes + rest_bytes));
	if (type == TTF_SECTION_CHUNK)
		memcpy(entry + TTF_INDEX_ENTRY_CHUNK, head, TTF_CHUNKS_DATA);
	put_section(sections, type, head, head_bytes, rest, rest_bytes);
}

void sections_end(struct sections *sections, uint32_t torn)
{
	uint8_t body[TTF_END_BYTES] = { 0 };

	if (sections->index_count > 0)
		put_index(sections);
	ttf_store32(body + TTF_END_TORN, torn);
	ttf_store64(body + TTF_END_SECTIONS, sections->count);
	ttf_store64(body + TTF_END_INDEX, sections->index);
	put_section(sections, TTF_SECTION_END, body, sizeof(body), "", 0);
}
