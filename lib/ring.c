#include "ring.h"

#include <string.h>

#include "config.h"
#include "platform/atomic.h"
#include "platform/os.h"
#include "region.h"

static char *rings[RING_COUNT_MAX];
static uint32_t count;	      /* of places taken in rings[] */
static uint32_t exited_count; /* rings that can be taken over */

uint32_t ring_count(void)
{
	uint32_t taken = __atomic_load_n(&count, __ATOMIC_RELAXED);

	return taken < RING_COUNT_MAX ? taken : RING_COUNT_MAX;
}

char *ring_at(uint32_t index)
{
	return __atomic_load_n(&rings[index], __ATOMIC_ACQUIRE); /* R8: pairs with the release in make */
}

void ring_forget_all(void)
{
	memset(rings, 0,
	       ring_count() * sizeof(rings[0])); /* all would be 64 KiB of pages that few processes need */
	__atomic_store_n(&count, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&exited_count, 0, __ATOMIC_RELAXED);
}

uint32_t ring_chunk_count(const char *ring)
{
	return load32_relaxed(ring, TTF_RING_CHUNK_COUNT);
}

char *ring_chunk(char *ring, uint64_t number)
{
	return ring + TTF_RING_CHUNKS + number % ring_chunk_count(ring) * CONFIG_CHUNK_BYTES;
}

/* R4: version odd, fence, fields, version even. The caller is the only one that changes this ring's identity. */
static void begin_change(char *ring)
{
	store32_relaxed(ring, TTF_RING_VERSION, load32_relaxed(ring, TTF_RING_VERSION) + 1); /* R4 */
	fence_release(); /* R4: pairs with A5; no field is seen changed before the odd version */
}

static void end_change(char *ring)
{
	store32_relaxed(ring, TTF_RING_IDENTITY_CRC, ttf_ring_crc(ring));
	/* R5: pairs with A4; publishes the fields. */
	store32_release(ring, TTF_RING_VERSION, load32_relaxed(ring, TTF_RING_VERSION) + 1);
}

static void put_name(char *ring, const char *name)
{
	uint64_t words[TTF_RING_NAME_BYTES / 8] = { 0 };

	memcpy(words, name, strnlen(name, sizeof(words) - 1));
	store_words(word64(ring, TTF_RING_NAME), words, TTF_RING_NAME_BYTES / 8);
}

static void put_identity(char *ring, uint32_t kind, uint32_t tid, uint64_t serial, const char *name,
			 uint64_t first_number)
{
	begin_change(ring);
	store64_relaxed(ring, TTF_RING_FIRST_NUMBER, first_number);
	store32_relaxed(ring, TTF_RING_USE, TTF_RING_USE_LIVE);
	store32_relaxed(ring, TTF_RING_KIND, kind);
	store32_relaxed(ring, TTF_RING_TID, tid);
	store64_relaxed(ring, TTF_RING_SERIAL, serial);
	store64_relaxed(ring, TTF_RING_START, os_monotonic_ns());
	store64_relaxed(ring, TTF_RING_END, 0);
	put_name(ring, name);
	for (uint64_t cause = 0; cause < TTF_DROP_CAUSES; cause++)
		store64_relaxed(ring, TTF_RING_DROPPED + 8 * cause, 0);
	end_change(ring);
}

void ring_rename(char *ring, const char *name)
{
	begin_change(ring);
	put_name(ring, name);
	end_change(ring);
}

/* Full-size rings in the first half of the region, small ones in the second. */
static uint64_t chunks_bytes(uint32_t kind)
{
	if (kind == TTF_RING_NESTED)
		return CONFIG_SMALL_RING_BYTES;
	if (region_used_bytes() + TTF_RING_CHUNKS + config.ring_bytes <= region_max_bytes() / 2)
		return config.ring_bytes;
	return CONFIG_SMALL_RING_BYTES;
}

static char *make(uint32_t kind)
{
	uint64_t bytes = chunks_bytes(kind);
	uint32_t index;
	char *ring;

	if (ring_count() == RING_COUNT_MAX)
		return NULL;
	ring = region_take(TTF_BLOCK_RING, TTF_RING_CHUNKS + bytes);
	if (!ring)
		return NULL;
	store32_relaxed(ring, TTF_RING_CHUNK_COUNT, (uint32_t)(bytes / CONFIG_CHUNK_BYTES));
	store32_relaxed(ring, TTF_RING_CHUNK_BYTES, CONFIG_CHUNK_BYTES);
	region_copy_header(ring);
	index = __atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
	if (index >= RING_COUNT_MAX) {
		__atomic_fetch_sub(&count, 1, __ATOMIC_RELAXED);
		return NULL;
	}
	__atomic_store_n(&rings[index], ring, __ATOMIC_RELEASE); /* R8: publishes the ring's geometry */
	return ring;
}

_Static_assert(TTF_RING_VERSION % 8 == 0 && TTF_RING_USE == TTF_RING_VERSION + 4,
	       "they are exchanged as one word");

/*
 * Makes a ring nobody's. Version and use are exchanged together: a ring that meanwhile another thread has taken over, or is just taking
 * over, has another version, also if that thread has exited again.
 */
static bool claim(char *ring, uint32_t version, uint32_t use)
{
	uint64_t seen = (uint64_t)use << 32 | version;
	uint64_t none = (uint64_t)TTF_RING_USE_NONE << 32 | version;

	/* R9: pairs with the release in mark_exited; what the last thread wrote is ours to look at. */
	return __atomic_compare_exchange_n(word64(ring, TTF_RING_VERSION), &seen, none, 0, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

/* The exited ring whose thread ended first, and the version it has then. */
static char *oldest_exited(uint32_t *version)
{
	uint64_t least = UINT64_MAX;
	char *oldest = NULL;

	for (uint32_t i = 0; i < ring_count(); i++) {
		char *ring = ring_at(i);
		uint32_t seen;

		if (!ring)
			continue;
		seen = load32_acquire(ring, TTF_RING_VERSION); /* A4: pairs with R5 */
		if (load32_relaxed(ring, TTF_RING_USE) != TTF_RING_USE_EXITED)
			continue;
		if (load64_relaxed(ring, TTF_RING_END) < least) {
			least = load64_relaxed(ring, TTF_RING_END);
			oldest = ring;
			*version = seen;
		}
	}
	return oldest;
}

static void retire(char *ring, const struct ring_extent *extent)
{
	uint64_t causes[TTF_DROP_CAUSES];

	for (uint64_t cause = 0; cause < TTF_DROP_CAUSES; cause++)
		causes[cause] = ring_dropped(ring, (enum ttf_drop)cause);
	region_retire(load32_relaxed(ring, TTF_RING_KIND) == TTF_RING_MAIN, extent->recorded, causes);
}

static char *take_over(uint64_t *last_number)
{
	while (ring_is_any_exited()) {
		struct ring_extent extent;
		uint32_t version;
		char *ring = oldest_exited(&version);

		if (!ring)
			return NULL;
		if (!claim(ring, version, TTF_RING_USE_EXITED))
			continue; /* another thread was quicker */
		__atomic_fetch_sub(&exited_count, 1, __ATOMIC_RELAXED);
		ring_read_extent(ring, load64_relaxed(ring, TTF_RING_FIRST_NUMBER), &extent);
		retire(ring, &extent);
		*last_number = extent.newest_number ? extent.newest_number
						    : load64_relaxed(ring, TTF_RING_FIRST_NUMBER) - 1;
		return ring;
	}
	return NULL;
}

char *ring_take(uint32_t kind, uint32_t tid, uint64_t serial, const char *name, uint64_t *last_number)
{
	char *ring = make(kind);

	*last_number = 0;
	if (!ring)
		ring = take_over(last_number);
	if (!ring)
		return NULL;
	put_identity(ring, kind, tid, serial, name, *last_number + 1);
	region_publish(ring);
	return ring;
}

static void mark_exited(char *ring)
{
	store64_relaxed(ring, TTF_RING_END, os_monotonic_ns());
	store32_release(ring, TTF_RING_USE,
			TTF_RING_USE_EXITED); /* R9: pairs with the exchange in take_over */
	__atomic_fetch_add(&exited_count, 1, __ATOMIC_RELAXED);
}

void ring_release(char *ring)
{
	mark_exited(ring);
}

bool ring_is_any_exited(void)
{
	return __atomic_load_n(&exited_count, __ATOMIC_RELAXED) > 0;
}

/* Claims the ring of a thread that vanished. */
static bool claim_vanished(char *ring, pid_t pid)
{
	uint32_t version = load32_acquire(ring, TTF_RING_VERSION); /* A4: pairs with R5 */

	if (version % 2 != 0 || load32_relaxed(ring, TTF_RING_USE) != TTF_RING_USE_LIVE ||
	    os_thread_exists(pid, (pid_t)load32_relaxed(ring, TTF_RING_TID)))
		return false;
	return claim(ring, version, TTF_RING_USE_LIVE);
}

void ring_find_exited(void)
{
	pid_t pid = os_pid();

	for (uint32_t i = 0; i < ring_count(); i++) {
		char *ring = ring_at(i);

		if (ring && claim_vanished(ring, pid))
			mark_exited(ring);
	}
}

void ring_count_drop(char *ring, enum ttf_drop cause)
{
	add64_relaxed(ring, TTF_RING_DROPPED + 8 * (uint64_t)cause, 1);
}

uint64_t ring_dropped(const char *ring, enum ttf_drop cause)
{
	return load64_relaxed(ring, TTF_RING_DROPPED + 8 * (uint64_t)cause);
}

static void copy_identity(const char *ring, struct ring_identity *identity)
{
	identity->use = load32_relaxed(ring, TTF_RING_USE);
	identity->kind = load32_relaxed(ring, TTF_RING_KIND);
	identity->tid = load32_relaxed(ring, TTF_RING_TID);
	identity->first_number = load64_relaxed(ring, TTF_RING_FIRST_NUMBER);
	identity->serial = load64_relaxed(ring, TTF_RING_SERIAL);
	identity->start_ns = load64_relaxed(ring, TTF_RING_START);
	identity->end_ns = load64_relaxed(ring, TTF_RING_END);
	for (uint64_t word = 0; word < TTF_RING_NAME_BYTES; word += 8) {
		uint64_t bytes = load64_relaxed(ring, TTF_RING_NAME + word);

		memcpy(identity->name + word, &bytes, 8);
	}
}

bool ring_read_identity(const char *ring, struct ring_identity *identity)
{
	for (int tries = 0; tries < 100; tries++) {
		identity->version = load32_acquire(ring, TTF_RING_VERSION); /* A4: pairs with R5 */
		copy_identity(ring, identity);
		fence_acquire(); /* A5: pairs with R4 */
		/* A5 */
		if (identity->version % 2 == 0 && load32_relaxed(ring, TTF_RING_VERSION) == identity->version)
			return true;
	}
	return false;
}

void ring_read_extent(char *ring, uint64_t first_number, struct ring_extent *extent)
{
	uint32_t chunks = ring_chunk_count(ring);

	*extent = (struct ring_extent){ 0, 0, 0, 0 };
	for (uint32_t i = 0; i < chunks; i++) {
		char *chunk = ring_chunk(ring, i);
		uint64_t state = load64_acquire(chunk, TTF_CHUNK_STATE); /* A1: pairs with W3 */
		uint64_t number = load64_relaxed(chunk, TTF_CHUNK_NUMBER);
		uint64_t first_seq = load64_relaxed(chunk, TTF_CHUNK_FIRST_SEQ);

		fence_acquire(); /* A2: pairs with W2 */
		/* A3: pairs with W1. */
		if (ttf_state_generation(load64_relaxed(chunk, TTF_CHUNK_STATE)) !=
			    ttf_state_generation(state) ||
		    ttf_state_words(state) == 0 || (uint32_t)number != ttf_state_generation(state) ||
		    number < first_number)
			continue;
		if (number > extent->newest_number) {
			extent->newest_number = number;
			extent->recorded = first_seq + ttf_state_events(state);
		}
		if (extent->oldest_number == 0 || number < extent->oldest_number) {
			extent->oldest_number = number;
			extent->overwritten = first_seq;
		}
	}
}
