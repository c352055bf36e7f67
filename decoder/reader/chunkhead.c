#include "chunkhead.h"

#include "view.h"

const char *chunkhead_parse(const uint8_t *head, uint32_t length, struct chunk *chunk)
{
	struct view fields = view_of(head, TTF_CHUNKS_DATA);
	uint32_t encoding;
	uint32_t words;

	chunk->ring = TRACE_LOSS_ANY;
	if (length < TTF_CHUNKS_DATA)
		return "a CHUNK section's fields are damaged";
	chunk->ring = view_u32(&fields);
	encoding = view_u32(&fields);
	chunk->number = view_u64(&fields);
	chunk->first_seq = view_u64(&fields);
	chunk->base_ticks = view_u64(&fields);
	chunk->base_ns = view_u64(&fields);
	chunk->events = view_u32(&fields);
	words = view_u32(&fields);
	if (words > TTF_CHUNKS_WORDS_MAX || chunk->ring >= TTF_RINGS_MAX ||
	    (chunk->number == 0 && words > 0)) {
		chunk->ring = TRACE_LOSS_ANY;
		return "a CHUNK section's fields are damaged";
	}
	chunk->words = (uint16_t)words;
	chunk->encoding = (uint16_t)encoding;
	chunk->stored_bytes = length - TTF_CHUNKS_DATA;
	if (words == 0)
		return NULL;
	if (encoding > TTF_ENCODING_PACKED)
		return "an encoding of a later version";
	if (encoding == TTF_ENCODING_RAW && chunk->stored_bytes != words * 8u)
		return "its length does not fit its words";
	return NULL;
}

bool chunkhead_is_same(const struct chunk *a, const struct chunk *b)
{
	return a->ring == b->ring && a->encoding == b->encoding && a->number == b->number &&
	       a->first_seq == b->first_seq && a->base_ticks == b->base_ticks && a->base_ns == b->base_ns &&
	       a->events == b->events && a->words == b->words && a->stored_bytes == b->stored_bytes;
}
