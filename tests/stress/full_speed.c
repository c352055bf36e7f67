/*
 * full_speed.c - snapshots back to back while eight threads record as fast as they can.
 *
 *	full_speed
 *	full_speed BOX PUBLISHED	  the reader: another process that reads the black box meanwhile, with what was published
 *
 * Every event of every snapshot is verified: a torn record that was accepted would show. Each thread's events go on without a gap up to
 * what it had published when the snapshot began, or further. The same for the black box, which another process reads.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../crash/stage.h"
#include "account.h"

#define THREADS 8u
#define RING_BYTES (64u << 10)

/* What the threads publish, in a file that the reader maps too. */
struct published {
	struct {
		_Alignas(64) uint64_t said;
	} threads[THREADS];
};

static struct published *published;
static bool is_stopping;

/* Of one trace. */
struct reading {
	uint64_t before[THREADS]; /* what was published when it began */
	struct account_trace trace;
};

static uint64_t read_count, torn_count, empty_count;

static void *run(void *argument)
{
	uint32_t thread = (uint32_t)(uintptr_t)argument;

	for (uint64_t n = 0; !__atomic_load_n(&is_stopping, __ATOMIC_RELAXED); n++) {
		account_say(thread, n);
		__atomic_store_n(&published->threads[thread].said, n + 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static uint64_t said(uint32_t thread)
{
	return __atomic_load_n(&published->threads[thread].said, __ATOMIC_ACQUIRE);
}

static void hear(void *user, const struct event *event, uint32_t sequence, uint64_t n)
{
	(void)user;
	if (sequence >= THREADS || n != event->seq || event->ring->is_nested)
		account_wrong("event %llu of thread %u as seq %llu", (unsigned long long)n, sequence,
			      (unsigned long long)event->seq);
}

static void note_published(struct reading *reading)
{
	for (uint32_t thread = 0; thread < THREADS; thread++)
		reading->before[thread] = said(thread);
}

/* The newest of what a ring holds is at least as new as what was published before, and no newer than what is said now. */
static void check_newest(struct reading *reading)
{
	for (uint32_t i = 0; i < reading->trace.file.trace.ring_count; i++) {
		const struct account_ring *ring = &reading->trace.rings[i];
		uint32_t thread = ring->first_sequence;

		if (ring->count == 0) {
			empty_count++;
			continue;
		}
		if (ring->next_seq < reading->before[thread] || ring->next_seq > said(thread) + 1)
			account_wrong(
				"thread %u had published %llu events, then %llu; the trace ends at %llu",
				thread, (unsigned long long)reading->before[thread],
				(unsigned long long)said(thread), (unsigned long long)ring->next_seq);
	}
}

static void read_trace(struct reading *reading, const char *path)
{
	if (!account_read(&reading->trace, path, hear, NULL))
		return;
	check_newest(reading);
	read_count += reading->trace.count;
	torn_count += reading->trace.file.trace.torn;
	account_close(&reading->trace);
}

static void take_snapshot(void)
{
	char path[ACCOUNT_PATH_BYTES];
	struct reading reading;

	note_published(&reading);
	account_expect("tt_snapshot", (uint64_t)-tt_snapshot(account_path("live.tts", path), "live"), 0);
	read_trace(&reading, path);
}

/* The reader. Its figures go to whoever started it. */
static int read_box(const char *box, const char *stage)
{
	struct reading reading;

	published = stage_map(stage, sizeof(*published), 0);
	if (!published)
		return 2;
	note_published(&reading);
	read_trace(&reading, box);
	printf("%llu %llu\n", (unsigned long long)read_count, (unsigned long long)torn_count);
	return account_is_wrong();
}

/* Starts this program as the reader of its own black box. */
static void read_from_outside(const char *program, const char *stage, uint64_t *count, uint64_t *torn)
{
	char box[ACCOUNT_PATH_BYTES], command[4 * ACCOUNT_PATH_BYTES], line[4096];
	unsigned long long here_count = 0, here_torn = 0;
	FILE *reader;
	bool is_told = false;

	account_expect("black boxes", account_box(box), 1);
	snprintf(command, sizeof(command), "%s %s %s", program, box, stage);
	reader = popen(command, "re");
	while (reader && fgets(line, sizeof(line), reader)) {
		if (sscanf(line, "%llu %llu", &here_count, &here_torn) == 2)
			is_told = true;
		else
			account_wrong("the reader says: %s", line);
	}
	if (!reader || pclose(reader) != 0 || !is_told || here_count == 0)
		account_wrong("%s", command);
	*count += here_count;
	*torn += here_torn;
}

static void check_stopped(void)
{
	struct tt_stats stats = account_stats();
	uint64_t sum = 0;

	for (uint32_t thread = 0; thread < THREADS; thread++)
		sum += said(thread);
	account_expect("recorded", stats.recorded, sum);
	account_expect("dropped", stats.dropped, 0);
	account_expect("failed snapshots", stats.snapshots_failed, 0);
}

int main(int count, char **arguments)
{
	const struct tt_options options = { .ring_bytes = RING_BYTES };
	uint64_t snapshots = account_count(60, 12), boxes = account_count(10, 3);
	uint64_t box_count = 0, box_torn = 0;
	char stage[ACCOUNT_PATH_BYTES];
	pthread_t threads[THREADS];

	if (count == 3)
		return read_box(arguments[1], arguments[2]);
	account_begin("full_speed", &options);
	published = stage_map(account_path("published", stage), sizeof(*published), 1);
	if (!published)
		return 2;
	for (uint32_t thread = 0; thread < THREADS; thread++)
		account_start(&threads[thread], run, thread);
	for (uint32_t thread = 0; thread < THREADS; thread++)
		while (said(thread) == 0)
			sched_yield();
	for (uint64_t i = 0; i < snapshots; i++)
		take_snapshot();
	for (uint64_t i = 0; i < boxes; i++)
		read_from_outside(arguments[0], stage, &box_count, &box_torn);
	__atomic_store_n(&is_stopping, true, __ATOMIC_RELAXED);
	for (uint32_t thread = 0; thread < THREADS; thread++)
		pthread_join(threads[thread], NULL);
	check_stopped();
	stage_unmap(published, sizeof(*published));
	return account_end(
		"%u threads, %llu snapshots with %llu events verified, %llu chunks torn, %llu rings empty, %llu readings of the black box with %llu events, %llu torn",
		THREADS, (unsigned long long)snapshots, (unsigned long long)read_count,
		(unsigned long long)torn_count, (unsigned long long)empty_count, (unsigned long long)boxes,
		(unsigned long long)box_count, (unsigned long long)box_torn);
}
