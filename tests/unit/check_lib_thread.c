/*
 * check_lib_thread.c - a thread's gate where a handler's event comes between, and the end of threads, as glibc tells of it.
 */
#include <pthread.h>

#define TT_TARGET "unit"
#include "../../lib/include/ttlog.h"
#include "../../lib/ring.h"
#include "../../lib/thread.h"
#include "lib_sample.h"

static void *thread_of_main;

/* On this thread's stack there was one before that ended without its destructors: its value is still there. */
static void *end_with_a_stale_value(void *argument)
{
	for (int round = 0; round < PTHREAD_DESTRUCTOR_ITERATIONS; round++)
		thread_exit(thread_of_main);
	return argument;
}

START_TEST(leaves_another_thread_its_ring)
{
	struct ring_identity identity;
	pthread_t other;

	config.blackbox_dir[0] = '\0';
	TT_INFO("first");
	thread_of_main = tt_impl_writer;
	ck_assert_uint_eq(ring_count(), 1);
	ck_assert_int_eq(pthread_create(&other, NULL, end_with_a_stale_value, NULL), 0);
	ck_assert_int_eq(pthread_join(other, NULL), 0);
	ck_assert(ring_read_identity(ring_at(0), &identity));
	ck_assert_uint_eq(identity.use, TTF_RING_USE_LIVE);
	ck_assert(!ring_is_any_exited());
}
END_TEST

START_TEST(gives_its_own_ring_back)
{
	struct ring_identity identity;

	config.blackbox_dir[0] = '\0';
	TT_INFO("first");
	thread_of_main = tt_impl_writer;
	end_with_a_stale_value(NULL);
	ck_assert(ring_read_identity(ring_at(0), &identity));
	ck_assert_uint_eq(identity.use, TTF_RING_USE_EXITED);
	TT_INFO("too late");
	ck_assert_uint_eq(region_dropped(TTF_DROP_EXITING), 1);
}
END_TEST

/* It took down the gate of the writer that all threads begin with; then a handler's event has started the thread. */
START_TEST(an_overtaken_event_shuts_the_gate)
{
	struct tt_impl_place place;

	config.blackbox_dir[0] = '\0';
	ck_assert(!tt_impl_shut(tt_impl_writer));
	TT_INFO("a handler's");
	ck_assert_int_eq(tt_impl_writer->gate, 1);
	ck_assert(thread_claim(&place, 1));
	ck_assert_ptr_eq(place.writer, tt_impl_writer);
	ck_assert_int_eq(tt_impl_writer->gate, 0);
}
END_TEST

/* Within a record: to the nested ring, and the gate is as the record has left it. */
START_TEST(a_nested_event_leaves_the_gate_shut)
{
	struct tt_impl_place place;

	config.blackbox_dir[0] = '\0';
	TT_INFO("first");
	ck_assert(tt_impl_shut(tt_impl_writer));
	ck_assert(!tt_impl_shut(tt_impl_writer));
	ck_assert(thread_claim(&place, 1));
	ck_assert_ptr_ne(place.writer, tt_impl_writer);
	ck_assert_int_eq(place.writer->gate, 0);
	ck_assert_int_eq(tt_impl_writer->gate, 0);
	ck_assert_uint_eq(ring_count(), 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lib_thread");
	TCase *tests = tcase_create("thread");

	tcase_add_test(tests, an_overtaken_event_shuts_the_gate);
	tcase_add_test(tests, a_nested_event_leaves_the_gate_shut);
	tcase_add_test(tests, leaves_another_thread_its_ring);
	tcase_add_test(tests, gives_its_own_ring_back);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
