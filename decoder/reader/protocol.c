#include "protocol.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/region.h"

/* A writer changes these words within nanoseconds; one that was stopped in between is not waited for. */
#define TRIES 50

/* A copy by the kernel may tear a word that is just being stored: two equal loads cannot. */
static int load_agreed(const struct source *region, uint64_t offset, uint64_t *value)
{
	uint8_t first[8];
	uint8_t second[8];

	for (int i = 0; i < TRIES; i++) {
		int error = source_read(region, offset, first, sizeof(first));

		if (error == 0)
			error = source_read(region, offset, second, sizeof(second));
		*value = error == 0 ? ttf_load64(second) : 0;
		if (error != 0 || ttf_load64(first) == *value)
			return error;
	}
	return 0;
}

int protocol_load(const struct source *region, uint64_t offset, uint64_t *value)
{
	int error = load_agreed(region, offset, value);

	atomic_thread_fence(memory_order_acquire); /* A1, A6, A7: what makes it an acquire load */
	return error;
}

/* The end of each read: whether the chunk is still of the generation that was copied. */
static int check_generation(const struct source *region, uint64_t chunk, uint32_t generation)
{
	uint64_t state;
	int error;

	/* A2: pairs with W2. Whoever saw a byte of newer content in the copy sees W1's new generation below. */
	atomic_thread_fence(memory_order_acquire);
	/* A3: relaxed load, partner W1. */
	error = load_agreed(region, chunk + TTF_CHUNK_STATE, &state);
	if (error != 0)
		return error;
	return ttf_state_generation(state) == generation ? 0 : -ESTALE;
}

int protocol_copy(const struct source *region, uint64_t chunk, uint32_t generation, uint8_t *to,
		  uint32_t words)
{
	/* A1 came before: the index's `words` are from protocol_header, and what is committed never changes. */
	int error = source_read(region, chunk + TTF_CHUNK_RECORDS, to, words * (size_t)8);

	return error != 0 ? error : check_generation(region, chunk, generation);
}

int protocol_header(const struct source *region, uint64_t chunk, uint8_t *to, uint64_t *state)
{
	/* A1: acquire load, synchronizes with W3: the header and all committed records are visible. */
	int error = protocol_load(region, chunk + TTF_CHUNK_STATE, state);

	if (error == 0)
		error = source_read(region, chunk, to, TTF_CHUNK_RECORDS);
	return error != 0 ? error : check_generation(region, chunk, ttf_state_generation(*state));
}

static int load_version(const struct source *region, uint64_t offset, unsigned bytes, uint64_t *value)
{
	int error = load_agreed(region, offset, value);

	if (bytes == 4)
		*value &= UINT32_MAX;
	return error;
}

int protocol_versioned(const struct source *region, uint64_t version, unsigned version_bytes, uint64_t from,
		       uint8_t *to, uint32_t bytes, uint64_t *version_seen)
{
	for (int i = 0; i < TRIES; i++) {
		uint64_t after;
		int error = load_version(region, version, version_bytes, version_seen);

		/* A4, A8: acquire, synchronizes with R5 (R6): the fields of this even version are visible. */
		atomic_thread_fence(memory_order_acquire);
		if (error == 0)
			error = source_read(region, from, to, bytes);
		/* A5, A8: fence, then a relaxed load; partner R4 (R6): a change that tore the copy shows. */
		atomic_thread_fence(memory_order_acquire);
		/* A5, A8: the load. */
		if (error == 0)
			error = load_version(region, version, version_bytes, &after);
		if (error != 0)
			return error;
		if (after == *version_seen && after % 2 == 0)
			return 0;
		sched_yield();
	}
	return -EAGAIN;
}
