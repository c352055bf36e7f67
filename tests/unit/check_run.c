/*
 * check_run.c - rendering.md, "Held times", with numbers worked out by hand.
 */
#include <stdlib.h>

#include "../../decoder/reader/event.h"
#include "../../decoder/reader/run.h"
#include "unit.h"

/* Ten ticks a ns. */
static const struct clock_piece piece = {
	.ticks = 1000, .ns = 500, .rise = 1, .run = 10, .latest_ns = CLOCK_NS_MAX
};

static struct run run_of(uint64_t ticks, uint32_t count)
{
	struct run run;

	run_begin(&run, ticks);
	run.count = count;
	return run;
}

START_TEST(test_what_is_not_held_has_its_own_ticks)
{
	struct run run = run_of(2000, 3);

	run_limit(&run, 3000);
	ck_assert_uint_eq(run_ticks(&run), 2000);
}
END_TEST

START_TEST(test_held_events_share_the_time_to_the_limit)
{
	struct run run = run_of(2000, 3);

	run_limit(&run, 2999);
	run.index = 1;
	ck_assert_uint_eq(run_ticks(&run), 2249); /* 249.75 rounds down */
	run.index = 3;
	ck_assert_uint_eq(run_ticks(&run), 2749);
}
END_TEST

START_TEST(test_bound_is_the_farther_end)
{
	struct run run = run_of(2000, 1);

	run.index = 1;
	run_limit(&run, 4000);
	ck_assert_uint_eq(run_bound_ns(&run, &piece, 650), 150); /* of 600 to 800 */
	ck_assert_uint_eq(run_bound_ns(&run, &piece, 790), 190);
	ck_assert_uint_eq(run_bound_ns(&run, &piece, 900),
			  300); /* shown later, since time does not go back */
	ck_assert_uint_eq(run_bound_ns(&run, &piece, 550), 250);
}
END_TEST

START_TEST(test_without_limit_nothing_is_bounded)
{
	struct run run = run_of(2000, 1);

	run.index = 1;
	ck_assert_uint_eq(run_ticks(&run), 2000);
	ck_assert_uint_eq(run_bound_ns(&run, &piece, 600), EVENT_NO_BOUND);
	run_limit(&run, 1999);
	ck_assert_uint_eq(run_ticks(&run), 2000);
	ck_assert_uint_eq(run_bound_ns(&run, &piece, 600), EVENT_NO_BOUND);
	run_limit(&run, 2000);
	ck_assert_uint_eq(run_ticks(&run), 2000);
	ck_assert_uint_eq(run_bound_ns(&run, &piece, 600), 0);
}
END_TEST

START_TEST(test_the_widest_run)
{
	struct run run = run_of(0, UINT16_MAX);

	run_limit(&run, UINT64_MAX);
	run.index = UINT16_MAX;
	ck_assert_uint_eq(run_ticks(&run), UINT64_MAX - (UINT64_MAX >> 16) - 1);
	ck_assert_uint_eq(run_bound_ns(&run, &piece, 500), UINT64_MAX / 10 - 100);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("run");
	TCase *tcase = tcase_create("run");

	tcase_add_test(tcase, test_what_is_not_held_has_its_own_ticks);
	tcase_add_test(tcase, test_held_events_share_the_time_to_the_limit);
	tcase_add_test(tcase, test_bound_is_the_farther_end);
	tcase_add_test(tcase, test_without_limit_nothing_is_bounded);
	tcase_add_test(tcase, test_the_widest_run);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
