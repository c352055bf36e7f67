#include "ahead.h"

#include <stdlib.h>
#include <string.h>

#include "../../format-spec/twin/snapshot.h"
#include "chunk.h"

struct slot {
	struct task task;
	const struct chunk *chunk; /* NULL: the slot is free */
	struct source store;
	struct chunk_room *rooms;
	uint8_t *bytes;
	int error;
};

struct ahead {
	struct crew *crew;
	struct slot slots[AHEAD_CHUNKS];
	struct chunk_room rooms[]; /* by member of the crew */
};

struct ahead *ahead_open(struct crew *crew)
{
	struct ahead *ahead = calloc(1, sizeof(*ahead) + crew_members(crew) * sizeof(ahead->rooms[0]));

	if (ahead != NULL)
		ahead->crew = crew;
	return ahead;
}

static void decode(struct task *task, unsigned member)
{
	struct slot *slot = (struct slot *)task;

	slot->error = chunkdata_decode(&slot->store, slot->chunk, &slot->rooms[member], slot->bytes);
}

static struct slot *find(struct ahead *ahead, const struct chunk *chunk)
{
	for (unsigned i = 0; i < AHEAD_CHUNKS; i++)
		if (ahead->slots[i].chunk == chunk)
			return &ahead->slots[i];
	return NULL;
}

/* What is not encoded costs only its copying. An empty chunk is never fetched. */
static bool is_worth_it(const struct chunk *chunk)
{
	return !chunk->is_lost && !chunk->is_in_place && chunk->encoding != TTF_ENCODING_RAW &&
	       chunk->words > 0;
}

bool ahead_begin(struct ahead *ahead, struct trace *trace, const struct chunk *chunk, size_t *held_bytes)
{
	size_t bytes = chunk->words * (size_t)8;
	struct slot *slot;

	if (!is_worth_it(chunk))
		return true;
	slot = find(ahead, NULL);
	if (slot == NULL || *held_bytes + bytes > CHUNK_HELD_MAX / 2)
		return false;
	slot->bytes = malloc(bytes + BODY_SLACK);
	if (slot->bytes == NULL)
		return false;
	memset(slot->bytes + bytes, 0, BODY_SLACK);
	*held_bytes += bytes;
	slot->task.run = decode;
	slot->chunk = chunk;
	slot->store = *trace_store(trace);
	slot->store.failure = NULL;
	slot->rooms = ahead->rooms;
	crew_give(ahead->crew, &slot->task, true);
	return true;
}

uint8_t *ahead_take(struct ahead *ahead, const struct chunk *chunk, size_t *held_bytes)
{
	struct slot *slot = find(ahead, chunk);
	uint8_t *bytes;

	if (slot == NULL)
		return NULL;
	crew_finish(ahead->crew, &slot->task);
	slot->chunk = NULL;
	bytes = slot->bytes;
	slot->bytes = NULL;
	if (slot->error == 0)
		return bytes;
	*held_bytes -= chunk->words * (size_t)8;
	free(bytes);
	return NULL;
}

void ahead_close(struct ahead *ahead)
{
	if (ahead == NULL)
		return;
	for (unsigned i = 0; i < AHEAD_CHUNKS; i++) {
		crew_cancel(ahead->crew, &ahead->slots[i].task);
		free(ahead->slots[i].bytes);
	}
	for (unsigned i = 0; i < crew_members(ahead->crew); i++)
		chunk_room_free(&ahead->rooms[i]);
	free(ahead);
}
