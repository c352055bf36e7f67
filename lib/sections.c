#include "sections.h"

#include <string.h>

#include "../format-spec/twin/bytes.h"
#include "../format-spec/twin/crc32.h"
#include "platform/os.h"

void sections_flush(struct sections *sections)
{
	if (sections->error == 0)
		sections->error = os_write(sections->fd, sections->buffer, sections->buffered);
	sections->buffered = 0;
}

static void put(struct sections *sections, const void *data, size_t bytes)
{
	sections->offset += bytes;
	if (sections->buffered + bytes > sizeof(sections->buffer))
		sections_flush(sections);
	if (bytes > sizeof(sections->buffer)) {
		if (sections->error == 0)
			sections->error = os_write(sections->fd, data, bytes);
		return;
	}
	memcpy(sections->buffer + sections->buffered, data, bytes);
	sections->buffered += bytes;
}

void sections_begin(struct sections *sections, int fd)
{
	char header[TTF_FILE_HEADER] = { 0 };

	sections->fd = fd;
	sections->error = 0;
	sections->offset = 0;
	sections->count = 0;
	sections->index_offset = 0;
	sections->index_count = 0;
	sections->buffered = 0;
	ttf_store64(header + TTF_FILE_MAGIC, TTF_FILE_MAGIC_VALUE);
	ttf_store16(header + TTF_FILE_MAJOR, TTF_MAJOR);
	ttf_store16(header + TTF_FILE_MINOR, TTF_MINOR);
	ttf_store32(header + TTF_FILE_HEADER_BYTES, TTF_FILE_HEADER);
	ttf_store64(header + TTF_FILE_ID, os_random());
	ttf_store32(header + TTF_FILE_CRC, ttf_crc32(0, header, TTF_FILE_CRC));
	put(sections, header, sizeof(header));
}

static void put_section(struct sections *sections, uint16_t type, const void *head, size_t head_bytes,
			const void *rest, size_t rest_bytes)
{
	static const char zeros[8];
	size_t bytes = head_bytes + rest_bytes;
	char header[TTF_SECTION_HEADER] = { 0 };

	ttf_store64(header + TTF_SECTION_MARKER, TTF_SECTION_MARKER_VALUE);
	ttf_store16(header + TTF_SECTION_TYPE, type);
	ttf_store32(header + TTF_SECTION_LENGTH, (uint32_t)bytes);
	ttf_store32(header + TTF_SECTION_BODY_CRC,
		    ttf_crc32(ttf_crc32(0, head, head_bytes), rest, rest_bytes));
	ttf_store32(header + TTF_SECTION_HEADER_CRC, ttf_crc32(0, header, TTF_SECTION_HEADER_CRC));
	put(sections, header, sizeof(header));
	put(sections, head, head_bytes);
	put(sections, rest, rest_bytes);
	put(sections, zeros, (size_t)(ttf_pad8(bytes) - bytes));
}

/* Writes the entries so far. */
static void put_index(struct sections *sections)
{
	uint64_t offset = sections->offset;

	ttf_store64(sections->index + TTF_INDEX_PREVIOUS, sections->index_offset);
	ttf_store64(sections->index + TTF_INDEX_COUNT, sections->index_count);
	put_section(sections, TTF_SECTION_INDEX, sections->index,
		    TTF_INDEX_ENTRIES + sections->index_count * TTF_INDEX_ENTRY_BYTES, "", 0);
	sections->index_offset = offset;
	sections->index_count = 0;
	sections->count++;
}

static void note_in_index(struct sections *sections, uint16_t type, size_t bytes, const void *head)
{
	char *entry = sections->index + TTF_INDEX_ENTRIES + sections->index_count * TTF_INDEX_ENTRY_BYTES;

	ttf_store64(entry + TTF_INDEX_ENTRY_OFFSET, sections->offset);
	ttf_store32(entry + TTF_INDEX_ENTRY_TYPE, type);
	ttf_store32(entry + TTF_INDEX_ENTRY_LENGTH, (uint32_t)bytes);
	memset(entry + TTF_INDEX_ENTRY_CHUNK, 0, TTF_CHUNKS_DATA);
	if (type == TTF_SECTION_CHUNK)
		memcpy(entry + TTF_INDEX_ENTRY_CHUNK, head, TTF_CHUNKS_DATA);
	sections->index_count++;
}

void sections_add(struct sections *sections, uint16_t type, const void *head, size_t head_bytes,
		  const void *rest, size_t rest_bytes)
{
	if (sections->index_count == SECTIONS_INDEX_MAX)
		put_index(sections);
	note_in_index(sections, type, head_bytes + rest_bytes, head);
	put_section(sections, type, head, head_bytes, rest, rest_bytes);
	sections->count++;
}

int sections_end(struct sections *sections, uint32_t torn)
{
	char body[TTF_END_BYTES] = { 0 };

	if (sections->index_count > 0)
		put_index(sections);
	ttf_store32(body + TTF_END_TORN, torn);
	ttf_store64(body + TTF_END_SECTIONS, sections->count);
	ttf_store64(body + TTF_END_INDEX, sections->index_offset);
	put_section(sections, TTF_SECTION_END, body, sizeof(body), "", 0);
	sections_flush(sections);
	return sections->error;
}
