/*
 * live.c - 1024 threads live at once, with default settings: every thread's events are there.
 */
#include "stress.h"

#define THREADS 1024u
#define EVENTS 100u

static pthread_barrier_t said, judged;
static struct stress_verdict verdict;

static void *run(void *number)
{
	uint32_t thread = (uint32_t)(uintptr_t)number;

	for (uint64_t n = 0; n < EVENTS; n++)
		stress_say(thread, MIX_OWN, n);
	pthread_barrier_wait(&said);
	pthread_barrier_wait(&judged);
	return NULL;
}

/* Every thread has a ring of its own, with all that it said. */
static void check(void)
{
	bool is_heard[THREADS] = { false };

	stress_judge(&verdict);
	MUST(verdict.wrong == 0);
	MUST(verdict.rings == THREADS);
	MUST(verdict.events == THREADS * EVENTS);
	MUST(verdict.recorded == THREADS * EVENTS && verdict.overwritten == 0);
	for (uint32_t i = 0; i < THREADS; i++) {
		const struct stress_ring *ring = &verdict.ring[i];

		MUST(ring->events == EVENTS && ring->thread < THREADS);
		MUST(!is_heard[ring->thread]);
		is_heard[ring->thread] = true;
	}
}

int main(void)
{
	static pthread_t threads[THREADS];
	struct tt_stats stats;

	stress_begin();
	MUST(pthread_barrier_init(&said, NULL, THREADS + 1) == 0);
	MUST(pthread_barrier_init(&judged, NULL, THREADS + 1) == 0);
	for (uint32_t i = 0; i < THREADS; i++)
		threads[i] = stress_thread(run, (void *)(uintptr_t)i);
	pthread_barrier_wait(&said);
	check();
	pthread_barrier_wait(&judged);
	for (uint32_t i = 0; i < THREADS; i++)
		stress_join(threads[i]);
	stats = stress_stats();
	MUST(stats.recorded == THREADS * EVENTS && stats.dropped == 0);
	MUST(stats.threads == THREADS && stats.rings == THREADS);
	check(); /* they have exited, and nothing is gone */
	stress_end();
	printf("live: %u threads at once, %u events each: all there; region %llu KiB\n", THREADS, EVENTS,
	       (unsigned long long)stats.region_bytes / 1024);
	return 0;
}
