/*
 * short.c [THREADS] - a very long series of short threads: after the warm-up neither the region nor the process grows, and
 * the counters stay exact.
 */
#include <unistd.h>

#include "stress.h"

#define WARM_UP 3000u /* more than there are rings in the default region */
#define AT_ONCE 4u
#define EVENTS 3u
#define GROWTH_KIB_MAX 1024

static struct stress_verdict verdict;

static void *run(void *number)
{
	for (uint64_t n = 0; n < EVENTS; n++)
		stress_say((uint32_t)(uintptr_t)number, MIX_OWN, n);
	return NULL;
}

static void run_threads(uint32_t from, uint32_t to)
{
	pthread_t threads[AT_ONCE];

	for (uint32_t i = from; i < to; i += AT_ONCE) {
		for (uint32_t k = 0; k < AT_ONCE; k++)
			threads[k] = stress_thread(run, (void *)(uintptr_t)(i + k));
		for (uint32_t k = 0; k < AT_ONCE; k++)
			stress_join(threads[k]);
	}
}

static long resident_kib(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long pages;

	MUST(file != NULL);
	MUST(fscanf(file, "%*d %ld", &pages) == 1);
	fclose(file);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* The newest thread is there, and so are as many before it as there are rings. */
static void check_newest(uint32_t count)
{
	uint32_t newest = 0, oldest = UINT32_MAX;

	stress_judge(&verdict);
	MUST(verdict.wrong == 0);
	for (uint32_t i = 0; i < verdict.rings; i++) {
		MUST(verdict.ring[i].events == EVENTS);
		newest = verdict.ring[i].thread > newest ? verdict.ring[i].thread : newest;
		oldest = verdict.ring[i].thread < oldest ? verdict.ring[i].thread : oldest;
	}
	MUST(newest == count - 1);
	MUST(oldest + verdict.rings + AT_ONCE >= count);
	MUST(verdict.recorded + verdict.retired == (uint64_t)count * EVENTS);
}

int main(int arguments, char **argument)
{
	uint32_t count = arguments > 1 ? (uint32_t)atol(argument[1]) : 0;
	long before, after;
	uint64_t region;
	struct tt_stats stats;
	double begun = stress_seconds();

	if (count < 2 * WARM_UP || STRESS_IS_SANITIZED)
		count = 2 * WARM_UP;
	count = count / AT_ONCE * AT_ONCE;
	stress_begin();
	run_threads(0, WARM_UP);
	check_newest(WARM_UP);
	before = resident_kib();
	region = stress_stats().region_bytes;
	run_threads(WARM_UP, count);
	after = resident_kib();
	stats = stress_stats();
	MUST(stats.region_bytes == region);
	MUST(STRESS_IS_SANITIZED || after - before <= GROWTH_KIB_MAX);
	MUST(stats.recorded == (uint64_t)count * EVENTS);
	MUST(stats.threads == count);
	MUST(stats.dropped == 0);
	check_newest(count);
	MUST(verdict.overwritten == 0 && stats.overwritten == verdict.retired);
	stress_end();
	printf("short: %u threads, %llu rings, region %llu KiB, resident %ld KiB after %u and %ld KiB at the end%s; %.0f us a thread\n",
	       count, (unsigned long long)stats.rings, (unsigned long long)region / 1024, before, WARM_UP,
	       after, STRESS_IS_SANITIZED ? " (not judged: sanitizer)" : "",
	       (stress_seconds() - begun) / count * 1e6);
	return 0;
}
