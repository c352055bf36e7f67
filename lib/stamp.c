#include "stamp.h"

#include "../format-spec/twin/region.h"
#include "platform/atomic.h"
#include "platform/machine.h"

#define EXACT UINT64_MAX /* of `held`: none */

/* A burst is faster than a word in 125 ns: there an event of two arguments would spend more than 5 % of its time on the counter. */
#define BURST_WORDS_A_SECOND 8000000u

#define GRANTS_A_SECOND 50000u /* while all goes on as it did */
#define GRANT_WORDS_MAX 65536u

bool stamp_is_held(const struct tt_impl_writer *hot)
{
	return (int64_t)__atomic_load_n(&hot->held, __ATOMIC_RELAXED) >= 0;
}

bool stamp_release(struct tt_impl_writer *hot, const struct stamps *stamps, uint64_t *until)
{
	bool was_held = stamp_is_held(hot);

	__atomic_store_n(&hot->held, EXACT, __ATOMIC_RELAXED);
	/* K3: pairs with the release in note; `until` is this grant's. */
	if (!was_held || __atomic_load_n(&stamps->noted, __ATOMIC_ACQUIRE) != stamps->granted)
		return false;
	*until = __atomic_load_n(&stamps->until, __ATOMIC_RELAXED);
	return true;
}

uint64_t stamp_words(struct stamps *stamps, uint64_t ticks, uint64_t words)
{
	uint64_t rate = machine_counter_rate();
	uint64_t passed = ticks - stamps->asked_ticks;
	uint64_t written = words - stamps->asked_words;
	uint64_t granted;

	stamps->asked_ticks = ticks;
	stamps->asked_words = words;
	if (passed >= written * (rate / BURST_WORDS_A_SECOND) || ticks <= stamps->granted)
		return 0;
	granted = written * (rate / GRANTS_A_SECOND) / (passed + 1);
	return granted < GRANT_WORDS_MAX ? granted : GRANT_WORDS_MAX;
}

void stamp_grant(struct tt_impl_writer *hot, struct stamps *stamps, uint64_t ticks)
{
	__atomic_store_n(&hot->end, 0, __ATOMIC_RELAXED);
	/* K1: pairs with the acquire in stamp_sweep; who sees this stamp sees no `end` of the one before. */
	__atomic_store_n(&stamps->granted, ticks, __ATOMIC_RELEASE);
	__atomic_store_n(&hot->held, (uint32_t)ticks, __ATOMIC_RELAXED);
}

void stamp_take_back(struct tt_impl_writer *hot)
{
	__atomic_store_n(&hot->held, EXACT, __ATOMIC_RELAXED);
}

static void note(struct stamps *stamps, char *ring, uint64_t granted, uint64_t until)
{
	__atomic_store_n(&stamps->until, until, __ATOMIC_RELAXED);
	/* K3: pairs with the acquire in stamp_release. */
	__atomic_store_n(&stamps->noted, granted, __ATOMIC_RELEASE);
	if (!ring)
		return;
	/* A reader believes them only where a ring's last events have these ticks: any mixture with an earlier note, or another thread's, is harmless. */
	store64_relaxed(ring, TTF_RING_UNTIL, until);
	store64_relaxed(ring, TTF_RING_HELD, granted);
}

bool stamp_sweep(struct tt_impl_writer *hot, struct stamps *stamps, char *ring)
{
	/* K1: pairs with the release in stamp_grant. */
	uint64_t granted = __atomic_load_n(&stamps->granted, __ATOMIC_ACQUIRE);

	if (__atomic_load_n(&hot->end, __ATOMIC_RELAXED) == 0 || !stamp_is_held(hot))
		return false;
	__atomic_store_n(&hot->end, 0, __ATOMIC_RELAXED);
	fence_seq_cst(); /* K2: whoever still found `end` had begun before the counter is read here */
	note(stamps, ring, granted, machine_ticks_after());
	return true;
}
