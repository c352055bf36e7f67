/*
 * check_lib_clock.c - which counter counts, and that it stands where it says to the clocks of the world.
 */
#include <time.h>

#include "../../lib/clock.h"
#include "../../lib/include/ttlog/ticks.h"
#include "../../lib/platform/machine.h"
#include "../../lib/platform/os.h"
#include "lib_sample.h"

#define MS 1000000u

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	ck_assert_int_eq(clock_gettime(clock, &now), 0);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void choose(enum config_clock clock)
{
	config.clock = clock;
	clock_choose();
}

START_TEST(monotonic_counts_ns)
{
	uint64_t before = clock_ns(CLOCK_MONOTONIC), ticks;
	struct triple pair;

	choose(CONFIG_CLOCK_MONOTONIC);
	ck_assert_uint_eq(clock_code(), TTF_CLOCK_MONOTONIC);
	ck_assert(clock_is_slow());
	ticks = clock_ticks();
	pair = clock_pair();
	ck_assert_uint_ge(ticks, before);
	ck_assert_uint_ge(pair.ticks, ticks);
	ck_assert_uint_le(pair.ticks, clock_ns(CLOCK_MONOTONIC));
	ck_assert_uint_eq(pair.ticks, pair.mono_ns);
	ck_assert_uint_eq(clock_at_load().ticks, clock_at_load().mono_ns);
}
END_TEST

START_TEST(counter_counts_ticks)
{
	uint64_t before = tt_impl_ticks(), ticks;

	if (machine_counter() == 0)
		return; /* a machine without a counter */
	choose(CONFIG_CLOCK_TSC);
	ck_assert_uint_eq(clock_code(), machine_counter());
	ck_assert(!clock_is_slow());
	ticks = clock_ticks();
	ck_assert_uint_ge(ticks, before);
	ck_assert_uint_le(ticks, tt_impl_ticks());
	ck_assert_uint_lt(clock_at_load().ticks, before);
}
END_TEST

START_TEST(chooses_what_can_be_trusted)
{
	choose(CONFIG_CLOCK_AUTO);
	if (machine_counter() != 0 && machine_counter_is_constant())
		ck_assert_uint_eq(clock_code(), machine_counter());
	else
		ck_assert_uint_eq(clock_code(), TTF_CLOCK_MONOTONIC);
}
END_TEST

/* A pair lies between the moments before and after it, on both clocks; so do all three of a triple. */
static void check_pairs(enum config_clock clock)
{
	choose(clock);
	for (int i = 0; i < 1000; i++) {
		uint64_t ticks = clock_ticks(), mono_ns = clock_ns(CLOCK_MONOTONIC);
		uint64_t real_ns = clock_ns(CLOCK_REALTIME);
		struct triple triple = clock_triple();

		ck_assert_uint_ge(triple.ticks, ticks);
		ck_assert_uint_le(triple.ticks, clock_ticks());
		ck_assert_uint_ge(triple.mono_ns, mono_ns);
		ck_assert_uint_le(triple.mono_ns, clock_ns(CLOCK_MONOTONIC));
		ck_assert_uint_ge(triple.real_ns + MS, real_ns); /* the wall clock may be slewed */
		ck_assert_uint_le(triple.real_ns, clock_ns(CLOCK_REALTIME) + MS);
	}
}

START_TEST(pairs_belong_together)
{
	check_pairs(CONFIG_CLOCK_MONOTONIC);
	check_pairs(CONFIG_CLOCK_AUTO);
}
END_TEST

/* The rate between two pairs is the rate between two others. */
START_TEST(rate_is_constant)
{
	struct triple a, b, c;
	double first, second;

	choose(CONFIG_CLOCK_AUTO);
	a = clock_pair();
	os_sleep_ns(50 * MS);
	b = clock_pair();
	os_sleep_ns(50 * MS);
	c = clock_pair();
	ck_assert_uint_ge(b.mono_ns - a.mono_ns, 50 * MS);
	first = (double)(b.ticks - a.ticks) / (double)(b.mono_ns - a.mono_ns);
	second = (double)(c.ticks - b.ticks) / (double)(c.mono_ns - b.mono_ns);
	ck_assert_double_ge(first / second, 0.99);
	ck_assert_double_le(first / second, 1.01);
}
END_TEST

START_TEST(load_was_before_now)
{
	choose(CONFIG_CLOCK_AUTO);
	ck_assert_uint_ne(clock_at_load().real_ns, 0);
	ck_assert_uint_lt(clock_at_load().mono_ns, clock_ns(CLOCK_MONOTONIC));
	ck_assert_uint_lt(clock_at_load().ticks, clock_ticks());
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lib_clock");
	TCase *tests = tcase_create("clock");

	tcase_add_test(tests, monotonic_counts_ns);
	tcase_add_test(tests, counter_counts_ticks);
	tcase_add_test(tests, chooses_what_can_be_trusted);
	tcase_add_test(tests, pairs_belong_together);
	tcase_add_test(tests, rate_is_constant);
	tcase_add_test(tests, load_was_before_now);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
