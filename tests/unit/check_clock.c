/*
 * check_clock.c - each rule of rendering.md, "Time", with numbers worked out by hand.
 */
#include <stdlib.h>

#include "../../decoder/reader/clock.h"
#include "../../format-spec/twin/region.h"
#include "unit.h"

#define PAIR(t, n) ((struct clock_pair){ (t), (n) })

/* From nothing, and again from the stretch that was found. */
static uint64_t real_of(const struct clock *clock, uint64_t mono_ns)
{
	struct clock_stretch stretch = { 0 };
	uint64_t real_ns = clock_real(clock, &stretch, mono_ns);

	ck_assert_uint_eq(clock_real(clock, &stretch, mono_ns), real_ns);
	return real_ns;
}

static void add(struct clock *clock, uint64_t ticks, uint64_t mono_ns, uint64_t real_ns)
{
	ck_assert_int_eq(clock_add(clock, ticks, mono_ns, real_ns), 0);
}

START_TEST(test_between_two_chunks)
{
	struct clock clock = { .kind = TTF_CLOCK_TSC };
	struct clock_pair next = PAIR(1300, 600);
	struct clock_piece piece = clock_piece(&clock, PAIR(1000, 500), &next);

	ck_assert_uint_eq(clock_mono(&piece, 1000), 500);
	ck_assert_uint_eq(clock_mono(&piece, 1001), 500); /* 0.33 rounds down */
	ck_assert_uint_eq(clock_mono(&piece, 1003), 501);
	ck_assert_uint_eq(clock_mono(&piece, 1300), 600);
	ck_assert_uint_eq(clock_mono(&piece, 1600), 600); /* never beyond the next chunk's base */
	ck_assert_uint_eq(clock_mono(&piece, 999), 500);
	ck_assert_uint_eq(clock_mono(&piece, 0), 500);
}
END_TEST

START_TEST(test_span_without_a_next_chunk)
{
	struct clock clock = { .kind = TTF_CLOCK_TSC };
	struct clock_pair same = PAIR(1000, 700);
	struct clock_piece piece;

	add(&clock, 100, 50, 1);
	clock_pair(&clock, PAIR(1100, 150));
	clock_finish(&clock);
	piece = clock_piece(&clock, PAIR(1000, 500), NULL);
	ck_assert_uint_eq(clock_mono(&piece, 1100), 510); /* 100 ns in 1000 ticks */
	/* A next chunk that does not go forward does not count. */
	piece = clock_piece(&clock, PAIR(1000, 500), &same);
	ck_assert_uint_eq(clock_mono(&piece, 1100), 510);
	clock_free(&clock);
}
END_TEST

START_TEST(test_equal_ticks_widen_the_span)
{
	struct clock clock = { .kind = TTF_CLOCK_TSC };

	clock_pair(&clock, PAIR(100, 60));
	clock_pair(&clock, PAIR(100, 50));
	clock_pair(&clock, PAIR(200, 70));
	clock_pair(&clock, PAIR(200, 90));
	clock_pair(&clock, PAIR(200, 80));
	ck_assert_uint_eq(clock.lowest.ns, 50);
	ck_assert_uint_eq(clock.highest.ns, 90);
}
END_TEST

START_TEST(test_ticks_are_ns_without_a_span)
{
	struct clock clock = { .kind = TTF_CLOCK_TSC };
	struct clock_piece piece;

	clock_pair(&clock, PAIR(1000, 500));
	clock_pair(&clock, PAIR(2000, 500)); /* the ns do not go forward */
	piece = clock_piece(&clock, PAIR(1000, 500), NULL);
	ck_assert_uint_eq(clock_mono(&piece, 1234), 734);
}
END_TEST

START_TEST(test_monotonic_ticks_are_ns)
{
	struct clock clock = { .kind = TTF_CLOCK_MONOTONIC };
	struct clock_pair next = PAIR(3000, 9000);
	struct clock_piece piece = clock_piece(&clock, PAIR(1000, 500), &next);

	ck_assert_uint_eq(clock_mono(&piece, 1234), 1234);
	ck_assert_uint_eq(clock_mono(&piece, 7), 7);
	ck_assert_uint_eq(clock_mono(&piece, UINT64_MAX), 9000);
	piece = clock_piece(&clock, PAIR(1000, 500), NULL);
	ck_assert_uint_eq(clock_mono(&piece, UINT64_MAX), CLOCK_NS_MAX);
}
END_TEST

START_TEST(test_real_between_triples)
{
	struct clock clock = { 0 };

	add(&clock, 0, 3000, 9000);
	add(&clock, 0, 1000, 5000);
	add(&clock, 0, 2000, 4000); /* set back */
	add(&clock, 0, 0, 77);	    /* does not count */
	add(&clock, 0, 1000, 6000); /* of equal ones the first */
	clock_finish(&clock);
	ck_assert_uint_eq(clock.count, 3);
	ck_assert_uint_eq(real_of(&clock, 999), 4999);
	ck_assert_uint_eq(real_of(&clock, 0), 4000);
	ck_assert_uint_eq(real_of(&clock, 1000), 5000);
	ck_assert_uint_eq(real_of(&clock, 1999), 5999);
	ck_assert_uint_eq(real_of(&clock, 2000), 4000);
	ck_assert_uint_eq(real_of(&clock, 2001), 4005);
	ck_assert_uint_eq(real_of(&clock, 3000), 9000);
	ck_assert_uint_eq(real_of(&clock, 3001), 9001);
	clock_free(&clock);
}
END_TEST

START_TEST(test_real_without_triples)
{
	struct clock clock = { 0 };

	clock_finish(&clock);
	ck_assert_uint_eq(real_of(&clock, 123), 123);
}
END_TEST

START_TEST(test_clamps)
{
	struct clock clock = { .kind = TTF_CLOCK_TSC };
	struct clock_pair next = PAIR(1, UINT64_MAX);
	struct clock_piece piece = clock_piece(&clock, PAIR(0, 1), &next);

	ck_assert_uint_eq(clock_mono(&piece, UINT64_MAX), CLOCK_NS_MAX); /* a product of 128 bits */
	piece = clock_piece(&clock, PAIR(5, UINT64_MAX), NULL);
	ck_assert_uint_eq(clock_mono(&piece, 4), CLOCK_NS_MAX);
	ck_assert_uint_eq(clock_mono(&piece, UINT64_MAX), CLOCK_NS_MAX);
	add(&clock, 0, 1000, 10);
	add(&clock, 0, 2000, UINT64_MAX);
	clock_finish(&clock);
	ck_assert_uint_eq(real_of(&clock, 0), 0);
	ck_assert_uint_eq(real_of(&clock, 1999), CLOCK_NS_MAX);
	ck_assert_uint_eq(real_of(&clock, CLOCK_NS_MAX), CLOCK_NS_MAX);
	clock_free(&clock);
}
END_TEST

/* 2^63 / 3 and the like: the wide product is exact. */
START_TEST(test_wide_products_are_exact)
{
	struct clock clock = { .kind = TTF_CLOCK_TSC };
	struct clock_pair next = PAIR(UINT64_C(3000000000000000000), UINT64_C(1000000000000000000));
	struct clock_piece piece = clock_piece(&clock, PAIR(0, 0), &next);

	ck_assert_uint_eq(clock_mono(&piece, UINT64_C(2999999999999999999)), UINT64_C(999999999999999999));
}
END_TEST

/* No event of the chunk is before the floor, although the real clock was set back after its base. */
START_TEST(test_floor)
{
	struct clock clock = { .kind = TTF_CLOCK_TSC };
	struct clock_piece piece;

	add(&clock, 1000, 1000, 5000);
	add(&clock, 2000, 2000, 3000);
	add(&clock, 3000, 3000, 8000);
	clock_finish(&clock);
	piece = clock_piece(&clock, PAIR(1500, 1500), NULL);
	ck_assert_uint_eq(clock_floor(&clock, &piece), 3000);
	piece = clock_piece(&clock, PAIR(2500, 2500), NULL);
	ck_assert_uint_eq(clock_floor(&clock, &piece), 5500);
	for (uint64_t ticks = 1500; ticks < 4000; ticks += 100) {
		piece = clock_piece(&clock, PAIR(1500, 1500), NULL);
		ck_assert_uint_ge(real_of(&clock, clock_mono(&piece, ticks)), clock_floor(&clock, &piece));
	}
	clock_free(&clock);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("clock");
	TCase *tcase = tcase_create("clock");

	tcase_add_test(tcase, test_between_two_chunks);
	tcase_add_test(tcase, test_span_without_a_next_chunk);
	tcase_add_test(tcase, test_equal_ticks_widen_the_span);
	tcase_add_test(tcase, test_ticks_are_ns_without_a_span);
	tcase_add_test(tcase, test_monotonic_ticks_are_ns);
	tcase_add_test(tcase, test_real_between_triples);
	tcase_add_test(tcase, test_real_without_triples);
	tcase_add_test(tcase, test_clamps);
	tcase_add_test(tcase, test_wide_products_are_exact);
	tcase_add_test(tcase, test_floor);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
