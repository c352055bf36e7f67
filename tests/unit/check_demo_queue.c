/*
 * check_demo_queue.c - the demo's bounded queue: order, bound, closing, and many threads at once.
 */
#include "unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "../../tools/demo/queue.h"

#define CAPACITY 3u

static struct file *numbered(int64_t number)
{
	struct file *file = file_new("some/file", number);

	ck_assert_ptr_nonnull(file);
	return file;
}

static void put_number(struct queue *queue, int64_t number)
{
	ck_assert_int_eq(queue_put(queue, numbered(number)), 0);
}

/* The number of the file taken, -1 if the queue is closed and empty. */
static int64_t take_number(struct queue *queue)
{
	struct file *file = queue_take(queue);
	int64_t number = file ? file->size_bytes : -1;

	file_free(file);
	return number;
}

/* Long enough for another thread to run into a wait; what is asserted holds if it did not get that far, too. */
static void let_others_run(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 30000000 }, NULL);
}

START_TEST(refuses_no_capacity)
{
	struct queue queue;

	ck_assert_int_eq(queue_init(&queue, "test", 0), -EINVAL);
}
END_TEST

START_TEST(keeps_order_round_and_round)
{
	struct queue queue;
	int64_t put = 0, taken = 0;

	ck_assert_int_eq(queue_init(&queue, "test", CAPACITY), 0);
	for (unsigned round = 0; round < 10; round++) {
		put_number(&queue, put++);
		put_number(&queue, put++);
		ck_assert_uint_eq(queue.depth, 2);
		ck_assert_int_eq(take_number(&queue), taken++);
		ck_assert_int_eq(take_number(&queue), taken++);
		ck_assert_uint_eq(queue.depth, 0);
	}
	queue_destroy(&queue);
}
END_TEST

/* The sanitizer runs would tell of a leak. */
START_TEST(destroy_frees_what_is_in_it)
{
	struct queue queue;

	ck_assert_int_eq(queue_init(&queue, "test", CAPACITY), 0);
	put_number(&queue, 0);
	ck_assert_int_eq(take_number(&queue), 0);
	for (int64_t i = 1; i <= CAPACITY; i++) /* across the end of the array */
		put_number(&queue, i);
	queue_destroy(&queue);
}
END_TEST

START_TEST(closed_gives_the_rest_and_takes_nothing)
{
	struct queue queue;
	struct file *late = numbered(9);

	ck_assert_int_eq(queue_init(&queue, "test", CAPACITY), 0);
	put_number(&queue, 1);
	put_number(&queue, 2);
	queue_close(&queue);
	queue_close(&queue);
	ck_assert_int_eq(queue_put(&queue, late), -EPIPE);
	file_free(late); /* still ours */
	ck_assert_int_eq(take_number(&queue), 1);
	ck_assert_int_eq(take_number(&queue), 2);
	ck_assert_int_eq(take_number(&queue), -1);
	ck_assert_int_eq(take_number(&queue), -1);
	queue_destroy(&queue);
}
END_TEST

struct putter {
	struct queue *queue;
	int64_t first;
	int64_t count;
	_Atomic int64_t put_count;
	int result; /* of the last put */
};

static void *put_many(void *argument)
{
	struct putter *putter = argument;

	for (int64_t i = 0; i < putter->count; i++) {
		struct file *file = file_new("some/file", putter->first + i);

		putter->result = file ? queue_put(putter->queue, file) : -ENOMEM;
		if (putter->result < 0) {
			file_free(file);
			break;
		}
		atomic_fetch_add(&putter->put_count, 1);
	}
	return NULL;
}

START_TEST(full_makes_the_putter_wait)
{
	struct queue queue;
	struct putter putter = { .queue = &queue, .count = CAPACITY + 2 };
	pthread_t thread;

	ck_assert_int_eq(queue_init(&queue, "test", CAPACITY), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, put_many, &putter), 0);
	for (int64_t i = 0; i < putter.count; i++) {
		let_others_run();
		ck_assert_int_le(atomic_load(&putter.put_count), i + CAPACITY);
		ck_assert_int_eq(take_number(&queue), i);
	}
	pthread_join(thread, NULL);
	ck_assert_int_eq(putter.result, 0);
	queue_destroy(&queue);
}
END_TEST

START_TEST(close_wakes_a_waiting_putter)
{
	struct queue queue;
	struct putter putter = { .queue = &queue, .count = CAPACITY + 1 };
	pthread_t thread;

	ck_assert_int_eq(queue_init(&queue, "test", CAPACITY), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, put_many, &putter), 0);
	while (atomic_load(&putter.put_count) < CAPACITY)
		let_others_run();
	let_others_run();
	queue_close(&queue);
	pthread_join(thread, NULL);
	ck_assert_int_eq(putter.result, -EPIPE);
	ck_assert_uint_eq(queue.depth, CAPACITY);
	queue_destroy(&queue);
}
END_TEST

struct taker {
	struct queue *queue;
	_Atomic unsigned *seen; /* how often each number was taken */
	bool is_out_of_order;	/* two files of one putter came the wrong way round */
	int64_t share;		/* numbers of one putter */
	const _Atomic bool *is_closing;
	bool ended_early; /* told "closed and empty" before the close */
};

static void *take_all(void *argument)
{
	struct taker *taker = argument;
	int64_t latest[8] = { -1, -1, -1, -1, -1, -1, -1, -1 };
	int64_t number;

	while ((number = take_number(taker->queue)) >= 0) {
		int64_t putter = number / taker->share;

		taker->is_out_of_order |= number <= latest[putter];
		latest[putter] = number;
		atomic_fetch_add(&taker->seen[number], 1);
	}
	taker->ended_early = !atomic_load(taker->is_closing);
	return NULL;
}

START_TEST(close_wakes_waiting_takers)
{
	struct queue queue;
	_Atomic bool is_closing = false;
	struct taker takers[2];
	pthread_t threads[2];

	ck_assert_int_eq(queue_init(&queue, "test", CAPACITY), 0);
	for (unsigned i = 0; i < 2; i++) {
		takers[i] = (struct taker){ .queue = &queue, .share = 1, .is_closing = &is_closing };
		ck_assert_int_eq(pthread_create(&threads[i], NULL, take_all, &takers[i]), 0);
	}
	let_others_run();
	atomic_store(&is_closing, true);
	queue_close(&queue);
	for (unsigned i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		ck_assert(!takers[i].ended_early);
	}
	queue_destroy(&queue);
}
END_TEST

#define THREADS 4u
#define SHARE 2000

START_TEST(many_threads_lose_and_double_nothing)
{
	static _Atomic unsigned seen[THREADS * SHARE];
	_Atomic bool is_closing = false;
	struct putter putters[THREADS];
	struct taker takers[THREADS];
	pthread_t putting[THREADS], taking[THREADS];
	struct queue queue;

	ck_assert_int_eq(queue_init(&queue, "test", CAPACITY), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		takers[i] = (struct taker){
			.queue = &queue, .seen = seen, .share = SHARE, .is_closing = &is_closing
		};
		putters[i] = (struct putter){ .queue = &queue, .first = (int64_t)i * SHARE, .count = SHARE };
		ck_assert_int_eq(pthread_create(&taking[i], NULL, take_all, &takers[i]), 0);
		ck_assert_int_eq(pthread_create(&putting[i], NULL, put_many, &putters[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(putting[i], NULL);
	atomic_store(&is_closing, true);
	queue_close(&queue);
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(taking[i], NULL);
		ck_assert_int_eq(putters[i].result, 0);
		ck_assert(!takers[i].is_out_of_order);
		ck_assert(!takers[i].ended_early);
	}
	for (unsigned i = 0; i < THREADS * SHARE; i++)
		ck_assert_uint_eq(atomic_load(&seen[i]), 1);
	queue_destroy(&queue);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("demo_queue");
	TCase *tests = tcase_create("queue");

	tcase_add_test(tests, refuses_no_capacity);
	tcase_add_test(tests, keeps_order_round_and_round);
	tcase_add_test(tests, destroy_frees_what_is_in_it);
	tcase_add_test(tests, closed_gives_the_rest_and_takes_nothing);
	tcase_add_test(tests, full_makes_the_putter_wait);
	tcase_add_test(tests, close_wakes_a_waiting_putter);
	tcase_add_test(tests, close_wakes_waiting_takers);
	tcase_add_test(tests, many_threads_lose_and_double_nothing);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
