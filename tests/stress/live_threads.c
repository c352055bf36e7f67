/*
 * live_threads.c - 1024 threads that live at once, with the default settings.
 *
 *	live_threads
 *
 * Each names itself and says twenty events. A snapshot, and the black box, hold all of every thread, with its name; the counters are
 * exact while the threads live, and after they have exited.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"

#define THREADS 1024u
#define EVENTS 20u
#define REGION_BYTES_MAX (64u << 20)

static pthread_barrier_t said, done;
static uint64_t heard[THREADS]; /* events of each thread, in the trace that is read */
static uint64_t read_count;

static void put_name(char name[16], unsigned number)
{
	snprintf(name, 16, "one of %u", number);
}

static void *run(void *argument)
{
	unsigned number = (unsigned)(uintptr_t)argument;
	char name[16];

	put_name(name, number);
	if (tt_thread_name(name) != 0)
		abort();
	for (uint64_t n = 0; n < EVENTS; n++)
		account_say(number, n);
	pthread_barrier_wait(&said);
	pthread_barrier_wait(&done);
	return NULL;
}

static void hear(void *user, const struct event *event, uint32_t sequence, uint64_t n)
{
	char name[16];

	(void)user;
	if (sequence >= THREADS || n != event->seq || n != heard[sequence]) {
		account_wrong("event %llu of thread %u, as seq %llu", (unsigned long long)n, sequence,
			      (unsigned long long)event->seq);
		return;
	}
	heard[sequence]++;
	put_name(name, sequence);
	if (event->ring->name.bytes != strlen(name) || memcmp(event->ring->name.at, name, strlen(name)) != 0)
		account_wrong("thread %u is named %.*s", sequence, (int)event->ring->name.bytes,
			      event->ring->name.at);
}

static void check_trace(const char *path)
{
	struct account_trace trace;

	memset(heard, 0, sizeof(heard));
	if (!account_read(&trace, path, hear, NULL))
		return;
	for (unsigned number = 0; number < THREADS; number++)
		if (heard[number] != EVENTS)
			account_wrong("of thread %u there are %llu events", number,
				      (unsigned long long)heard[number]);
	account_expect("recorded, by the trace's counters", account_sum(&trace), THREADS * EVENTS);
	account_expect("rings in the trace", trace.file.trace.ring_count, THREADS);
	read_count += trace.count;
	account_close(&trace);
}

static struct tt_stats check_stats(void)
{
	struct tt_stats stats = account_stats();

	account_expect("recorded", stats.recorded, THREADS * EVENTS);
	account_expect("overwritten", stats.overwritten, 0);
	account_expect("dropped", stats.dropped, 0);
	account_expect("threads", stats.threads, THREADS);
	account_expect("rings", stats.rings, THREADS);
	if (stats.region_bytes > REGION_BYTES_MAX)
		account_wrong("the region has %llu bytes", (unsigned long long)stats.region_bytes);
	return stats;
}

int main(void)
{
	char snapshot[ACCOUNT_PATH_BYTES], box[ACCOUNT_PATH_BYTES];
	pthread_t threads[THREADS];
	struct tt_stats stats;

	account_begin("live_threads", NULL);
	pthread_barrier_init(&said, NULL, THREADS + 1);
	pthread_barrier_init(&done, NULL, THREADS + 1);
	for (unsigned number = 0; number < THREADS; number++)
		account_start(&threads[number], run, number);
	pthread_barrier_wait(&said);
	check_stats();
	account_expect("tt_snapshot", (uint64_t)-tt_snapshot(account_path("live.tts", snapshot), "live"), 0);
	check_trace(snapshot);
	account_expect("black boxes", account_box(box), 1);
	check_trace(box);
	pthread_barrier_wait(&done);
	for (unsigned number = 0; number < THREADS; number++)
		pthread_join(threads[number], NULL);
	stats = check_stats();
	account_expect("tt_snapshot", (uint64_t)-tt_snapshot(account_path("exited.tts", snapshot), "exited"),
		       0);
	check_trace(snapshot);
	return account_end("%u threads alive, %llu events recorded, %llu read in 3 traces, region %llu KiB",
			   THREADS, (unsigned long long)stats.recorded, (unsigned long long)read_count,
			   (unsigned long long)stats.region_bytes >> 10);
}
