/*
 * counters.c - what was said is recorded or dropped, and counted, exactly, whoever has the rings.
 *
 *	counters
 *
 * First many more threads than rings start at once: who gets a ring records all that it says, who gets none drops all.
 * Then the rings go from thread to thread, with snapshots meanwhile. Of these threads every eighth vanishes by a bare exit
 * system call, without its destructors: its ring must be found, or soon there are none. At last many vanish that have a stack for
 * signals: these are found too, before the recorder takes more memory for threads.
 */
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "account.h"

#define CROWD 64u /* live at once; the region has room for some twenty */
#define CROWD_EVENTS 500u
#define SPAWNERS 4u
#define SHORT_EVENTS_MAX 1500u /* a ring overwrites the oldest of so many */
#define RING_BYTES (64u << 10)
#define MAX_BYTES (1u << 20)

#define VANISHING 300u
#define MAPPINGS_SLACK 280u /* two of each of 128 threads that are not found yet, and the recorder's own */

static pthread_barrier_t barrier;
static uint64_t attempted;
static uint32_t spawned; /* by each spawner, one after the other */
static uint32_t spawners_over;

static void say(uint32_t number, uint64_t from, uint64_t to)
{
	for (uint64_t n = from; n < to; n++)
		account_say(number, n);
	__atomic_fetch_add(&attempted, to - from, __ATOMIC_RELAXED);
}

static void *be_one_of_many(void *argument)
{
	uint32_t number = (uint32_t)(uintptr_t)argument;

	say(number, 0, 1);
	pthread_barrier_wait(&barrier);
	say(number, 1, CROWD_EVENTS);
	pthread_barrier_wait(&barrier);
	return NULL;
}

static void *be_short(void *argument)
{
	uint32_t number = (uint32_t)(uintptr_t)argument;

	say(number, 0, 1 + mix_bits(number, MIX_OWN, 0) % SHORT_EVENTS_MAX);
	/* A sanitizer would wait for the thread's end. */
	if (number % 8 == 0 && !ACCOUNT_IS_SANITIZED)
		syscall(SYS_exit, 0);
	return NULL;
}

static void *spawn(void *argument)
{
	uint32_t first = CROWD + (uint32_t)(uintptr_t)argument * spawned;
	pthread_t thread;

	for (uint32_t number = first; number < first + spawned; number++) {
		account_start(&thread, be_short, number);
		pthread_join(thread, NULL);
	}
	__atomic_fetch_add(&spawners_over, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* A ring holds what one thread said, from its first event on. */
static void hear(void *user, const struct event *event, uint32_t sequence, uint64_t n)
{
	const struct account_trace *trace = user;

	if (n != event->seq || sequence != trace->rings[event->ring->index].first_sequence)
		account_wrong("event %llu of thread %u as seq %llu in ring %u", (unsigned long long)n,
			      sequence, (unsigned long long)event->seq, event->ring->index);
}

static bool read_snapshot(struct account_trace *trace)
{
	char path[ACCOUNT_PATH_BYTES];

	account_expect("tt_snapshot", (uint64_t)-tt_snapshot(account_path("counters.tts", path), NULL), 0);
	return account_read(trace, path, hear, trace);
}

/* The trace counts what tt_stats does. */
static void check_trace(const struct account_trace *trace, const struct tt_stats *stats)
{
	const struct trace *file = &trace->file.trace;
	uint64_t overwritten = file->info.retired_recorded;

	account_expect("recorded, by the trace's counters", account_sum(trace), stats->recorded);
	for (uint32_t i = 0; i < file->ring_count; i++)
		overwritten += file->rings[i] ? file->rings[i]->overwritten : 0;
	account_expect("overwritten, by the trace's counters", overwritten, stats->overwritten);
	for (int cause = 0; cause < TT_DROP_CAUSES; cause++) {
		uint64_t dropped = file->info.dropped[cause] + file->info.retired_dropped[cause];

		for (uint32_t i = 0; i < file->ring_count; i++)
			dropped += file->rings[i] ? file->rings[i]->dropped[cause] : 0;
		account_expect("dropped, by the trace's counters", dropped, stats->dropped_by_cause[cause]);
	}
}

/* Nobody records. Only `no_ring` of all that was said was dropped. */
static struct tt_stats check(uint64_t no_ring)
{
	struct tt_stats stats = account_stats();
	struct account_trace trace;

	account_expect("recorded", stats.recorded, attempted - no_ring);
	account_expect("dropped", stats.dropped, no_ring);
	account_expect("dropped for want of a ring", stats.dropped_by_cause[TT_DROP_NO_RING], no_ring);
	if (read_snapshot(&trace)) {
		check_trace(&trace, &stats);
		account_close(&trace);
	}
	return stats;
}

/* Returns how many had a ring. */
static uint32_t crowd(void)
{
	pthread_t threads[CROWD];
	uint32_t rings;

	pthread_barrier_init(&barrier, NULL, CROWD);
	for (uint32_t number = 0; number < CROWD; number++)
		account_start(&threads[number], be_one_of_many, number);
	for (uint32_t number = 0; number < CROWD; number++)
		pthread_join(threads[number], NULL);
	rings = (uint32_t)account_stats().rings;
	if (rings <= SPAWNERS || rings > CROWD / 2)
		account_wrong("%u rings", rings);
	account_expect("threads of the crowd", check((CROWD - rings) * CROWD_EVENTS).threads, rings);
	return rings;
}

/* Returns how many snapshots were taken meanwhile. */
static uint64_t churn(void)
{
	pthread_t threads[SPAWNERS];
	struct account_trace trace;
	uint64_t snapshots = 0;

	for (uint32_t i = 0; i < SPAWNERS; i++)
		account_start(&threads[i], spawn, i);
	for (; __atomic_load_n(&spawners_over, __ATOMIC_ACQUIRE) < SPAWNERS; snapshots++)
		if (read_snapshot(&trace))
			account_close(&trace);
	for (uint32_t i = 0; i < SPAWNERS; i++)
		pthread_join(threads[i], NULL);
	return snapshots;
}

static void *vanish(void *argument)
{
	say((uint32_t)(uintptr_t)argument, 0, 1);
	syscall(SYS_exit, 0);
	return NULL;
}

static uint32_t mappings(void)
{
	FILE *file = fopen("/proc/self/maps", "re");
	uint32_t count = 0;
	int byte;

	while (file && (byte = getc(file)) != EOF)
		count += byte == '\n';
	if (file)
		fclose(file);
	return count;
}

static void run_vanishing(uint32_t from)
{
	pthread_t thread;

	for (uint32_t number = from; number < from + VANISHING; number++) {
		account_start(&thread, vanish, number);
		pthread_join(thread, NULL);
	}
}

static void let_many_vanish(uint32_t from)
{
	uint32_t before;

	account_expect("tt_snapshot_on_crash", (uint64_t)-tt_snapshot_on_crash(), 0);
	run_vanishing(from);
	before = mappings();
	run_vanishing(from + VANISHING);
	if (mappings() > before + MAPPINGS_SLACK)
		account_wrong("%u mappings, and %u more threads later %u", before, VANISHING, mappings());
}

int main(void)
{
	const struct tt_options options = { .ring_bytes = RING_BYTES, .max_bytes = MAX_BYTES };
	struct tt_stats stats;
	uint64_t snapshots;
	uint32_t rings;

	account_begin("counters", &options);
	spawned = (uint32_t)account_count(400, 200);
	rings = crowd();
	snapshots = churn();
	stats = check((CROWD - rings) * CROWD_EVENTS);
	if (!ACCOUNT_IS_SANITIZED)
		let_many_vanish(CROWD + SPAWNERS * spawned);
	account_expect("rings", stats.rings, rings);
	account_expect("threads that had a ring", stats.threads, rings + SPAWNERS * spawned);
	return account_end(
		"%u threads through %u rings, %llu events said, %llu recorded, %llu dropped, %llu snapshots meanwhile",
		CROWD + SPAWNERS * spawned, rings, (unsigned long long)attempted,
		(unsigned long long)stats.recorded, (unsigned long long)stats.dropped,
		(unsigned long long)snapshots);
}
