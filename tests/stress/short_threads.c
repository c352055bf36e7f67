/*
 * short_threads.c - very many threads that live for a moment, so that rings are reused again and again.
 *
 *	short_threads [THREADS]
 *
 * First one thread after the other: then the rings must hold exactly the last ones, since the oldest exit is reused first. Then
 * four at a time, with snapshots meanwhile. The number of events must be exact to the last, memory and descriptors stay as they
 * were after the warm-up, and what the last threads said is all there.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"

#define EVENTS 3u
#define SPAWNERS 4u
#define LEAST_THREADS 1500u
#define SNAPSHOTS 5u
/* Threads of higher numbers may end up to three before one of a lower number, and four hold a ring meanwhile. */
#define DISORDER (4 * SPAWNERS)
#define RESIDENT_SLACK_BYTES (1u << 20)

static uint32_t next_number; /* of the threads to come */
static uint32_t stop_number;
static uint8_t *heard; /* events of each thread */
static uint32_t heard_count;
static uint64_t read_count, torn_count;

static void *live_shortly(void *argument)
{
	for (uint64_t n = 0; n < EVENTS; n++)
		account_say((uint32_t)(uintptr_t)argument, n);
	return NULL;
}

static void *spawn(void *argument)
{
	for (;;) {
		uint32_t number = __atomic_fetch_add(&next_number, 1, __ATOMIC_RELAXED);
		pthread_t thread;

		if (number >= stop_number)
			return argument;
		account_start(&thread, live_shortly, number);
		pthread_join(thread, NULL);
	}
}

static void hear(void *user, const struct event *event, uint32_t sequence, uint64_t n)
{
	struct account_trace *trace = user;

	if (sequence >= heard_count || n != event->seq || n >= EVENTS ||
	    sequence != trace->rings[event->ring->index].first_sequence)
		account_wrong("event %llu of thread %u in ring %u", (unsigned long long)n, sequence,
			      event->ring->index);
	else
		heard[sequence]++;
}

/* Reads a snapshot; `recorded`, if all is quiet, is what it must count up to. */
static void check_snapshot(uint64_t recorded)
{
	char path[ACCOUNT_PATH_BYTES];
	struct account_trace trace;

	account_expect("tt_snapshot", (uint64_t)-tt_snapshot(account_path("short.tts", path), NULL), 0);
	memset(heard, 0, heard_count);
	if (!account_read(&trace, path, hear, &trace))
		return;
	if (recorded > 0)
		account_expect("recorded, by the trace's counters", account_sum(&trace), recorded);
	read_count += trace.count;
	torn_count += trace.file.trace.torn;
	account_close(&trace);
}

/* All of the threads from the number on are there with all they said. */
static void check_last(uint32_t from, uint32_t to)
{
	for (uint32_t number = from; number < to; number++)
		if (heard[number] != EVENTS)
			account_wrong("of thread %u there are %u events", number, heard[number]);
}

/* The figures of a moment at which no thread lives. */
static struct tt_stats check_stats(uint32_t threads)
{
	struct tt_stats stats = account_stats();

	account_expect("recorded", stats.recorded, (uint64_t)threads * EVENTS);
	account_expect("dropped", stats.dropped, 0);
	account_expect("threads", stats.threads, threads);
	account_expect("overwritten", stats.overwritten,
		       threads > stats.rings ? (threads - stats.rings) * EVENTS : 0);
	return stats;
}

static struct tt_stats run_in_a_row(uint32_t threads)
{
	struct tt_stats stats;

	for (uint32_t number = 0; number < threads; number++) {
		pthread_t thread;

		account_start(&thread, live_shortly, number);
		pthread_join(thread, NULL);
	}
	stats = check_stats(threads);
	check_snapshot((uint64_t)threads * EVENTS);
	check_last(threads - (uint32_t)stats.rings, threads);
	return stats;
}

static void run_at_once(uint32_t from, uint32_t to, unsigned snapshots)
{
	pthread_t spawners[SPAWNERS];

	next_number = from;
	stop_number = to;
	for (unsigned i = 0; i < SPAWNERS; i++)
		account_start(&spawners[i], spawn, i);
	for (unsigned i = 0; i < snapshots; i++)
		check_snapshot(0);
	for (unsigned i = 0; i < SPAWNERS; i++)
		pthread_join(spawners[i], NULL);
}

static void check_memory(uint64_t resident_bytes, unsigned descriptors)
{
	uint64_t resident_now = account_resident_bytes();

	account_expect("descriptors", account_descriptors(), descriptors);
	if (!ACCOUNT_IS_SANITIZED && resident_now > resident_bytes + RESIDENT_SLACK_BYTES)
		account_wrong("%llu KiB were resident, now %llu", (unsigned long long)resident_bytes >> 10,
			      (unsigned long long)resident_now >> 10);
}

int main(int count, char **arguments)
{
	uint32_t threads = (uint32_t)(count > 1 ? strtoul(arguments[1], NULL, 10)
						: account_count(60000, LEAST_THREADS * 2));
	uint32_t warm = LEAST_THREADS * 3 / 2;
	struct tt_stats before, after;
	uint64_t resident_bytes;
	unsigned descriptors;

	if (threads < LEAST_THREADS * 2)
		threads = LEAST_THREADS * 2;
	heard_count = threads;
	heard = calloc(heard_count, 1);
	if (!heard)
		return 2;
	account_begin("short_threads", NULL);
	run_in_a_row(LEAST_THREADS);
	run_at_once(LEAST_THREADS, warm, SNAPSHOTS);
	before = check_stats(warm);
	resident_bytes = account_resident_bytes();
	descriptors = account_descriptors();
	run_at_once(warm, threads, SNAPSHOTS);
	after = check_stats(threads);
	check_memory(resident_bytes, descriptors);
	account_expect("bytes of the region", after.region_bytes, before.region_bytes);
	account_expect("rings", after.rings, before.rings);
	check_snapshot((uint64_t)threads * EVENTS);
	check_last(threads - (uint32_t)after.rings + DISORDER, threads);
	free(heard);
	return account_end(
		"%u threads in %llu rings, %llu events recorded, %llu read, %llu torn chunks, region %llu KiB, resident %llu KiB",
		threads, (unsigned long long)after.rings, (unsigned long long)after.recorded,
		(unsigned long long)read_count, (unsigned long long)torn_count,
		(unsigned long long)after.region_bytes >> 10, (unsigned long long)resident_bytes >> 10);
}
