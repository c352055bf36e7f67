/*
 * check_lib_stamp.c - stamps that are held: when one is granted, and what a sweep says of it at each point of a grant.
 */
#include <stdbool.h>

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/region.h"
#include "../../lib/include/ttlog/impl.h"
#include "../../lib/platform/machine.h"
#include "../../lib/stamp.h"
#include "unit.h"

#define END 500u

static struct tt_impl_writer hot;
static struct stamps stamps;
static char ring[TTF_RING_CHUNKS];

static void begin(void)
{
	hot = (struct tt_impl_writer){ .end = END, .held = UINT64_MAX };
	stamps = (struct stamps){ .granted = 7 };
	memset(ring, 0, sizeof(ring));
}

static void grant(uint64_t ticks)
{
	stamp_grant(&hot, &stamps, ticks);
	hot.end = END;
}

static uint64_t in_ring(uint64_t offset)
{
	return ttf_load64(ring + offset);
}

START_TEST(holds_while_events_come_fast)
{
	uint64_t rate = machine_counter_rate();

	begin();
	ck_assert_uint_eq(stamp_words(&stamps, rate, 100), 0); /* a second since the first ask */
	/* A word in 10 ns: 20 us of them are 2000. */
	ck_assert_uint_ge(stamp_words(&stamps, rate + rate / 1000000, 200), 1980);
	ck_assert_uint_eq(stamp_words(&stamps, rate + 2 * (rate / 1000000), 202), 0); /* a word in 500 ns */
	ck_assert_uint_gt(stamp_words(&stamps, rate + 2 * (rate / 1000000) + rate / 10000000, 203),
			  0); /* in 100 ns */
}
END_TEST

/* Else the sweep could not tell one grant from the other. */
START_TEST(grants_no_stamp_twice)
{
	begin();
	ck_assert_uint_gt(stamp_words(&stamps, 1000, 10000), 0);
	grant(1000);
	ck_assert_uint_eq(stamp_words(&stamps, 1000, 20000), 0);
	/* Of a thread before, on a machine whose counters differ. */
	ck_assert_uint_eq(stamp_words(&stamps, 999, 30000), 0);
	ck_assert_uint_gt(stamp_words(&stamps, 1001, 40000), 0);
}
END_TEST

START_TEST(is_bounded_however_fast_they_come)
{
	begin();
	ck_assert_uint_eq(stamp_words(&stamps, 8, UINT32_MAX), 65536);
	ck_assert_uint_eq(stamp_words(&stamps, 9, UINT32_MAX), 0); /* nothing came since */
}
END_TEST

START_TEST(repeats_the_lower_half_of_the_stamp)
{
	begin();
	ck_assert(!stamp_is_held(&hot));
	grant((uint64_t)5 << 32 | 0xfffffffe);
	ck_assert(stamp_is_held(&hot));
	ck_assert_uint_eq(hot.held, 0xfffffffe);
	ck_assert_uint_eq(stamps.granted, (uint64_t)5 << 32 | 0xfffffffe);
}
END_TEST

START_TEST(a_sweep_ends_the_grant_and_says_when)
{
	uint64_t before = machine_ticks_after(), until = 0;

	begin();
	grant(before);
	ck_assert(stamp_sweep(&hot, &stamps, ring));
	ck_assert_uint_eq(hot.end, 0);
	ck_assert_uint_eq(in_ring(TTF_RING_HELD), before);
	ck_assert_uint_ge(in_ring(TTF_RING_UNTIL), before);
	ck_assert(stamp_release(&hot, &stamps, &until));
	ck_assert_uint_eq(until, in_ring(TTF_RING_UNTIL));
	ck_assert(!stamp_is_held(&hot));
	ck_assert(!stamp_release(&hot, &stamps, &until)); /* it is held no longer */
}
END_TEST

START_TEST(a_sweep_leaves_those_alone_that_hold_none)
{
	begin();
	ck_assert(!stamp_sweep(&hot, &stamps, ring)); /* exact */
	ck_assert_uint_eq(hot.end, END);
	grant(1000);
	ck_assert(stamp_sweep(&hot, &stamps, ring));
	ck_assert(!stamp_sweep(&hot, &stamps, ring)); /* swept already */
}
END_TEST

/* The writer is in the midst of a grant: its `end` is not set yet, and nothing is said of either grant. */
START_TEST(a_grant_on_its_way_is_not_swept)
{
	uint64_t until;

	begin();
	grant(1000);
	stamp_grant(&hot, &stamps, 2000);
	ck_assert(!stamp_sweep(&hot, &stamps, ring));
	ck_assert_uint_eq(in_ring(TTF_RING_UNTIL), 0);
	ck_assert(!stamp_release(&hot, &stamps, &until));
}
END_TEST

/* What was noted of the last grant is not true of this one. */
START_TEST(a_note_is_of_one_grant)
{
	uint64_t until;

	begin();
	grant(1000);
	ck_assert(stamp_sweep(&hot, &stamps, ring));
	grant(2000);
	ck_assert(!stamp_release(&hot, &stamps, &until));
}
END_TEST

START_TEST(without_a_ring_the_writer_knows_all_the_same)
{
	uint64_t until;

	begin();
	grant(1000);
	ck_assert(stamp_sweep(&hot, &stamps, NULL));
	ck_assert(stamp_release(&hot, &stamps, &until));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lib_stamp");
	TCase *tcase = tcase_create("stamp");

	tcase_add_test(tcase, holds_while_events_come_fast);
	tcase_add_test(tcase, grants_no_stamp_twice);
	tcase_add_test(tcase, is_bounded_however_fast_they_come);
	tcase_add_test(tcase, repeats_the_lower_half_of_the_stamp);
	tcase_add_test(tcase, a_sweep_ends_the_grant_and_says_when);
	tcase_add_test(tcase, a_sweep_leaves_those_alone_that_hold_none);
	tcase_add_test(tcase, a_grant_on_its_way_is_not_swept);
	tcase_add_test(tcase, a_note_is_of_one_grant);
	tcase_add_test(tcase, without_a_ring_the_writer_knows_all_the_same);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
