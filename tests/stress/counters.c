/*
 * counters.c - what was said is recorded or dropped, and counted, exactly: with more live threads than rings, with rings
 * that go from thread to thread, with threads that vanish without their destructors, and with snapshots meanwhile.
 */
#include <sys/syscall.h>
#include <unistd.h>

#include "stress.h"

#define CROWD 64u	  /* live at once; the region has room for some twenty */
#define CROWD_EVENTS 500u /* of each, after all have said their first */
#define SPAWNERS 4u
#define SPAWNED 400u /* by each, one after the other */

static pthread_barrier_t barrier;
static struct stress_verdict verdict;
static uint64_t said;
static uint32_t next_thread;
static uint32_t spawners_over;

static void say(uint32_t thread, uint64_t count)
{
	for (uint64_t n = 0; n < count; n++)
		stress_say(thread, MIX_OWN, n);
	__atomic_fetch_add(&said, count, __ATOMIC_RELAXED);
}

static void *be_one_of_many(void *unused)
{
	uint32_t thread = __atomic_fetch_add(&next_thread, 1, __ATOMIC_RELAXED);

	stress_say(thread, MIX_OWN, 0);
	pthread_barrier_wait(&barrier);
	for (uint64_t n = 1; n <= CROWD_EVENTS; n++)
		stress_say(thread, MIX_OWN, n);
	__atomic_fetch_add(&said, CROWD_EVENTS + 1, __ATOMIC_RELAXED);
	pthread_barrier_wait(&barrier);
	return unused;
}

/* What was said is where the counters say. */
static struct tt_stats check(void)
{
	struct tt_stats stats = stress_stats();

	stress_judge(&verdict);
	MUST(verdict.wrong == 0 && verdict.torn == 0);
	MUST(stats.recorded + stats.dropped == said);
	MUST(stats.dropped == stats.dropped_by_cause[TT_DROP_NO_RING]);
	MUST(verdict.recorded + verdict.retired == stats.recorded);
	MUST(verdict.events + verdict.overwritten + verdict.retired == stats.recorded);
	MUST(verdict.overwritten + verdict.retired == stats.overwritten);
	for (int cause = 0; cause < TT_DROP_CAUSES; cause++)
		MUST(verdict.dropped[cause] == stats.dropped_by_cause[cause]);
	return stats;
}

/* More threads than rings: those without drop all, those with record all. */
static uint64_t crowd(void)
{
	pthread_t threads[CROWD];
	struct tt_stats stats;

	MUST(pthread_barrier_init(&barrier, NULL, CROWD) == 0);
	for (uint32_t i = 0; i < CROWD; i++)
		threads[i] = stress_thread(be_one_of_many, NULL);
	for (uint32_t i = 0; i < CROWD; i++)
		stress_join(threads[i]);
	stats = check();
	MUST(stats.rings > 4 && stats.rings < CROWD);
	MUST(stats.recorded == stats.rings * (CROWD_EVENTS + 1));
	MUST(stats.dropped == (CROWD - stats.rings) * (CROWD_EVENTS + 1));
	MUST(stats.threads == stats.rings);
	return stats.rings;
}

static void *be_short(void *unused)
{
	uint32_t thread = __atomic_fetch_add(&next_thread, 1, __ATOMIC_RELAXED);

	say(thread, mix_bits(thread, MIX_OWN, 0) % 1500);
	/* Without destructors, so that the ring must be found. A sanitizer would wait for the thread's end. */
	if (thread % 8 == 0 && !STRESS_IS_SANITIZED)
		syscall(SYS_exit, 0);
	return unused;
}

static void *spawn(void *unused)
{
	for (uint32_t i = 0; i < SPAWNED; i++)
		stress_join(stress_thread(be_short, NULL));
	__atomic_fetch_add(&spawners_over, 1, __ATOMIC_RELEASE);
	return unused;
}

/* Rings go from thread to thread, while they are looked at. Returns how often. */
static uint64_t churn(void)
{
	pthread_t threads[SPAWNERS];
	uint64_t snapshots = 0;

	for (uint32_t i = 0; i < SPAWNERS; i++)
		threads[i] = stress_thread(spawn, NULL);
	while (__atomic_load_n(&spawners_over, __ATOMIC_ACQUIRE) < SPAWNERS) {
		stress_judge(&verdict);
		MUST(verdict.wrong == 0);
		snapshots++;
	}
	for (uint32_t i = 0; i < SPAWNERS; i++)
		stress_join(threads[i]);
	return snapshots;
}

int main(void)
{
	struct tt_options options = { .size = sizeof(options), .ring_bytes = 65536, .max_bytes = 1 << 20 };
	struct tt_stats stats;
	uint64_t rings, snapshots;

	stress_begin();
	MUST(tt_init(&options) == 0);
	rings = crowd();
	snapshots = churn();
	stats = check();
	MUST(stats.rings == rings);
	stress_end();
	printf("counters: %u threads through %llu rings, %llu events said = %llu recorded + %llu dropped; %llu snapshots meanwhile\n",
	       next_thread, (unsigned long long)rings, (unsigned long long)said,
	       (unsigned long long)stats.recorded, (unsigned long long)stats.dropped,
	       (unsigned long long)snapshots);
	return 0;
}
