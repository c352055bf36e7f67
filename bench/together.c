/*
 * together.c - threads that record at once, and threads that record while snapshots are made.
 *
 *	together DIRECTORY	(for the snapshots; they are removed)
 *
 * Each thread has a CPU of its own, if there are as many. A round is one thread alone, then two at the same time; what counts is the ratio
 * within a round. While snapshots are made back to back, single calls are timed, as rare.c times them without.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TT_TARGET "bench"
#include <ttlog.h>

#include "sample.h"
#include "sites.h"

#define ROUNDS 31
#define CALLS 2000000
#define SINGLE_CALLS 2000000

static void fail(const char *what, int error)
{
	fprintf(stderr, "together: %s: %s\n", what, strerror(error));
	exit(1);
}

static void pin(unsigned cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one); /* else it is left where it is */
}

static pthread_barrier_t barrier;

struct recorder {
	pthread_t thread;
	unsigned cpu;
	double ns; /* a call */
};

static void *record(void *argument)
{
	struct recorder *recorder = argument;
	uint64_t begin;

	pin(recorder->cpu);
	sites_w4(CALLS / 10);
	pthread_barrier_wait(&barrier);
	begin = sample_now_ns();
	sites_w4(CALLS);
	recorder->ns = (double)(sample_now_ns() - begin) / CALLS;
	return NULL;
}

/* So many threads at once. Returns how many events they make in a ns, all together. */
static double rate_of(int threads)
{
	struct recorder recorders[2] = { { .cpu = 0 }, { .cpu = 1 } };
	double rate = 0;

	pthread_barrier_init(&barrier, NULL, (unsigned)threads);
	for (int i = 0; i < threads; i++)
		if (pthread_create(&recorders[i].thread, NULL, record, &recorders[i]) != 0)
			fail("a thread", EAGAIN);
	for (int i = 0; i < threads; i++) {
		pthread_join(recorders[i].thread, NULL);
		rate += 1 / recorders[i].ns;
	}
	pthread_barrier_destroy(&barrier);
	return rate;
}

static void measure_two(void)
{
	double ratios[ROUNDS];

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		fprintf(stderr, "together: one CPU only: two threads are not measured\n");
		return;
	}
	for (int i = 0; i < ROUNDS; i++) {
		double one = rate_of(1);

		ratios[i] = rate_of(2) / one;
	}
	sample_begin("together", "static", "two threads, W4", "x one", ratios, ROUNDS);
	sample_end();
}

static bool is_over;
static unsigned snapshots;

static void *make_snapshots(void *directory)
{
	char path[4096];

	pin(1);
	snprintf(path, sizeof(path), "%s/live.tts", (const char *)directory);
	while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED)) {
		int error = tt_snapshot(path, "bench");

		if (error < 0)
			fail("the snapshot", -error);
		__atomic_fetch_add(&snapshots, 1, __ATOMIC_RELAXED);
	}
	unlink(path);
	return NULL;
}

static double ns_per_tick(void)
{
	uint64_t begin_ns = sample_now_ns(), begin = tt_impl_ticks();

	while (sample_now_ns() - begin_ns < 50000000)
		;
	return (double)(sample_now_ns() - begin_ns) / (double)(tt_impl_ticks() - begin);
}

/* Single calls, with what it takes to read the counter. */
static void measure_single(const char *name, double tick_ns)
{
	static double values[SINGLE_CALLS];

	for (unsigned i = 0; i < SINGLE_CALLS; i++) {
		uint64_t begin = tt_impl_ticks();

		TT_INFO("req %u took %f us from %d flags 0x%llx", i, 12.5, 7, 0x1003ULL);
		values[i] = (double)(tt_impl_ticks() - begin) * tick_ns;
	}
	sample_begin("live", "static", name, "ns", values, SINGLE_CALLS);
	printf(",\"p999\":%.4f,\"snapshots\":%u", sample_quantile(values, SINGLE_CALLS, 0.999),
	       __atomic_load_n(&snapshots, __ATOMIC_RELAXED));
	sample_end();
}

static void measure_live(char *directory)
{
	double tick_ns = ns_per_tick();
	pthread_t thread;

	pin(0);
	sites_w4(CALLS / 10);
	measure_single("one call", tick_ns);
	if (pthread_create(&thread, NULL, make_snapshots, directory) != 0)
		fail("a thread", EAGAIN);
	while (__atomic_load_n(&snapshots, __ATOMIC_RELAXED) == 0)
		sites_w4(1000);
	measure_single("one call, snapshots back to back", tick_ns);
	__atomic_store_n(&is_over, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: together DIRECTORY\n");
		return 2;
	}
	TT_INFO("start");
	measure_two();
	measure_live(argv[1]);
	return 0;
}
