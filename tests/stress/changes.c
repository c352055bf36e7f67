/*
 * changes.c - filters change, modules come and go, children are forked, all while four threads record.
 *
 *	changes MODULE...
 *
 * For each thread one target is always on and another one is switched on and off. The arguments of an event are evaluated only if it
 * is recorded, so they count what was attempted: the recorder's counters must agree exactly. Each child finds itself a recorder of its
 * own, whose snapshot its parent verifies; memory, descriptors and what stands in the black box's directory stay as they were after
 * the warm-up.
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "module.h"
#include "account.h"

#define THREADS 4u
#define CHILD_EVENTS 500u
#define MODULE_EVENTS 50u
#define ROUNDS_NS 200000 /* between two changes of one kind */
#define RING_BYTES (64u << 10)
#define MAX_BYTES (8u << 20)
#define RESIDENT_SLACK_BYTES (2u << 20)
#define BOXES_KEPT 8u

/* Sequences: two of each thread, of the module and of the children. */
enum { SEQUENCE_SOMETIMES = THREADS, SEQUENCE_MODULE = 2 * THREADS, SEQUENCE_CHILD, SEQUENCES };

static struct {
	_Alignas(64) uint64_t said;
	uint64_t said_sometimes;
} talkers[THREADS];

static bool is_stopping;
static char **module_paths;
static int module_count;
static uint64_t module_said, loads, forks, filters;
static uint32_t failures; /* of threads that are not the main one: it reports */

static bool is_on(void)
{
	return !__atomic_load_n(&is_stopping, __ATOMIC_RELAXED);
}

static void fail(void)
{
	__atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
}

static void pause_shortly(void)
{
	const struct timespec time = { 0, ROUNDS_NS };

	nanosleep(&time, NULL);
}

/* The event that a filter may be against. Its numbers are multiples of three, as the judge wants it of one without strings. */
static void say_sometimes(uint32_t thread)
{
	uint32_t sequence = SEQUENCE_SOMETIMES + thread;
	uint64_t n = talkers[thread].said_sometimes * 3;
	uint64_t bits = mix_bits(sequence, MIX_OWN, n);

	TT_LOG(TT_LEVEL_INFO, "sometimes", "%u %lu %lx", sequence, (talkers[thread].said_sometimes++, n),
	       bits);
}

static void *record(void *argument)
{
	uint32_t thread = (uint32_t)(uintptr_t)argument;

	while (is_on()) {
		account_say(thread, talkers[thread].said++);
		say_sometimes(thread);
	}
	return NULL;
}

static void *change_filter(void *argument)
{
	static const char *const specs[] = { "sometimes=off", "", "error,stress=trace",
					     "some*=warn,stress=trace" };

	for (; is_on(); filters++) {
		if (tt_filter(specs[filters % 4]) != 0)
			fail();
		pause_shortly();
	}
	return argument;
}

/* Loads a module, has it record, unloads it. */
static void use_module(const char *path)
{
	void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	module_say_function *say_in_module = NULL;

	if (module)
		*(void **)&say_in_module = dlsym(module, "module_say");
	if (say_in_module) {
		say_in_module(SEQUENCE_MODULE, module_said, MODULE_EVENTS);
		module_said += MODULE_EVENTS;
	}
	if (!say_in_module || dlclose(module) != 0)
		fail();
}

static void *load_modules(void *argument)
{
	for (; is_on(); loads++) {
		use_module(module_paths[loads % (uint64_t)module_count]);
		pause_shortly();
	}
	return argument;
}

/* What a child does. Only calls of ttlog, and such as may be made after a fork among threads. Returns its exit status. */
static int run_child(const char *path, bool is_orderly)
{
	struct tt_stats stats = { .size = sizeof(stats) };

	tt_stats(&stats);
	if (stats.recorded != 0 || stats.dropped != 0)
		return 3;
	for (uint64_t n = 0; n < CHILD_EVENTS; n++)
		account_say(SEQUENCE_CHILD, n);
	tt_stats(&stats);
	if (stats.recorded != CHILD_EVENTS || stats.dropped != 0 || stats.threads != 1 || stats.rings != 1)
		return 4;
	if (tt_snapshot(path, "child") != 0)
		return 5;
	if (is_orderly)
		tt_shutdown();
	return 0;
}

static void hear_child(void *user, const struct event *event, uint32_t sequence, uint64_t n)
{
	(void)user;
	if (sequence != SEQUENCE_CHILD || n != event->seq)
		account_wrong("event %llu of sequence %u in a child", (unsigned long long)n, sequence);
}

static void check_child(const char *path)
{
	struct account_trace trace;

	if (!account_read(&trace, path, hear_child, NULL))
		return;
	account_expect("recorded by a child", account_sum(&trace), CHILD_EVENTS);
	account_expect("read of a child", trace.count, CHILD_EVENTS);
	account_close(&trace);
}

/* One of two children shuts down in order; of the other one the black box remains. */
static void fork_child(void)
{
	char path[ACCOUNT_PATH_BYTES];
	bool is_orderly = forks++ % 2 == 0;
	int status = -1;
	pid_t pid;

	account_path("child.tts", path);
	pid = fork();
	if (pid == 0)
		_exit(run_child(path, is_orderly));
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (status != 0)
		account_wrong("a child ended with status 0x%x", (unsigned)status);
	else
		check_child(path);
}

static void hear_own(void *user, const struct event *event, uint32_t sequence, uint64_t n)
{
	uint64_t *next = user;

	(void)event;
	if (sequence > SEQUENCE_MODULE || n < next[sequence])
		account_wrong("event %llu of sequence %u", (unsigned long long)n, sequence);
	else
		next[sequence] = n + 1;
}

/* A snapshot of all that goes on; or, if `recorded` is given, of what has come to rest. */
static void check_snapshot(uint64_t recorded)
{
	uint64_t next[SEQUENCES] = { 0 };
	char path[ACCOUNT_PATH_BYTES];
	struct account_trace trace;

	account_expect("tt_snapshot", (uint64_t)-tt_snapshot(account_path("own.tts", path), NULL), 0);
	if (!account_read(&trace, path, hear_own, next))
		return;
	if (recorded > 0)
		account_expect("recorded, by the trace's counters", account_sum(&trace), recorded);
	account_close(&trace);
}

/* What must not grow. */
struct size {
	uint64_t resident_bytes;
	uint64_t region_bytes;
	uint64_t sites;
};

static struct size size_now(void)
{
	struct tt_stats stats = account_stats();

	return (struct size){ account_resident_bytes(), stats.region_bytes, stats.sites };
}

static void check_size(struct size before)
{
	struct size now = size_now();
	char box[ACCOUNT_PATH_BYTES];

	account_expect("bytes of the region", now.region_bytes, before.region_bytes);
	account_expect("call places", now.sites, before.sites);
	if (!ACCOUNT_IS_SANITIZED && now.resident_bytes > before.resident_bytes + RESIDENT_SLACK_BYTES)
		account_wrong("%llu KiB were resident, now %llu",
			      (unsigned long long)before.resident_bytes >> 10,
			      (unsigned long long)now.resident_bytes >> 10);
	/* Ours, the newest of the dead, and the last child's, which no other one has cleaned up after. */
	if (account_box(box) > BOXES_KEPT + 2)
		account_wrong("%u black boxes", account_box(box));
}

static struct tt_stats check_stopped(void)
{
	struct tt_stats stats = account_stats();
	uint64_t sum = module_said;

	for (uint32_t thread = 0; thread < THREADS; thread++)
		sum += talkers[thread].said + talkers[thread].said_sometimes;
	account_expect("recorded", stats.recorded, sum);
	account_expect("dropped", stats.dropped, 0);
	account_expect("refused call places", stats.sites_refused, 0);
	account_expect("failed snapshots", stats.snapshots_failed, 0);
	check_snapshot(stats.recorded);
	return stats;
}

static void fork_until(uint64_t stop_ns)
{
	while (account_now_ns() < stop_ns) {
		fork_child();
		check_snapshot(0);
	}
}

int main(int count, char **arguments)
{
	const struct tt_options options = { .ring_bytes = RING_BYTES, .max_bytes = MAX_BYTES };
	uint64_t run_ns = account_count(2000000000, 2000000000);
	pthread_t threads[THREADS + 2];
	struct tt_stats stats;
	unsigned descriptors;
	struct size warm;

	if (count < 2)
		return 2;
	module_paths = arguments + 1;
	module_count = count - 1;
	account_begin("changes", &options);
	descriptors = account_descriptors();
	for (uint32_t thread = 0; thread < THREADS; thread++)
		account_start(&threads[thread], record, thread);
	account_start(&threads[THREADS], change_filter, 0);
	account_start(&threads[THREADS + 1], load_modules, 0);
	fork_until(account_now_ns() + run_ns / 3);
	warm = size_now();
	fork_until(account_now_ns() + run_ns);
	check_size(warm);
	__atomic_store_n(&is_stopping, true, __ATOMIC_RELAXED);
	for (uint32_t thread = 0; thread < THREADS + 2; thread++)
		pthread_join(threads[thread], NULL);
	account_expect("descriptors", account_descriptors(), descriptors);
	account_expect("failures of filters and modules", failures, 0);
	stats = check_stopped();
	if (loads < (uint64_t)module_count * 2 || forks < 2)
		account_wrong("too little has happened");
	return account_end(
		"%llu events, %llu filters, %llu loads of %d modules, %llu children, %llu call places, region %llu KiB",
		(unsigned long long)stats.recorded, (unsigned long long)filters, (unsigned long long)loads,
		module_count, (unsigned long long)forks, (unsigned long long)stats.sites,
		(unsigned long long)stats.region_bytes >> 10);
}
