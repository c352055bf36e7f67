#include "writer.h"

#include <string.h>

#include "clock.h"
#include "config.h"
#include "platform/atomic.h"
#include "platform/os.h"
#include "../format-spec/twin/record.h"
#include "region.h"
#include "ring.h"
#include "ticker.h"

#define CLOCK_AGE_NS                                                                                         \
	1000000000u /* how old the region's clock triple may get while events come: each thread passes here every 1.6 s */

#define CHUNK_WORDS ((CONFIG_CHUNK_BYTES - TTF_CHUNK_RECORDS) / 8)
#define INLINE_WORDS (CHUNK_WORDS - TT_IMPL_WORDS_SMALL + 1)

_Static_assert(TT_IMPL_CHUNK_RECORDS == TTF_CHUNK_RECORDS && TTF_CHUNK_STATE == 0,
	       "the chunk as the call places know it");

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

bool writer_sweep(struct writer *writer)
{
	return stamp_sweep(&writer->hot, &writer->stamps, __atomic_load_n(&writer->ring, __ATOMIC_RELAXED));
}

/* Where the inline path stops and asks. */
static void set_end(struct writer *writer, uint64_t end)
{
	enum ttf_drop cause;

	__atomic_store_n(&writer->hot.end, end, __ATOMIC_RELAXED);
	fence_seq_cst(); /* S5: pairs with S4: either we see the cause, or our `end` is cleared after this; and with K4 */
	if (writer_is_stopped(&cause))
		writer_interrupt(writer);
}

static char *chunk_of(struct writer *writer)
{
	return (char *)&writer->hot + writer->hot.chunk;
}

static uint64_t state_of(struct writer *writer)
{
	return load64_relaxed(chunk_of(writer), TTF_CHUNK_STATE);
}

/* Chunk switch: format-spec/region.md, "The chunk protocol". */
static void switch_chunk(struct writer *writer)
{
	uint64_t number = writer->number + 1;
	char *chunk = ring_chunk(writer->ring, number);
	struct triple now = clock_pair();

	if (writer->hot.chunk != 0) {
		writer->first_seq += ttf_state_events(state_of(writer));
		writer->words += ttf_state_words(state_of(writer));
	}
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
	writer->hot.chunk = chunk - (char *)&writer->hot;
	writer->hot.epoch = now.ticks >> 32;
	writer->base = now.ticks;
	set_end(writer, clock_is_slow() ? 0 : INLINE_WORDS); /* 0: the inline path asks for every record */
	region_renew_clock(now.mono_ns, CLOCK_AGE_NS);
}

/* A control record of two words. */
static void append_ticks(struct writer *writer, uint64_t header, uint64_t ticks)
{
	char *chunk = chunk_of(writer);
	uint64_t state = state_of(writer);
	uint64_t *at = word64(chunk, TTF_CHUNK_RECORDS + ttf_state_words(state) * (uint64_t)8);

	tt_impl_store(at, header);
	tt_impl_store(at + 1, ticks);
	store64_release(chunk, TTF_CHUNK_STATE,
			state + TTF_SYNC_WORDS); /* W3: pairs with A1; words without an event */
}

/* The counter's upper half has changed: the full one is the base from here on. */
static void sync_base(struct writer *writer, uint64_t ticks)
{
	append_ticks(writer, TTF_SYNC_HEADER, ticks);
	writer->hot.epoch = ticks >> 32;
	writer->base = ticks;
	region_renew_clock(os_monotonic_ns(), CLOCK_AGE_NS);
}

void writer_reset(struct writer *writer)
{
	uint64_t granted = writer->stamps.granted;

	memset(writer, 0, sizeof(*writer));
	writer->stamps.granted = granted;
}

void writer_open(struct writer *writer, char *ring, uint64_t last_number)
{
	__atomic_store_n(&writer->ring, ring, __ATOMIC_RELAXED);
	writer->number = last_number;
	writer->first_seq = 0;
	writer->hot.chunk = 0;
	writer->hot.held = UINT64_MAX;
	switch_chunk(writer);
}

bool writer_drop(struct writer *writer, enum ttf_drop cause)
{
	if (writer->ring)
		ring_count_drop(writer->ring, cause);
	else
		region_count_drop(cause);
	fence_signal(); /* H1: what was counted, before the gate opens */
	__atomic_store_n(&writer->hot.gate, 1, __ATOMIC_RELAXED);
	return false;
}

static bool has_room(struct writer *writer, uint64_t words)
{
	return ttf_state_words(state_of(writer)) + words <= CHUNK_WORDS;
}

/* A stamp that was held is held no longer; what the ticker has noted of it is written behind its events. */
static void release_stamp(struct writer *writer)
{
	uint64_t until;

	if (stamp_release(&writer->hot, &writer->stamps, &until) && has_room(writer, TTF_UNTIL_WORDS))
		append_ticks(writer, TTF_UNTIL_HEADER, until);
}

void writer_close(struct writer *writer)
{
	uint64_t until;

	if (!writer->ring || !stamp_is_held(&writer->hot))
		return;
	writer_interrupt(writer);
	if (!stamp_release(&writer->hot, &writer->stamps, &until))
		until = clock_ticks();
	if (has_room(writer, TTF_UNTIL_WORDS))
		append_ticks(writer, TTF_UNTIL_HEADER, until);
}

/* Adaptive: the record of `words` that is about to be written has read the counter; shall those behind it? */
static void ask_again(struct writer *writer, uint64_t ticks, uint64_t words)
{
	uint64_t at = ttf_state_words(state_of(writer));
	uint64_t granted = stamp_words(&writer->stamps, ticks, writer->words + at);
	bool is_granted = granted > 0 && ticker_run();
	uint64_t end = at + words + (is_granted ? granted : STAMP_ASK_WORDS);

	if (is_granted)
		stamp_grant(&writer->hot, &writer->stamps, ticks);
	set_end(writer, end < INLINE_WORDS ? end : INLINE_WORDS);
	if (is_granted && !ticker_run())
		stamp_take_back(&writer->hot); /* it was just leaving */
}

bool writer_claim(struct writer *writer, uint64_t words, struct tt_impl_place *place)
{
	enum ttf_drop cause;
	uint64_t ticks;

	if (writer_is_stopped(&cause))
		return writer_drop(writer, cause);
	if (!writer->ring)
		return writer_drop(writer, TTF_DROP_NO_RING);
	if (clock_is_adaptive())
		release_stamp(writer);
	if (!has_room(writer, words))
		switch_chunk(writer);
	else if (__atomic_load_n(&writer->hot.end, __ATOMIC_RELAXED) == 0 && !clock_is_slow())
		set_end(writer, INLINE_WORDS); /* it was cleared so that the thread comes by here once */
	ticks = clock_ticks();
	if (ticks < writer->base)
		ticks = writer->base; /* a counter that goes back shows as one that stands */
	if (ticks >> 32 != writer->hot.epoch) {
		if (has_room(writer, TTF_SYNC_WORDS + words))
			sync_base(writer, ticks);
		else
			switch_chunk(writer);
		ticks = writer->base;
	}
	if (clock_is_adaptive())
		ask_again(writer, ticks, words);
	place->writer = &writer->hot;
	place->ticks = (uint32_t)ticks;
	tt_impl_find(place);
	return true;
}
