/*
 * check_crew.c - tasks are done once each, by whoever has time, and what they did is seen by who asked for it.
 */
#include <stdatomic.h>
#include <unistd.h>

#include "../../decoder/crew/crew.h"
#include "unit.h"

#define TASKS 1000u

struct sum {
	struct task task;
	unsigned from;
	unsigned result; /* plain: ThreadSanitizer looks at it too */
	unsigned runs;
	unsigned member;
};

static struct sum sums[TASKS];
static atomic_uint at_work[CREW_MAX];
static atomic_uint order;
static unsigned collisions; /* two tasks of one member at once */

static void add_up(struct task *task, unsigned member)
{
	struct sum *sum = (struct sum *)task;

	if (atomic_fetch_add(&at_work[member], 1) != 0)
		collisions++;
	sum->result = 0;
	for (unsigned i = 0; i < 1000; i++)
		sum->result += sum->from + i;
	sum->runs++;
	sum->member = member;
	atomic_fetch_sub(&at_work[member], 1);
}

static void begin_test(void)
{
	collisions = 0;
	for (unsigned i = 0; i < TASKS; i++)
		sums[i] = (struct sum){ .task = { .run = add_up }, .from = i };
}

static void expect(unsigned i, unsigned runs)
{
	ck_assert_int_eq(sums[i].task.state, TASK_IDLE);
	ck_assert_uint_eq(sums[i].runs, runs);
	ck_assert_uint_eq(sums[i].result, i * 1000 + 499500);
}

/* _i: the crew's members, 1 being the owner alone. Some tasks in flight at a time, each of them given again and again. */
START_TEST(each_is_done_once)
{
	enum { FLIGHT = 7, ROUNDS = 3 };
	struct crew *crew = crew_open((unsigned)_i);

	ck_assert_ptr_nonnull(crew);
	ck_assert_uint_eq(crew_members(crew), (unsigned)_i);
	for (unsigned round = 1; round <= ROUNDS; round++) {
		for (unsigned i = 0; i < TASKS + FLIGHT; i++) {
			if (i >= FLIGHT) {
				crew_finish(crew, &sums[i - FLIGHT].task);
				expect(i - FLIGHT, round);
			}
			if (i < TASKS)
				crew_give(crew, &sums[i].task, i % 3 == 0);
		}
	}
	crew_close(crew);
	ck_assert_uint_eq(collisions, 0);
}
END_TEST

static atomic_bool is_held;
static atomic_bool has_begun;

static void hold(struct task *task, unsigned member)
{
	(void)task;
	(void)member;
	atomic_store(&has_begun, true);
	while (atomic_load(&is_held))
		usleep(100);
}

/* A crew whose only thread beside the owner is at work on this task as long as is_held. */
static struct crew *crew_with_busy_thread(struct task *holding)
{
	struct crew *crew = crew_open(2);

	ck_assert_ptr_nonnull(crew);
	atomic_store(&is_held, true);
	atomic_store(&has_begun, false);
	crew_give(crew, holding, false);
	while (!atomic_load(&has_begun))
		usleep(100);
	return crew;
}

/* While the only thread beside the owner has something that takes long, the owner does the rest. */
START_TEST(the_owner_helps)
{
	struct task holding = { .run = hold };
	struct crew *crew = crew_with_busy_thread(&holding);

	for (unsigned i = 0; i < 10; i++)
		crew_give(crew, &sums[i].task, false);
	for (unsigned i = 0; i < 10; i++) {
		crew_finish(crew, &sums[i].task);
		expect(i, 1);
		ck_assert_uint_eq(sums[i].member, 0);
	}
	atomic_store(&is_held, false);
	crew_finish(crew, &holding);
	crew_finish(crew, &holding);
	crew_close(crew);
}
END_TEST

static unsigned turns[4];

static void take_turn(struct task *task, unsigned member)
{
	(void)member;
	turns[atomic_fetch_add(&order, 1)] = ((struct sum *)task)->from;
}

/* One behind the other, but for the urgent one: the thread that was busy does all of them. */
START_TEST(urgent_ones_go_first)
{
	struct task holding = { .run = hold };
	struct crew *crew = crew_with_busy_thread(&holding);

	atomic_store(&order, 0);
	for (unsigned i = 0; i < 4; i++) {
		sums[i].task.run = take_turn;
		crew_give(crew, &sums[i].task, i == 2);
	}
	atomic_store(&is_held, false);
	while (atomic_load(&order) < 4)
		usleep(100);
	for (unsigned i = 0; i < 4; i++)
		crew_finish(crew, &sums[i].task);
	ck_assert_uint_eq(turns[0], 2);
	ck_assert_uint_eq(turns[1], 0);
	ck_assert_uint_eq(turns[2], 1);
	ck_assert_uint_eq(turns[3], 3);
	crew_close(crew);
}
END_TEST

/* What was not begun is not done; what was begun is waited for. */
START_TEST(cancels)
{
	struct task holding = { .run = hold };
	struct crew *crew = crew_with_busy_thread(&holding);

	crew_give(crew, &sums[0].task, false);
	crew_give(crew, &sums[1].task, false);
	crew_cancel(crew, &sums[0].task);
	ck_assert_int_eq(sums[0].task.state, TASK_IDLE);
	crew_cancel(crew, &sums[0].task);
	atomic_store(&is_held, false);
	crew_cancel(crew, &holding);
	crew_finish(crew, &sums[1].task);
	crew_close(crew);
	ck_assert_uint_eq(sums[0].runs, 0);
	expect(1, 1);
	crew_close(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("crew");
	TCase *tests = tcase_create("crew");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, begin_test, NULL);
	tcase_add_loop_test(tests, each_is_done_once, 1, 6);
	tcase_add_test(tests, the_owner_helps);
	tcase_add_test(tests, urgent_ones_go_first);
	tcase_add_test(tests, cancels);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
