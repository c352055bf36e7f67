#include "chunk.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../format-spec/twin/snapshot.h"
#include "protocol.h"

static int decoded_of(struct chunk_scratch *scratch)
{
	if (scratch->decoded == NULL)
		scratch->decoded = calloc(1, UINT16_MAX * (size_t)8 + BODY_SLACK);
	return scratch->decoded != NULL ? 0 : -ENOMEM;
}

/* Decodes the whole chunk. -EILSEQ: its section is damaged. */
static int decode(struct trace *trace, const struct chunk *chunk, struct chunk_scratch *scratch, uint8_t *to)
{
	if (chunk->is_lost)
		return -EILSEQ;
	if (chunk->is_in_place)
		return protocol_copy(&trace->source, chunk->offset, chunk->generation, to, chunk->words);
	if (chunk->encoding == TTF_ENCODING_RAW && !chunk->is_unread)
		return source_read(trace_store(trace), chunk->offset, to, chunk->words * 8u);
	return chunkdata_decode(trace_store(trace), chunk, &scratch->room, to);
}

static void report(struct trace *trace, const struct chunk *chunk, int error)
{
	if (error == -EBADMSG)
		trace_report(trace, chunk->home, "ring %u, chunk %llu: its %s data are damaged", chunk->ring,
			     (unsigned long long)chunk->number,
			     chunk->encoding == TTF_ENCODING_PACKED ? "packed" : "compressed");
	else if (error == -EILSEQ)
		trace_report(trace, chunk->home, "ring %u, chunk %llu: is not what the INDEX section says",
			     chunk->ring, (unsigned long long)chunk->number);
	else
		/* The scan has read the bytes: the file is another one now, or the disk fails. */
		trace_report(trace, chunk->home, "chunk %llu of ring %u: cannot be read again: %s",
			     (unsigned long long)chunk->number, chunk->ring, strerror(-error));
}

static int load(struct trace *trace, const struct chunk *chunk, struct chunk_scratch *scratch, uint8_t *to)
{
	int error = decode(trace, chunk, scratch, to);

	if (error == -ESTALE)
		trace->torn++;
	else if (error != 0 && error != -ENOMEM && !chunk->is_lost)
		report(trace, chunk, error);
	return error;
}

/* Makes room for so many words from `from` on. */
static int hold(struct chunk_words *words, struct chunk_scratch *scratch, uint32_t from, uint32_t count)
{
	chunk_words_free(words, scratch);
	words->bytes = malloc(count * (size_t)8 + BODY_SLACK);
	if (words->bytes == NULL)
		return -ENOMEM;
	memset(words->bytes + count * (size_t)8, 0, BODY_SLACK);
	words->from = from;
	words->count = count;
	scratch->held_bytes += count * (size_t)8;
	return 0;
}

static int fetch_whole(struct trace *trace, const struct chunk *chunk, struct chunk_scratch *scratch,
		       struct chunk_words *words)
{
	int error = hold(words, scratch, 0, chunk->words);

	if (error == 0)
		error = load(trace, chunk, scratch, words->bytes);
	if (error != 0)
		chunk_words_free(words, scratch);
	return error;
}

/* Of a record longer than a slice nothing is held: it is read where it was decoded. */
static int fetch_slice(struct trace *trace, const struct chunk *chunk, struct chunk_scratch *scratch,
		       struct chunk_words *words, uint32_t from, uint32_t count, const uint8_t **at)
{
	uint32_t left = chunk->words - from;
	uint32_t slice = left < CHUNK_SLICE_WORDS ? left : CHUNK_SLICE_WORDS;
	int error = decoded_of(scratch);

	if (error != 0)
		return error;
	error = load(trace, chunk, scratch, scratch->decoded);
	if (error != 0)
		return error;
	*at = scratch->decoded + from * (size_t)8;
	if (count > slice)
		return 0;
	error = hold(words, scratch, from, slice);
	if (error == 0) {
		memcpy(words->bytes, *at, slice * (size_t)8);
		*at = words->bytes;
	}
	return error;
}

int chunk_fetch(struct trace *trace, const struct chunk *chunk, struct chunk_scratch *scratch,
		struct chunk_words *words, uint32_t from, uint32_t count, const uint8_t **at)
{
	int error;

	if (scratch->held_bytes + chunk->words * (size_t)8 > CHUNK_HELD_MAX)
		return fetch_slice(trace, chunk, scratch, words, from, count, at);
	error = fetch_whole(trace, chunk, scratch, words);
	if (error == 0)
		*at = words->bytes + from * (size_t)8;
	return error;
}

void chunk_words_free(struct chunk_words *words, struct chunk_scratch *scratch)
{
	scratch->held_bytes -= words->count * (size_t)8;
	free(words->bytes);
	*words = (struct chunk_words){ 0 };
}

void chunk_scratch_free(struct chunk_scratch *scratch)
{
	ahead_close(scratch->ahead);
	chunk_room_free(&scratch->room);
	free(scratch->decoded);
	*scratch = (struct chunk_scratch){ 0 };
}
