/*
 * snapshots.c [SECONDS] - snapshots back to back while eight threads record as fast as they can: no torn record is ever
 * accepted, every ring's events are without gap, and in the end the counters are exact.
 */
#include "stress.h"

#define THREADS 8u

static struct stress_verdict verdict;
static bool is_over;
static uint64_t said[THREADS];

static void *run(void *number)
{
	uint32_t thread = (uint32_t)(uintptr_t)number;
	uint64_t n = 0;

	while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED))
		stress_say(thread, MIX_OWN, n++);
	said[thread] = n;
	return NULL;
}

/* Nobody records any more: all is known. */
static void check_end(uint64_t total)
{
	struct tt_stats stats = stress_stats();

	stress_judge(&verdict);
	MUST(verdict.wrong == 0 && verdict.torn == 0);
	MUST(verdict.rings == THREADS);
	MUST(stats.recorded == total && verdict.recorded == total);
	MUST(stats.overwritten == verdict.overwritten && stats.dropped == 0);
	MUST(verdict.events + verdict.overwritten == total);
	for (uint32_t i = 0; i < THREADS; i++)
		MUST(verdict.ring[i].next_n == said[verdict.ring[i].thread]);
}

int main(int arguments, char **argument)
{
	double end = stress_seconds() + (arguments > 1 ? atof(argument[1]) : 5);
	uint64_t snapshots = 0, events = 0, torn = 0, total = 0;
	pthread_t threads[THREADS];

	stress_begin();
	for (uint32_t i = 0; i < THREADS; i++)
		threads[i] = stress_thread(run, (void *)(uintptr_t)i);
	while (stress_stats().rings < THREADS)
		sched_yield();
	while (stress_seconds() < end) {
		stress_judge(&verdict);
		MUST(verdict.wrong == 0);
		MUST(verdict.rings == THREADS);
		snapshots++;
		events += verdict.events;
		torn += verdict.torn;
	}
	__atomic_store_n(&is_over, true, __ATOMIC_RELAXED);
	for (uint32_t i = 0; i < THREADS; i++) {
		stress_join(threads[i]);
		total += said[i];
	}
	check_end(total);
	stress_end();
	MUST(snapshots > 0);
	printf("snapshots: %llu while %u threads recorded %llu events; %llu verified, %llu chunks torn and left out\n",
	       (unsigned long long)snapshots, THREADS, (unsigned long long)total, (unsigned long long)events,
	       (unsigned long long)torn);
	return 0;
}
