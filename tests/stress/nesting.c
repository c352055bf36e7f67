/*
 * nesting.c - signals rain on recording threads, and their handlers record too, down to three levels.
 *
 *	nesting
 *
 * First to a plan: within a record, at its call of memcpy (under ThreadSanitizer, at a store), one signal's handler records, to the nested
 * ring; within that record another's does, which must be dropped. Then at random: timers send each thread three signals, whose handlers interrupt each other, from before
 * its first event on. Always each ring's seq has no gap, payloads are right, each handler's events are in order, and what was attempted
 * was recorded or dropped as nested, to the last event.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "account.h"

#define THREADS 4u
#define LEVELS 4u /* ordinary code, and a handler for each of three signals */
#define BURST 4u  /* events of one run of a handler: time enough to be interrupted */
#define SEQUENCES (2 * THREADS * LEVELS)

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* A thread. Written by it and its handlers alone. */
struct talker {
	_Alignas(64) uint64_t said[LEVELS];
	unsigned depth; /* of handlers that are running */
	unsigned deepest;
};

static struct talker talkers[2 * THREADS]; /* those with a plan, then the others */
static __thread uint32_t self;
static __thread bool has_plan;
static __thread unsigned next_level;  /* whose signal the next memcpy raises; 0: none */
static __thread unsigned stores_left; /* before the store that raises it instead */
static uint64_t planned_events;
static uint64_t stop_ns;

void *__real_memcpy(void *to, const void *from, size_t bytes);
void *__wrap_memcpy(void *to, const void *from, size_t bytes);

/* The linker gives us the calls of memcpy: where a record's string is copied, the record half written. */
void *__wrap_memcpy(void *to, const void *from, size_t bytes)
{
	unsigned level = next_level;

	next_level = 0;
	if (level > 0)
		raise(SIGRTMIN + (int)level - 1);
	return __real_memcpy(to, from, bytes);
}

#ifdef TT_IMPL_STRICT_ATOMICS
void __real___tsan_atomic64_store(volatile uint64_t *to, uint64_t value, int order);
void __wrap___tsan_atomic64_store(volatile uint64_t *to, uint64_t value, int order);

/* There strings are not copied by memcpy. The first store of a record shuts the gate, the second is well within it, on each level. */
void __wrap___tsan_atomic64_store(volatile uint64_t *to, uint64_t value, int order)
{
	unsigned level = next_level;

	__real___tsan_atomic64_store(to, value, order);
	if (level == 0 || stores_left-- > 1)
		return;
	next_level = 0;
	raise(SIGRTMIN + (int)level - 1);
}
#endif

/* From here on the signal of `level` comes within the next record. */
static void plan(unsigned level)
{
	stores_left = 2;
	next_level = level;
}

static void say(unsigned level)
{
	account_say(self * LEVELS + level, talkers[self].said[level]++);
}

/* ThreadSanitizer runs handlers with all signals blocked: not to a plan, where the third level's is to come. */
static void let_third_level_in(void)
{
#ifdef TT_IMPL_STRICT_ATOMICS
	sigset_t third;

	sigemptyset(&third);
	sigaddset(&third, SIGRTMIN + 1);
	pthread_sigmask(SIG_UNBLOCK, &third, NULL);
#endif
}

static void handle(int signo)
{
	struct talker *talker = &talkers[self];
	unsigned level = (unsigned)(signo - SIGRTMIN) + 1;

	if (++talker->depth > talker->deepest)
		talker->deepest = talker->depth;
	if (has_plan && level == 1)
		let_third_level_in();
	plan(has_plan && level == 1 ? 2 : 0);
	for (unsigned i = 0; i < (has_plan ? 1 : BURST); i++)
		say(level);
	next_level = 0;
	talker->depth--;
}

static void *run_planned(void *argument)
{
	self = (uint32_t)(uintptr_t)argument;
	has_plan = true;
	for (uint64_t i = 0; i < planned_events; i++) {
		plan(i > 0); /* only strings longer than 16 bytes are copied by memcpy */
		say(0);
		next_level = 0;
	}
	return NULL;
}

static bool start_timer(timer_t *timer, unsigned level)
{
	static const long every_ns[LEVELS] = { 0, 61000, 83000, 107000 };
	const struct itimerspec often = { { 0, every_ns[level] }, { 0, every_ns[level] } };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN + (int)level - 1 };

	event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
	return timer_create(CLOCK_MONOTONIC, &event, timer) == 0 &&
	       timer_settime(*timer, 0, &often, NULL) == 0;
}

static void *run_in_rain(void *argument)
{
	timer_t timers[LEVELS];
	sigset_t all;

	self = (uint32_t)(uintptr_t)argument;
	for (unsigned level = 1; level < LEVELS; level++)
		if (!start_timer(&timers[level], level))
			abort();
	while (account_now_ns() < stop_ns)
		for (unsigned i = 0; i < 1000; i++)
			say(0);
	for (unsigned level = 1; level < LEVELS; level++)
		timer_delete(timers[level]);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	return NULL;
}

/* What a trace's two kinds of rings have last held of each sequence, plus one. */
struct heard {
	uint64_t next[2][SEQUENCES];
};

static void hear(void *user, const struct event *event, uint32_t sequence, uint64_t n)
{
	struct heard *heard = user;
	uint64_t *next = &heard->next[event->ring->is_nested][sequence % SEQUENCES];

	if (sequence >= SEQUENCES || n < *next || (event->ring->is_nested && sequence % LEVELS == 0))
		account_wrong("event %llu of sequence %u in ring %u", (unsigned long long)n, sequence,
			      event->ring->index);
	*next = n + 1;
}

/* Reads a snapshot. Returns the events that nested rings have recorded; all rings together, once it is quiet, `recorded`. */
static uint64_t check_snapshot(uint64_t recorded, uint64_t *read_count)
{
	struct heard heard = { 0 };
	char path[ACCOUNT_PATH_BYTES];
	struct account_trace trace;
	uint64_t nested = 0;

	account_expect("tt_snapshot", (uint64_t)-tt_snapshot(account_path("rain.tts", path), NULL), 0);
	if (!account_read(&trace, path, hear, &heard))
		return 0;
	for (uint32_t i = 0; i < trace.file.trace.ring_count; i++)
		if (trace.file.trace.rings[i]->ring.is_nested)
			nested += trace.file.trace.rings[i]->recorded;
	if (recorded > 0)
		account_expect("recorded, by the trace's counters", account_sum(&trace), recorded);
	*read_count += trace.count;
	account_close(&trace);
	return nested;
}

static uint64_t said(unsigned level)
{
	uint64_t sum = 0;

	for (uint32_t thread = 0; thread < 2 * THREADS; thread++)
		sum += talkers[thread].said[level];
	return sum;
}

static struct tt_stats check_stats(void)
{
	struct tt_stats stats = account_stats();

	account_expect("recorded and dropped", stats.recorded + stats.dropped,
		       said(0) + said(1) + said(2) + said(3));
	account_expect("dropped as nested", stats.dropped_by_cause[TT_DROP_NESTED], stats.dropped);
	return stats;
}

static void start_all(pthread_t threads[THREADS], void *(*run)(void *), uint32_t first)
{
	for (uint32_t i = 0; i < THREADS; i++)
		account_start(&threads[i], run, first + i);
}

static void join_all(const pthread_t threads[THREADS])
{
	for (uint32_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void run_plan(void)
{
	pthread_t threads[THREADS];
	struct tt_stats stats;
	uint64_t read_count = 0;

	planned_events = account_count(50000, 5000);
	start_all(threads, run_planned, 0);
	join_all(threads);
	stats = check_stats();
	account_expect("events of the third level that were dropped", stats.dropped, said(2));
	account_expect("events of the second level in nested rings",
		       check_snapshot(stats.recorded, &read_count), said(1));
	if (said(1) < planned_events || said(2) < planned_events / 4)
		account_wrong("only %llu and %llu events went to the plan", (unsigned long long)said(1),
			      (unsigned long long)said(2));
}

int main(void)
{
	struct sigaction action = { .sa_handler = handle, .sa_flags = SA_RESTART };
	pthread_t threads[THREADS];
	uint64_t read_count = 0, nested;
	struct tt_stats planned, all;
	unsigned deepest = 0;

	for (int signo = SIGRTMIN; signo < SIGRTMIN + (int)LEVELS - 1; signo++)
		sigaction(signo, &action, NULL);
	account_begin("nesting", NULL);
	run_plan();
	planned = account_stats();
	stop_ns = account_now_ns() + account_count(1500000000, 1500000000);
	start_all(threads, run_in_rain, THREADS);
	while (account_now_ns() < stop_ns)
		check_snapshot(0, &read_count);
	join_all(threads);
	all = check_stats();
	nested = check_snapshot(all.recorded, &read_count);
	for (uint32_t i = THREADS; i < 2 * THREADS; i++)
		deepest = talkers[i].deepest > deepest ? talkers[i].deepest : deepest;
	return account_end(
		"%u threads, %llu events and %llu of handlers (%llu in nested rings, %llu dropped as nested, %llu of these to a plan), handlers %u deep, %llu events read",
		THREADS, (unsigned long long)said(0), (unsigned long long)(said(1) + said(2) + said(3)),
		(unsigned long long)nested, (unsigned long long)all.dropped,
		(unsigned long long)planned.dropped, deepest, (unsigned long long)read_count);
}
