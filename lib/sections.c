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
	sections->contents_count = 0;
	sections->buffered = 0;
	ttf_store64(header + TTF_FILE_MAGIC, TTF_FILE_MAGIC_VALUE);
	ttf_store16(header + TTF_FILE_MAJOR, TTF_MAJOR);
	ttf_store16(header + TTF_FILE_MINOR, TTF_MINOR);
	ttf_store32(header + TTF_FILE_HEADER_BYTES, TTF_FILE_HEADER);
	ttf_store64(header + TTF_FILE_ID, os_random());
	ttf_store32(header + TTF_FILE_CRC, ttf_crc32(0, header, TTF_FILE_CRC));
	put(sections, header, sizeof(header));
}

static void note_in_contents(struct sections *sections, uint16_t type, uint32_t ring)
{
	char *entry = sections->contents + TTF_END_ENTRIES + sections->contents_count * TTF_END_ENTRY_BYTES;

	sections->count++;
	if (sections->contents_count == SECTIONS_CONTENTS_MAX)
		return;
	ttf_store64(entry + TTF_END_ENTRY_OFFSET, sections->offset);
	ttf_store32(entry + TTF_END_ENTRY_TYPE, type);
	ttf_store32(entry + TTF_END_ENTRY_RING, ring);
	sections->contents_count++;
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

void sections_add(struct sections *sections, uint16_t type, uint32_t ring, const void *head,
		  size_t head_bytes, const void *rest, size_t rest_bytes)
{
	note_in_contents(sections, type, ring);
	put_section(sections, type, head, head_bytes, rest, rest_bytes);
}

int sections_end(struct sections *sections, uint32_t torn)
{
	ttf_store32(sections->contents + TTF_END_COUNT, sections->contents_count);
	ttf_store32(sections->contents + TTF_END_TORN, torn);
	ttf_store64(sections->contents + TTF_END_SECTIONS, sections->count);
	put_section(sections, TTF_SECTION_END, sections->contents,
		    TTF_END_ENTRIES + sections->contents_count * TTF_END_ENTRY_BYTES, "", 0);
	sections_flush(sections);
	return sections->error;
}
