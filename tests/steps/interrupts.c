/*
 * interrupts.c - a signal after every instruction of every entry point, whose handler records.
 *
 *	interrupts VARIANT WORK MOST
 *
 * Each entry point is run in a child of its own, under each policy of entries.h: with an event at every instruction; at each instruction's
 * first, last and some other passing; and with one event alone, at each instruction of an event, of other entry points at MOST or a few
 * hundred at even distances. Afterwards every event of the thread and of the handler is there once, exactly, or counted as dropped for a cause
 * that the entry point has; errno is as it was; nothing is damaged or waits for ever.
 * Exit status: 0, or 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../crash/trace_file.h"
#include "entries.h"
#include "hear.h"

#define PATH_BYTES 1024
/*
 * One run may take so much of a processor: without optimization, with a signal at each of its instructions, a snapshot takes minutes. And it may stand
 * still for so many looks, two minutes at least; in mere time the whole machine may have stood still.
 */
#define PATIENCE_SECONDS 1000
#define LOOK_NS 100000
#define STANDSTILL_LOOKS 1200000
#define TIME_PATIENCE_NS UINT64_C(1000000000)
#define HANDLED_MOST (UINT64_C(1) << 26) /* a snapshot at -O0 has 20 million instructions */
#define WRONG_MOST 10
#define BEGINNINGS_MOST 16
/* Events have a run for each instruction. Others have MOST runs, but at least so many where many are done in one child, and where not. */
#define MOST_TOGETHER 300u
#define MOST_ALONE 4u

/* Which causes of a drop an entry point has, for the handler's events: a bit each. */
static const struct {
	const char *name;
	uint32_t causes;
	unsigned kinds;
	unsigned batch; /* how often it can be tried in one child */
} entries[ENTRIES] = {
	[ENTRY_EVENT] = { "event", 0, KIND_MODULE, 40 },
	[ENTRY_EVENT_SWITCH] = { "chunk switch", 0, 1, 40 },
	[ENTRY_EVENT_SYNC] = { "sync", 0, 1, 40 },
	[ENTRY_FIRST_EVENT] = { "first event", 1u << TTF_DROP_NESTED, 1, 1 },
	[ENTRY_THREAD_FIRST] = { "thread's first event", 1u << TTF_DROP_NESTED, 1, 14 },
	[ENTRY_THREAD_EXIT] = { "thread exit", 1u << TTF_DROP_EXITING, 1, 14 },
	[ENTRY_INIT] = { "tt_init", 1u << TTF_DROP_STARTING, 1, 1 },
	[ENTRY_SNAPSHOT] = { "tt_snapshot", 0, 1, 1 },
	[ENTRY_ON_CRASH] = { "tt_snapshot_on_crash", 0, 1, 1 },
	[ENTRY_ON_SIGNAL] = { "tt_snapshot_on_signal", 0, 1, 1 },
	[ENTRY_THREAD_NAME] = { "tt_thread_name", 0, 1, 40 },
	[ENTRY_FILTER] = { "tt_filter", 0, 1, 40 },
	[ENTRY_STATS] = { "tt_stats", 0, 1, 40 },
	[ENTRY_SHUTDOWN] = { "tt_shutdown", 1u << TTF_DROP_SHUTDOWN, 1, 1 },
};

static struct interruption *my;
static struct heard heard;
static const char *variant, *boxes;
static uint64_t wrong_count, runs, signals, places, dropped;
static uint64_t traps_of[ENTRIES];

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void report(void)
{
	static const char *const policies[] = { "no event", "an event at every instruction",
						"an event at each place", "an event at one instruction" };

	if (heard.wrong_count > 0 && wrong_count++ < WRONG_MOST)
		printf("interrupts: FAILED %s, %s %u, %s (%llu of %llu): %s\n", variant,
		       entries[my->entry].name, my->which, policies[my->policy], (unsigned long long)my->at,
		       (unsigned long long)my->traps, heard.wrong);
}

static uint64_t said(unsigned parity)
{
	uint64_t sum = 0;

	for (unsigned stream = parity; stream < SCRIPT_STREAMS; stream += 2)
		sum += my->stage.said[stream];
	return sum;
}

/* An event that is missing was dropped by the right cause; and only a handler's. */
static void check_counts(void)
{
	uint64_t drops = 0;

	for (unsigned cause = 0; cause < TTF_DROP_CAUSES; cause++) {
		drops += heard.dropped[cause];
		if (heard.dropped[cause] > 0 && !(entries[my->entry].causes & 1u << cause))
			heard_wrong(
				&heard,
				"%llu events are dropped for cause %u, which is none of this entry point's",
				(unsigned long long)heard.dropped[cause], cause);
	}
	dropped += drops;
	if (heard.recorded + heard.retired_recorded + drops != said(0) + said(1))
		heard_wrong(&heard, "%llu events were said, %llu are recorded, %llu dropped",
			    (unsigned long long)(said(0) + said(1)),
			    (unsigned long long)(heard.recorded + heard.retired_recorded),
			    (unsigned long long)drops);
	if (heard.events != heard.recorded - heard.overwritten)
		heard_wrong(&heard, "%llu events are there of %llu recorded and %llu overwritten",
			    (unsigned long long)heard.events, (unsigned long long)heard.recorded,
			    (unsigned long long)heard.overwritten);
}

/* The thread's own events are never dropped, but after the shutdown, which the last one is. */
static void check_own(void)
{
	for (unsigned number = 0; number < SCRIPT_THREADS; number++) {
		uint64_t own = my->stage.said[number * 2] - (number == 0 && my->entry == ENTRY_SHUTDOWN);

		if (heard.threads[number].own_next != own && my->stage.said[number * 2] > 0)
			heard_wrong(&heard, "of thread %u's %llu own events %llu are there", number,
				    (unsigned long long)own,
				    (unsigned long long)heard.threads[number].own_next);
	}
}

static int read_file(const char *path)
{
	int error;

	heard.from_ns = my->stage.start_ns - TIME_PATIENCE_NS;
	heard.to_ns = now_ns() + TIME_PATIENCE_NS;
	heard.wrong_count = 0;
	error = hear_file(&heard, path);
	if (error < 0)
		heard_wrong(&heard, "cannot be read: %s", strerror(-error));
	if (heard.damage_count > 0)
		heard_wrong(&heard, "damaged: %s", heard.damage);
	return error;
}

static void check_region(const char *path)
{
	if (read_file(path) == 0) {
		check_counts();
		check_own();
	}
	if (heard.torn > 0)
		heard_wrong(&heard, "%llu chunks are torn", (unsigned long long)heard.torn);
	report();
}

/* A snapshot that was interrupted is whole, and has at least what was said before it, unless that was overwritten meanwhile. */
static void check_snapshot(void)
{
	if (read_file(my->snapshot) == 0 && my->policy != POLICY_ALL &&
	    (heard.threads[0].own_next != my->snapshot_from || heard.threads[0].own_first != 0 ||
	     heard.torn > 0))
		heard_wrong(&heard, "the snapshot has the events to %llu of %llu, %llu torn chunks",
			    (unsigned long long)heard.threads[0].own_next,
			    (unsigned long long)my->snapshot_from, (unsigned long long)heard.torn);
	report();
	unlink(my->snapshot);
}

/* The processor time of a child that was not waited for. */
static uint64_t used_ns(pid_t pid)
{
	struct timespec used = { 0 };
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) == 0)
		clock_gettime(clock, &used);
	return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

/* Waits until the child stops. False: it has ended, or had to be ended. */
static bool await_stop(pid_t pid)
{
	const struct timespec look = { 0, LOOK_NS };
	uint64_t begin_ns = used_ns(pid), last_ns = begin_ns;
	unsigned still = 0;
	int status;

	while (waitpid(pid, &status, WNOHANG | WUNTRACED) == 0) {
		uint64_t now_used_ns = used_ns(pid);

		still = now_used_ns == last_ns ? still + 1 : 0;
		last_ns = now_used_ns;
		if (last_ns - begin_ns > PATIENCE_SECONDS * UINT64_C(1000000000) ||
		    still > STANDSTILL_LOOKS) {
			heard_wrong(&heard, "it does not end");
			return false;
		}
		nanosleep(&look, NULL);
	}
	if (WIFSTOPPED(status))
		return true;
	heard_wrong(&heard, "it ended with status %#x", (unsigned)status);
	return false;
}

/* The child's black box, open: after tt_shutdown it has no name. */
static int open_box(pid_t pid, char *path)
{
	char part[32];

	snprintf(part, sizeof(part), "-%d-", (int)pid);
	if (trace_file_find(boxes, part, path, PATH_BYTES) != 1)
		return -1;
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* What it had to say of itself. */
static void check_end(void)
{
	heard.wrong_count = 0;
	if (my->stage.wrong_errno > 0)
		heard_wrong(&heard, "errno was changed %u times", my->stage.wrong_errno);
	if (my->stage.wrong_other > 0)
		heard_wrong(&heard, "%s", my->stage.what);
	report();
}

/* Lets it do what is to be tried, and looks at what is left when it is dead. */
static void watch(pid_t pid)
{
	char path[PATH_BYTES] = "", opened[64];
	bool is_done = false;
	int fd = -1;

	heard.wrong_count = 0;
	if (await_stop(pid)) {
		fd = open_box(pid, path);
		kill(pid, SIGCONT);
		is_done = await_stop(pid);
		if (is_done && fd < 0)
			fd = open_box(pid, path);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	report();
	if (is_done) {
		snprintf(opened, sizeof(opened), "/proc/self/fd/%d", fd);
		check_region(opened);
		if (my->entry == ENTRY_SNAPSHOT)
			check_snapshot();
	}
	close(fd);
	unlink(path);
	check_end();
}

static void run(enum policy policy, uint64_t at, unsigned count)
{
	pid_t pid;

	memset(&my->stage, 0, sizeof(my->stage));
	my->stage.start_ns = now_ns();
	my->policy = policy;
	my->at = at;
	my->count = count;
	my->traps = 0;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		entries_be(my);
	if (pid < 0) {
		perror("fork");
		exit(2);
	}
	watch(pid);
	runs++;
	signals += said(1);
}

/* A first event that makes the region differs little from tt_init: in parts in the hours of check-long alone. */
static bool is_beginning(enum entry entry, bool is_long)
{
	return entry == ENTRY_INIT || entry == ENTRY_THREAD_FIRST || (entry == ENTRY_FIRST_EVENT && is_long);
}

static void try_one_by_one(uint64_t traps, uint64_t stride)
{
	unsigned batch = entries[my->entry].batch;

	my->stride = stride;
	for (uint64_t at = 0; at < traps && wrong_count < WRONG_MOST; at += stride * batch) {
		uint64_t left = (traps - at + stride - 1) / stride;

		run(POLICY_ONE, at, left < batch ? (unsigned)left : batch);
	}
}

/* One way through an entry point: counted first, then under each policy. */
static void try_entry(uint64_t most)
{
	uint64_t traps, limit;
	uint64_t parts = most < BEGINNINGS_MOST ? 3 : BEGINNINGS_MOST;

	memset(my->places, 0, sizeof(my->places));
	my->place_count = 0;
	run(POLICY_NONE, 0, 1);
	traps = my->traps;
	traps_of[my->entry] += traps;
	places += my->place_count;
	if (traps == 0) {
		heard_wrong(&heard, "no trap came");
		report();
	}
	/* Begun by a handler's event at once, the longest beginnings are short: so from later instructions on too. */
	my->stride = 0;
	for (unsigned part = 0; part < (is_beginning(my->entry, most >= BEGINNINGS_MOST) ? parts : 1); part++)
		run(POLICY_ALL, part * traps / parts, 1);
	for (unsigned i = 0; i < PLACES; i++) {
		my->places[i].passed_before = my->places[i].passed;
		my->places[i].passed = 0;
	}
	run(POLICY_PLACES, 0, 1);
	limit = my->entry <= ENTRY_EVENT_SYNC  ? traps
		: entries[my->entry].batch > 1 ? MOST_TOGETHER
					       : MOST_ALONE;
	limit = limit > most ? limit : most;
	try_one_by_one(traps, traps <= limit ? 1 : (traps + limit - 1) / limit);
}

static void tell(void)
{
	uint64_t traps = 0;

	for (unsigned entry = 0; entry < ENTRIES; entry++)
		traps += traps_of[entry];
	printf("interrupts: %s: %u entry points, %llu instructions at %llu places (", variant, ENTRIES,
	       (unsigned long long)traps, (unsigned long long)places);
	for (unsigned entry = 0; entry < ENTRIES; entry++)
		printf("%s%s %llu", entry ? ", " : "", entries[entry].name,
		       (unsigned long long)traps_of[entry]);
	printf("), %llu runs, %llu signals that recorded, %llu of them dropped and counted, %llu wrong\n",
	       (unsigned long long)runs, (unsigned long long)signals, (unsigned long long)dropped,
	       (unsigned long long)wrong_count);
}

static void set_environment(char **arguments)
{
	char directory[PATH_BYTES];

	snprintf(directory, sizeof(directory), "%s/boxes", arguments[2]);
	if (getenv("TTLOG_BLACKBOX_DIR") && strcmp(getenv("TTLOG_BLACKBOX_DIR"), directory) == 0)
		return;
	mkdir(arguments[2], 0700);
	mkdir(directory, 0700);
	setenv("TTLOG_BLACKBOX_DIR", directory, 1);
	setenv("TTLOG_DIR", directory, 1);
	setenv("TTLOG_SERVICE", "interrupts", 1);
	execv("/proc/self/exe", arguments);
	perror("/proc/self/exe");
	exit(2);
}

int main(int count, char **arguments)
{
	if (count != 4) {
		fprintf(stderr, "usage: interrupts VARIANT WORK MOST\n");
		return 2;
	}
	set_environment(arguments);
	setvbuf(stdout, NULL, _IOLBF, 0);
	variant = arguments[1];
	boxes = getenv("TTLOG_BLACKBOX_DIR");
	my = mmap(NULL, sizeof(*my), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (my == MAP_FAILED || heard_make(&heard, HANDLED_MOST) < 0)
		return 2;
	snprintf(my->snapshot, sizeof(my->snapshot), "%s/snapshot.tts", arguments[2]);
	for (unsigned entry = 0; entry < ENTRIES; entry++)
		for (unsigned which = 0; which < entries[entry].kinds && wrong_count < WRONG_MOST; which++) {
			my->entry = (enum entry)entry;
			my->which = which;
			try_entry(strtoull(arguments[3], NULL, 10));
		}
	tell();
	if (wrong_count == 0)
		trace_file_clear(arguments[2]);
	return wrong_count > 0;
}
