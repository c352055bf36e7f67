/*
 * ringless.c - more living threads than there are rings.
 *
 *	ringless
 *
 * Who has no ring drops, counted as no_ring, and nothing else happens. When a thread exits, one without a ring gets its ring with
 * its next event, and the name that it has given itself. First step by step, then all at once.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "account.h"

#define THREADS 48u
#define EVENTS 100u
#define MAX_BYTES (1u << 20)
#define RING_BYTES (64u << 10)

enum command { SAY, LEAVE, CHATTER };

/* A thread does what it is told, and tells when it is done. */
struct worker {
	pthread_t thread;
	enum command command;
	sem_t told;
	sem_t done;
	uint64_t said; /* events so far */
	bool has_ring;
	bool has_left;
};

static struct worker workers[THREADS];
static uint64_t chatter_rounds;
static uint64_t attempted;

static void say(uint32_t number, struct worker *worker)
{
	for (unsigned i = 0; i < EVENTS; i++)
		account_say(number, worker->said++);
}

static void wait_for(sem_t *semaphore)
{
	while (sem_wait(semaphore) < 0)
		continue;
}

static void *run(void *argument)
{
	uint32_t number = (uint32_t)(uintptr_t)argument;
	struct worker *worker = &workers[number];
	char name[16];

	snprintf(name, sizeof(name), "worker %u", number);
	worker->has_ring = tt_thread_name(name) == 0;
	sem_post(&worker->done);
	for (;;) {
		wait_for(&worker->told);
		if (worker->command == LEAVE)
			return NULL;
		if (worker->command == SAY)
			say(number, worker);
		/* The later its number, the longer it goes on: those who have no ring get one meanwhile. */
		for (uint64_t i = 0; worker->command == CHATTER && i <= number * chatter_rounds; i++)
			say(number, worker);
		if (worker->command == CHATTER)
			return NULL;
		sem_post(&worker->done);
	}
}

static void tell(struct worker *worker, enum command command)
{
	worker->command = command;
	sem_post(&worker->told);
}

/* Has it say its events, and waits for that. */
static void have_say(struct worker *worker)
{
	attempted += EVENTS;
	tell(worker, SAY);
	wait_for(&worker->done);
}

static void have_leave(struct worker *worker)
{
	tell(worker, LEAVE);
	pthread_join(worker->thread, NULL);
	worker->has_left = true;
}

static struct tt_stats check_sum(uint64_t no_ring)
{
	struct tt_stats stats = account_stats();

	account_expect("dropped for want of a ring", stats.dropped_by_cause[TT_DROP_NO_RING], no_ring);
	account_expect("dropped", stats.dropped, no_ring);
	account_expect("recorded and dropped", stats.recorded + stats.dropped, attempted);
	return stats;
}

static void hear(void *user, const struct event *event, uint32_t sequence, uint64_t n)
{
	uint64_t *heard = user;
	char name[16];

	(void)n;
	snprintf(name, sizeof(name), "worker %u", sequence);
	if (sequence >= THREADS || event->ring->name.bytes != strlen(name) ||
	    memcmp(event->ring->name.at, name, strlen(name)) != 0)
		account_wrong("event of worker %u in the ring of %.*s", sequence,
			      (int)event->ring->name.bytes, event->ring->name.at);
	else
		heard[sequence]++;
}

/* A snapshot; heard[] gets each worker's events. */
static void check_snapshot(uint64_t heard[THREADS])
{
	struct tt_stats stats = account_stats();
	char path[ACCOUNT_PATH_BYTES];
	struct account_trace trace;

	memset(heard, 0, THREADS * sizeof(heard[0]));
	account_expect("tt_snapshot", (uint64_t)-tt_snapshot(account_path("ringless.tts", path), NULL), 0);
	if (!account_read(&trace, path, hear, heard))
		return;
	account_expect("recorded, by the trace's counters", account_sum(&trace), stats.recorded);
	account_expect("dropped, by the trace's counters", trace.file.trace.info.dropped[TTF_DROP_NO_RING],
		       stats.dropped);
	account_close(&trace);
}

/* All live: the first few have rings. Returns how many. */
static uint32_t start_all(void)
{
	uint64_t heard[THREADS];
	uint32_t rings = 0;

	for (uint32_t number = 0; number < THREADS; number++) {
		sem_init(&workers[number].told, 0, 0);
		sem_init(&workers[number].done, 0, 0);
		account_start(&workers[number].thread, run, number);
		wait_for(&workers[number].done);
		if (workers[number].has_ring && rings++ < number)
			account_wrong("thread %u has a ring, an earlier one has none", number);
	}
	for (uint32_t number = 0; number < THREADS; number++)
		have_say(&workers[number]);
	account_expect("rings", check_sum((THREADS - rings) * EVENTS).rings, rings);
	check_snapshot(heard);
	for (uint32_t number = 0; number < THREADS; number++)
		account_expect("events of a thread", heard[number], workers[number].has_ring ? EVENTS : 0);
	return rings;
}

/* One by one, the first half of those who have rings leaves, and each time the first without one gets it. */
static void pass_on(uint32_t rings, uint64_t no_ring)
{
	uint64_t heard[THREADS];

	for (uint32_t i = 0; i < rings / 2; i++) {
		have_leave(&workers[i]);
		have_say(&workers[rings + i]);
		check_sum(no_ring);
		check_snapshot(heard);
		account_expect("events of a thread that left its ring to another", heard[i], 0);
		account_expect("events of a thread that got a ring late", heard[rings + i], EVENTS);
	}
	have_say(&workers[THREADS - 1]);
	check_sum(no_ring + EVENTS);
}

/* All who are still there talk at once and leave, one after the other, and their rings are taken. */
static void scramble(void)
{
	for (uint32_t number = 0; number < THREADS; number++)
		if (!workers[number].has_left)
			tell(&workers[number], CHATTER);
	for (uint32_t number = 0; number < THREADS; number++) {
		if (workers[number].has_left)
			continue;
		pthread_join(workers[number].thread, NULL);
		attempted += (number * chatter_rounds + 1) * EVENTS;
	}
}

int main(void)
{
	const struct tt_options options = { .ring_bytes = RING_BYTES, .max_bytes = MAX_BYTES };
	uint64_t heard[THREADS], no_ring;
	struct tt_stats stats;
	uint32_t rings;

	account_begin("ringless", &options);
	rings = start_all();
	if (rings < 4 || rings > THREADS / 2)
		account_wrong("%u rings", rings);
	no_ring = (THREADS - rings) * EVENTS;
	pass_on(rings, no_ring);
	chatter_rounds = account_count(100, 10);
	scramble();
	stats = account_stats();
	check_sum(stats.dropped_by_cause[TT_DROP_NO_RING]);
	account_expect("rings", stats.rings, rings);
	if (stats.threads <= rings + rings / 2)
		account_wrong("only %llu threads ever had a ring", (unsigned long long)stats.threads);
	check_snapshot(heard);
	return account_end(
		"%u threads, %u rings, %llu events recorded, %llu dropped, %llu threads had a ring", THREADS,
		rings, (unsigned long long)stats.recorded, (unsigned long long)stats.dropped,
		(unsigned long long)stats.threads);
}
