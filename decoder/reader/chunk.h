/*
 * chunk.h - a chunk's records: fetched from the file and decoded.
 */
#ifndef TTDECODE_CHUNK_H
#define TTDECODE_CHUNK_H

#include <stddef.h>
#include <stdint.h>

#include "ahead.h"
#include "chunkdata.h"
#include "trace.h"

/*
 * What the readings of many rings share: buffers, and the count of what they hold. A chunk is held whole as long as all
 * together stay below CHUNK_HELD_MAX; of one that comes then only CHUNK_SLICE_WORDS at a time, decoded again for the next. So
 * a small file of many rings, each of which decodes to much, costs time and not memory. Begin with zeros.
 */
struct chunk_scratch {
	struct ahead *ahead; /* NULL: each chunk is decoded when it is due */
	struct chunk_room room;
	uint8_t *decoded; /* a chunk of which only a slice is held */
	size_t held_bytes;
};

#ifndef CHUNK_HELD_MAX /* a fuzz target cannot have so much */
#define CHUNK_HELD_MAX ((size_t)64 << 20)
#endif
#define CHUNK_SLICE_WORDS 256u

/* The words of a chunk that are held. Begin with zeros. */
struct chunk_words {
	uint8_t *bytes; /* and BODY_SLACK more */
	uint32_t from;	/* the first one's place in the chunk */
	uint32_t count;
};

/*
 * Fetches words of a chunk of the index that are not held. *at points to `count` words from `from` on, which the chunk has; valid
 * until the next call with the same scratch; BODY_SLACK bytes behind them can be read too. 0; -ESTALE if its process has recycled it in the meantime (counted
 * as torn); -ENOMEM; or -errno after a report of damage: what a chunk's data hold is found out here.
 */
int chunk_fetch(struct trace *trace, const struct chunk *chunk, struct chunk_scratch *scratch,
		struct chunk_words *words, uint32_t from, uint32_t count, const uint8_t **at);

/* How many words are held from `from` on. Unsigned: what is before the held ones is far behind them. */
static inline uint32_t chunk_held(const struct chunk_words *words, uint32_t from)
{
	return from - words->from < words->count ? words->count - (from - words->from) : 0;
}

/* Where a held word is. */
static inline const uint8_t *chunk_word(const struct chunk_words *words, uint32_t at)
{
	return words->bytes + (at - words->from) * (size_t)8;
}

/* chunk_fetch, or what is held already. */
static inline int chunk_words(struct trace *trace, const struct chunk *chunk, struct chunk_scratch *scratch,
			      struct chunk_words *words, uint32_t from, uint32_t count, const uint8_t **at)
{
	if (count > chunk_held(words, from))
		return chunk_fetch(trace, chunk, scratch, words, from, count, at);
	*at = chunk_word(words, from);
	return 0;
}

/* Holds nothing any more. */
void chunk_words_free(struct chunk_words *words, struct chunk_scratch *scratch);

void chunk_scratch_free(struct chunk_scratch *scratch);

#endif
