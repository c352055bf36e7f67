#include "writer.h"

#include "clock.h"
#include "config.h"
#include "platform/atomic.h"
#include "platform/os.h"
#include "region.h"
#include "ring.h"

#define CLOCK_AGE_NS                                                                                         \
	1000000000u /* how old the region's clock triple may get while events come: each thread passes here every 1.6 s */

/* The longest record, with a sync before it, has room in an empty chunk. */
_Static_assert(TTF_CHUNK_RECORDS + 16 + 8 + 16 * TT_IMPL_ARGUMENTS_MAX + 8 + TT_IMPL_STRINGS_MAX <=
		       CONFIG_CHUNK_BYTES,
	       "a chunk is too small for the longest record");

static uint32_t stop_cause; /* 0, or cause + 1 */

bool writer_is_stopped(enum ttf_drop *cause)
{
	uint32_t stopped = __atomic_load_n(&stop_cause, __ATOMIC_RELAXED);

	if (stopped == 0)
		return false;
	*cause = (enum ttf_drop)(stopped - 1);
	return true;
}

void writer_stop(enum ttf_drop cause)
{
	__atomic_store_n(&stop_cause, (uint32_t)cause + 1, __ATOMIC_RELAXED);
	fence_seq_cst(); /* S4: announced, then each `end` is cleared; pairs with S5 in set_end */
}

void writer_interrupt(struct writer *writer)
{
	__atomic_store_n(&writer->hot.end, 0, __ATOMIC_RELAXED);
}

/* Where the inline path stops and asks. 0 keeps it asking for every record. */
static void set_end(struct writer *writer)
{
	enum ttf_drop cause;

	__atomic_store_n(&writer->hot.end, clock_is_slow() ? 0 : writer->chunk_end, __ATOMIC_RELAXED);
	fence_seq_cst(); /* S5: pairs with S4: either we see the cause, or our `end` is cleared after this */
	if (writer_is_stopped(&cause))
		writer_interrupt(writer);
}

/* Chunk switch: format-spec/region.md, "The chunk protocol". */
static void switch_chunk(struct writer *writer)
{
	uint64_t number = writer->number + 1;
	char *chunk = ring_chunk(writer->ring, number);
	struct triple now = clock_pair();

	if (writer->hot.state)
		writer->first_seq += ttf_state_events(*writer->hot.state);
	store64_relaxed(chunk, TTF_CHUNK_STATE, number << 32); /* W1 */
	fence_release();				       /* W2: pairs with A2 */
	store64_relaxed(chunk, TTF_CHUNK_MAGIC, ttf_magic(TTF_CHUNK_MAGIC_MASKED));
	store64_relaxed(chunk, TTF_CHUNK_NUMBER, number);
	store64_relaxed(chunk, TTF_CHUNK_BASE_TICKS, now.ticks);
	store64_relaxed(chunk, TTF_CHUNK_BASE_NS, now.mono_ns);
	store64_relaxed(chunk, TTF_CHUNK_FIRST_SEQ, writer->first_seq);
	store64_relaxed(chunk, TTF_CHUNK_BLOCK, (uint64_t)(writer->ring - region_base()));
	store32_relaxed(chunk, TTF_CHUNK_CRC, ttf_chunk_crc(chunk));
	writer->number = number;
	writer->chunk_end = (uint64_t)(uintptr_t)chunk + CONFIG_CHUNK_BYTES;
	writer->hot.cursor = (uint64_t)(uintptr_t)chunk + TTF_CHUNK_RECORDS;
	writer->hot.base = now.ticks;
	writer->hot.state = word64(chunk, TTF_CHUNK_STATE);
	set_end(writer);
	region_renew_clock(now.mono_ns, CLOCK_AGE_NS);
}

/* The full counter becomes the base: an idle thread must not burn a chunk for each event. */
static void sync_base(struct writer *writer, uint64_t ticks)
{
	uint64_t *at = word64((const void *)(uintptr_t)writer->hot.cursor, 0);

	tt_impl_store(at, (uint64_t)2 << 32 | 1); /* control record: sync, 2 words */
	tt_impl_store(at + 1, ticks);
	/* W3: pairs with A1; words without an event. */
	__atomic_store_n(writer->hot.state, *writer->hot.state + 2, __ATOMIC_RELEASE);
	writer->hot.cursor += 16;
	writer->hot.base = ticks;
	region_renew_clock(os_monotonic_ns(), CLOCK_AGE_NS);
}

void writer_open(struct writer *writer, char *ring, uint64_t last_number)
{
	writer->ring = ring;
	writer->number = last_number;
	writer->first_seq = 0;
	writer->hot.state = NULL;
	switch_chunk(writer);
}

struct tt_impl_claim writer_drop(struct writer *writer, enum ttf_drop cause)
{
	if (writer->ring)
		ring_count_drop(writer->ring, cause);
	else
		region_count_drop(cause);
	fence_signal(); /* H1: what was counted, before the gate opens */
	__atomic_store_n(&writer->hot.gate, ~(uint64_t)0, __ATOMIC_RELAXED);
	return (struct tt_impl_claim){ NULL, 0 };
}

struct tt_impl_claim writer_claim(struct writer *writer, uint64_t bytes)
{
	enum ttf_drop cause;
	uint64_t ticks;

	if (writer_is_stopped(&cause))
		return writer_drop(writer, cause);
	if (!writer->ring)
		return writer_drop(writer, TTF_DROP_NO_RING);
	if (writer->hot.cursor + bytes > writer->chunk_end)
		switch_chunk(writer);
	else if (__atomic_load_n(&writer->hot.end, __ATOMIC_RELAXED) == 0 && !clock_is_slow())
		set_end(writer); /* it was cleared so that the thread comes by here once */
	ticks = clock_ticks();
	if (ticks < writer->hot.base)
		ticks = writer->hot.base; /* a counter that goes back shows as one that stands */
	if ((ticks - writer->hot.base) >> 32 != 0) {
		if (writer->hot.cursor + 16 + bytes > writer->chunk_end)
			switch_chunk(writer);
		else
			sync_base(writer, ticks);
		ticks = writer->hot.base;
	}
	return (struct tt_impl_claim){ &writer->hot, ticks - writer->hot.base };
}
