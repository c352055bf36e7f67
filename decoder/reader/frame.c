#include "frame.h"

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/crc32.h"
#include "../../format-spec/twin/snapshot.h"

#define ANY_BODY UINT64_MAX

/* Whether marker and CRC are right, and the body within the `left` bytes of the file from the header on. */
static bool is_section(const uint8_t *header, uint64_t left)
{
	uint32_t length = ttf_load32(header + TTF_SECTION_LENGTH);

	return ttf_load64(header + TTF_SECTION_MARKER) == TTF_SECTION_MARKER_VALUE &&
	       ttf_load32(header + TTF_SECTION_HEADER_CRC) == ttf_crc32(0, header, TTF_SECTION_HEADER_CRC) &&
	       (left == ANY_BODY ||
		(length <= TTF_SECTION_LENGTH_MAX && length <= left - TTF_SECTION_HEADER));
}

#define SEARCH_STEP 65536u

/* The place of the first marker in the bytes, all of whose header they hold; or where the next bytes have to begin. */
static size_t find_marker(const uint8_t *bytes, size_t count, bool *is_found)
{
	size_t at = 0;

	for (; at + TTF_SECTION_HEADER <= count; at += 8)
		if (ttf_load64(bytes + at) == TTF_SECTION_MARKER_VALUE)
			break;
	*is_found = at + TTF_SECTION_HEADER <= count;
	return at;
}

/* The first multiple of 8 from `at` on where a section's marker stands, and a header has room; the file's end if there is none. */
static uint64_t next_marker(struct window *window, uint64_t at)
{
	uint64_t size = window->source->bytes;

	while (at < size && size - at >= TTF_SECTION_HEADER) {
		size_t bytes = size - at < SEARCH_STEP ? (size_t)(size - at) : SEARCH_STEP;
		const uint8_t *step = window_at(window, at, bytes);
		uint64_t data;
		bool is_found;

		if (step == NULL) {
			/* A bad place must not cost what is before it. */
			bytes = TTF_SECTION_HEADER;
			step = window_at(window, at, bytes);
		}
		if (step == NULL)
			return size;
		at += find_marker(step, bytes, &is_found);
		if (is_found)
			return at;
		/* Holes may be endless, and hold no section. */
		data = source_next_data(window->source, at) & ~(uint64_t)7;
		at = data > at ? data : at;
	}
	return size;
}

uint64_t section_next(struct window *window, uint64_t at, bool is_body_wanted)
{
	uint64_t size = window->source->bytes;

	for (at = next_marker(window, at); at < size; at = next_marker(window, at + 8)) {
		const uint8_t *header = window_at(window, at, TTF_SECTION_HEADER);

		if (header == NULL)
			return size;
		if (is_section(header, is_body_wanted ? size - at : ANY_BODY))
			return at;
	}
	return size;
}

uint64_t section_search(struct window *window, uint64_t at, unsigned type)
{
	uint64_t size = window->source->bytes;

	for (at = section_next(window, at, true); at < size; at = section_next(window, at + 8, true)) {
		const uint8_t *header = window_at(window, at, TTF_SECTION_HEADER);

		if (header == NULL)
			return size;
		if (ttf_load16(header + TTF_SECTION_TYPE) == type)
			return at;
	}
	return size;
}

bool section_at(struct window *window, uint64_t at, struct section *section)
{
	const uint8_t *header = window_at(window, at, TTF_SECTION_HEADER);

	if (header == NULL || !is_section(header, window->source->bytes - at))
		return false;
	section->type = ttf_load16(header + TTF_SECTION_TYPE);
	section->length = ttf_load32(header + TTF_SECTION_LENGTH);
	section->body_crc = ttf_load32(header + TTF_SECTION_BODY_CRC);
	section->body = at + TTF_SECTION_HEADER;
	return true;
}

const uint8_t *section_body(struct window *window, const struct section *section)
{
	const uint8_t *body = window_at(window, section->body, section->length);

	return body != NULL && ttf_crc32(0, body, section->length) == section->body_crc ? body : NULL;
}

uint64_t section_end(const struct section *section)
{
	return section->body + ttf_pad8(section->length);
}
