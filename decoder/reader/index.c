#include "index.h"

#include "../../format-spec/twin/snapshot.h"

bool index_open(struct index *index, struct view body)
{
	index->previous = view_u64(&body);
	index->count = view_u32(&body);
	view_u32(&body);
	index->entries = view_take(&body, index->count * (size_t)TTF_INDEX_ENTRY_BYTES);
	return index->entries != NULL;
}

struct index_entry index_entry(const struct index *index, uint32_t at)
{
	const uint8_t *entry = index->entries + at * (size_t)TTF_INDEX_ENTRY_BYTES;

	return (struct index_entry){ .offset = ttf_load64(entry + TTF_INDEX_ENTRY_OFFSET),
				     .type = ttf_load32(entry + TTF_INDEX_ENTRY_TYPE),
				     .length = ttf_load32(entry + TTF_INDEX_ENTRY_LENGTH),
				     .chunk = entry + TTF_INDEX_ENTRY_CHUNK };
}

/* No sum overflows: there are fewer entries than 2^32, each of less than 2^32 bytes. */
bool index_covers(const struct index *index, uint64_t from, uint64_t to)
{
	for (uint32_t i = 0; i < index->count && from <= to; i++) {
		struct index_entry entry = index_entry(index, i);

		if (entry.offset != from)
			return false;
		from += TTF_SECTION_HEADER + ttf_pad8(entry.length);
	}
	return from == to;
}
