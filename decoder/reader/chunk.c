#include "chunk.h"

#include <errno.h>
#include <limits.h>
#include <lz4.h>
#include <stdlib.h>
#include <string.h>

#include "lz4_block.h"
#include "protocol.h"

static uint8_t *scratch_of(struct chunk_scratch *scratch, size_t bytes)
{
	uint8_t *larger;

	if (bytes <= scratch->room)
		return scratch->bytes;
	larger = realloc(scratch->bytes, bytes);
	if (larger == NULL)
		return NULL;
	scratch->bytes = larger;
	scratch->room = bytes;
	return larger;
}

const char *chunk_check(const struct chunk *chunk, const uint8_t *data)
{
	switch (chunk->encoding) {
	case TTF_ENCODING_RAW:
		return chunk->stored_bytes == chunk->words * 8u ? NULL : "its length does not fit its words";
	case TTF_ENCODING_LZ4:
		return lz4_block_is_sound(data, chunk->stored_bytes, chunk->words * 8u)
			       ? NULL
			       : "its compressed data are damaged";
	default:
		return "an encoding of a later version";
	}
}

static int fetch_lz4(const struct trace *trace, const struct chunk *chunk, struct chunk_scratch *scratch,
		     uint8_t *to)
{
	uint8_t *stored = scratch_of(scratch, chunk->stored_bytes);
	int wanted = chunk->words * 8;
	int error;

	if (stored == NULL)
		return -ENOMEM;
	error = source_read(trace_store(trace), chunk->offset, stored, chunk->stored_bytes);
	if (error != 0)
		return error;
	/* The encoded length is at most a section's, which an int holds. */
	if (LZ4_decompress_safe((const char *)stored, (char *)to, (int)chunk->stored_bytes, wanted) != wanted)
		return -EBADMSG;
	return 0;
}

static int fetch(struct trace *trace, const struct chunk *chunk, struct chunk_scratch *scratch, uint8_t *to)
{
	if (chunk->is_in_place)
		return protocol_copy(&trace->source, chunk->offset, (uint32_t)chunk->number, to,
				     chunk->words);
	if (chunk->encoding == TTF_ENCODING_LZ4)
		return fetch_lz4(trace, chunk, scratch, to);
	return source_read(trace_store(trace), chunk->offset, to, chunk->words * 8u);
}

int chunk_load(struct trace *trace, const struct chunk *chunk, struct chunk_scratch *scratch,
	       uint8_t **records)
{
	uint8_t *to = malloc(chunk->words * 8u + 1);
	int error = to != NULL ? fetch(trace, chunk, scratch, to) : -ENOMEM;

	if (error == 0) {
		*records = to;
		return 0;
	}
	free(to);
	if (error == -ESTALE)
		trace->torn++;
	else if (error != -ENOMEM)
		/* The scan has verified the bytes: they changed, or the disk fails. */
		trace_report(trace, chunk->home, "chunk %llu of ring %u: cannot be read again: %s",
			     (unsigned long long)chunk->number, chunk->ring, strerror(-error));
	return error;
}

void chunk_scratch_free(struct chunk_scratch *scratch)
{
	free(scratch->bytes);
	*scratch = (struct chunk_scratch){ 0 };
}
