#include "indexed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "chunkhead.h"
#include "index.h"

#define END_SECTION (TTF_SECTION_HEADER + TTF_END_BYTES)

/* A whole file by its index. */
struct indexed {
	struct scan *scan;
	struct window window; /* on the INDEX sections; the scan's is on all others */
	uint64_t *offsets;    /* of the INDEX sections, the last one first */
	size_t count;
	size_t room;
	uint64_t entries; /* of all of them */
};

static int note(struct indexed *indexed, uint64_t offset)
{
	if (indexed->count == indexed->room) {
		size_t room = indexed->room * 2 + 16;
		uint64_t *larger = reallocarray(indexed->offsets, room, sizeof(*larger));

		if (larger == NULL)
			return -ENOMEM;
		indexed->offsets = larger;
		indexed->room = room;
	}
	indexed->offsets[indexed->count++] = offset;
	return 0;
}

/* The body of the intact section of that type at `at`; NULL if there is none. */
static const uint8_t *intact(struct window *window, uint64_t at, unsigned type, struct section *section)
{
	if (!section_at(window, at, section) || section->type != type)
		return NULL;
	return section_body(window, section);
}

/* The INDEX at `at`; it is in the window. */
static bool open_index(struct window *window, uint64_t at, struct section *section, struct index *index)
{
	const uint8_t *body = intact(window, at, TTF_SECTION_INDEX, section);

	return body != NULL && index_open(index, view_of(body, section->length));
}

/* Whether the entry is of a chunk that there is something to fetch of. */
static bool is_chunk(const struct index_entry *entry, struct chunk *chunk)
{
	*chunk = (struct chunk){ .offset = entry->offset + TTF_SECTION_HEADER + TTF_CHUNKS_DATA,
				 .home = entry->offset };
	return entry->type == TTF_SECTION_CHUNK &&
	       chunkhead_parse(entry->chunk, entry->length, chunk) == NULL && chunk->words > 0;
}

/* The body of the section that the entry describes; NULL if what stands there is not that. */
static const uint8_t *described(struct scan *scan, const struct index_entry *entry, struct section *section)
{
	const uint8_t *body = intact(&scan->window, entry->offset, entry->type, section);

	if (body == NULL || section->length != entry->length)
		return NULL;
	if (entry->type == TTF_SECTION_CHUNK && entry->length >= TTF_CHUNKS_DATA &&
	    memcmp(body, entry->chunk, TTF_CHUNKS_DATA) != 0)
		return NULL;
	return body;
}

static int add_chunk(struct scan *scan, const struct chunk *chunk)
{
	return trace_ring(scan->trace, chunk->ring) != NULL ? trace_add_chunk(scan->trace, chunk) : -ENOMEM;
}

/* What the entry describes is not there. */
static int miss(struct scan *scan, const struct index_entry *entry)
{
	struct section section = { .length = entry->length, .body = entry->offset + TTF_SECTION_HEADER };
	struct chunk chunk;

	if (is_chunk(entry, &chunk)) {
		chunk.is_lost = true;
		trace_report(scan->trace, scan->at, "ring %u, chunk %llu: is not what the INDEX section says",
			     chunk.ring, (unsigned long long)chunk.number);
		return add_chunk(scan, &chunk);
	}
	trace_report(scan->trace, scan->at, "a section of type %u is not what the INDEX section says",
		     entry->type);
	return entry->type == TTF_SECTION_SITES ? section_read_sites(scan, &section) : 0;
}

static int take_entry(struct scan *scan, const struct index_entry *entry)
{
	struct section section;
	const uint8_t *body;

	scan->at = entry->offset;
	scan->sections++;
	body = described(scan, entry, &section);
	return body != NULL ? section_read(scan, &section, body) : miss(scan, entry);
}

/* The same, but what a chunk's section holds is looked at when it is fetched. */
static int note_entry(struct scan *scan, const struct index_entry *entry)
{
	struct chunk chunk;

	if (!is_chunk(entry, &chunk))
		return take_entry(scan, entry);
	scan->sections++;
	chunk.is_unread = true;
	return add_chunk(scan, &chunk);
}

static int take_index(struct scan *scan, const struct index *index,
		      int (*take)(struct scan *scan, const struct index_entry *entry))
{
	int error = 0;

	for (uint32_t i = 0; i < index->count && error == 0; i++) {
		struct index_entry entry = index_entry(index, i);

		error = take(scan, &entry);
	}
	scan->sections++;
	return error;
}

int indexed_read_range(struct scan *scan, bool *is_read)
{
	struct window window = WINDOW_ON(&scan->trace->source);
	struct section section;
	struct index index;
	uint64_t next = section_search(&scan->window, scan->at, TTF_SECTION_INDEX);
	int error = 0;

	*is_read = open_index(&window, next, &section, &index) && index.previous == scan->index &&
		   index_covers(&index, scan->indexed, section.body - TTF_SECTION_HEADER);
	if (*is_read) {
		error = take_index(scan, &index, take_entry);
		section_pass(scan, &section);
	}
	window_free(&window);
	return error;
}

static bool are_right(struct scan *scan, const struct index *index)
{
	for (uint32_t i = 0; i < index->count; i++) {
		struct index_entry entry = index_entry(index, i);
		struct section section;
		struct chunk chunk;

		if (!is_chunk(&entry, &chunk) && described(scan, &entry, &section) == NULL)
			return false;
	}
	return true;
}

/*
 * Goes back from the INDEX at `at`, which has to end at `end`, to the first one. *is_whole says whether they describe all of the file up to
 * there, and all but the chunks are as they say. 0 or -ENOMEM.
 */
static int go_back(struct indexed *indexed, uint64_t at, uint64_t end, bool *is_whole)
{
	struct scan *scan = indexed->scan;

	*is_whole = false;
	while (at != 0) {
		struct section section;
		struct index index;
		int error;

		if (!open_index(&indexed->window, at, &section, &index) || section_end(&section) != end)
			return 0;
		end = index.count > 0 ? index_entry(&index, 0).offset : at;
		if (!index_covers(&index, end, at) || !are_right(scan, &index))
			return 0;
		error = note(indexed, at);
		if (error != 0)
			return error;
		indexed->entries += index.count;
		at = index.previous;
	}
	*is_whole = end == TTF_FILE_HEADER;
	return 0;
}

static int take_all(struct indexed *indexed, uint64_t end, bool is_lazy)
{
	struct scan *scan = indexed->scan;
	struct section section;
	const uint8_t *body;
	int error = trace_expect_chunks(scan->trace, indexed->entries);

	for (size_t i = indexed->count; i-- > 0 && error == 0;) {
		struct index index;

		/* Else it cannot be read a second time: the trace has failed. */
		if (open_index(&indexed->window, indexed->offsets[i], &section, &index))
			error = take_index(scan, &index, is_lazy ? note_entry : take_entry);
	}
	scan->at = end;
	body = intact(&scan->window, end, TTF_SECTION_END, &section);
	return error == 0 && body != NULL ? section_read(scan, &section, body) : error;
}

/* The `index` of the file's END; 0: there is none. */
static uint64_t last_index(struct scan *scan, uint64_t end)
{
	struct section section;
	const uint8_t *body = intact(&scan->window, end, TTF_SECTION_END, &section);

	return body != NULL && section.length == TTF_END_BYTES ? ttf_load64(body + TTF_END_INDEX) : 0;
}

int indexed_read_file(struct scan *scan, bool is_lazy, bool *is_read)
{
	struct indexed indexed = { .scan = scan, .window = WINDOW_ON(&scan->trace->source) };
	uint64_t size = scan->trace->source.bytes;
	uint64_t end = size - END_SECTION;
	uint64_t at;
	int error = 0;

	*is_read = false;
	if (size < TTF_FILE_HEADER + END_SECTION || size % 8 != 0)
		return 0;
	at = last_index(scan, end);
	if (at != 0)
		error = go_back(&indexed, at, end, is_read);
	if (error == 0 && *is_read)
		error = take_all(&indexed, end, is_lazy);
	window_free(&indexed.window);
	free(indexed.offsets);
	return error;
}
