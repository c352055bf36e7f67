/*
 * soak.c - everything at once at full speed, for as long as wanted: nothing grows, and every event is accounted for.
 *
 *	soak SECONDS MODULE...
 *
 * Threads record, are interrupted by signals that record, come and go (crew.c), filters change, modules are loaded and unloaded, children
 * are forked (child.c), snapshots are taken on demand and on a signal. Every two seconds, or more often, all of it is halted. Then what each thread has
 * said itself is what its ring counts, recorded and dropped; what is dropped has the cause that it must have; tt_stats, a snapshot, the
 * black box, and what ttdecode --info prints of both agree with it to the event; and memory, mappings, descriptors and files are
 * sampled (flat.c).
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "module.h"
#include "child.h"
#include "crew.h"
#include "flat.h"

#define OTHERS 2u /* threads: filters and modules */
#define MODULE_EVENTS 50u
#define ROUND_NS 200000		/* between two changes of one kind */
#define HALTS 24u		/* if there is time */
#define HALTS_LEAST 9u		/* on a busy machine it goes on for longer */
#define HALT_MAX_NS 2000000000u /* from one halt to the next */
#define SIGNAL_EVERY 8u		/* snapshots to one on a signal */
#define RING_BYTES (64u << 10)
#define MAX_BYTES (1u << 20)
#define BOXES_MAX                                                                                            \
	10u /* ours, the newest eight of the dead, and the last child's, which no other one has cleaned up after */

/*
 * The loader puts a module where other memory was, by system calls that ThreadSanitizer does not see: it takes who wrote there before for a
 * writer of the module's constants. These are what only reads them.
 */
__attribute__((visibility("default"))) const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
	return "race:lib/site_entry.c\nrace:lib/string_rule.c\nrace:format-spec/twin/conversion.c\nrace:^site_fits$\n";
}

static char **module_paths;
static int module_count;
static uint64_t loads, filters, children, snapshots, quiets;
static uint32_t failures; /* of threads that are not the main one: it reports */

static void fail(void)
{
	__atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
}

static void pause_shortly(void)
{
	const struct timespec time = { 0, ROUND_NS };

	nanosleep(&time, NULL);
}

static void *change_filter(void *argument)
{
	static const char *const specs[] = { "sometimes=off", "", "error,stress=trace",
					     "some*=warn,stress=trace" };

	for (; crew_pause(); filters++) {
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
	if (say_in_module)
		say_in_module(CREW_MODULE, crew_module_said(MODULE_EVENTS) - MODULE_EVENTS, MODULE_EVENTS);
	if (!say_in_module || dlclose(module) != 0)
		fail();
}

static void *load_modules(void *argument)
{
	for (; crew_pause(); loads++) {
		use_module(module_paths[loads % (uint64_t)module_count]);
		pause_shortly();
	}
	return argument;
}

/* What a living trace's two kinds of rings have last held of each sequence, plus one. */
struct heard {
	uint64_t next[2][CREW_SHORT];
	bool has_gap; /* of a sequence that is in one ring only */
};

static void hear(void *user, const struct event *event, uint32_t sequence, uint64_t n)
{
	struct heard *heard = user;
	bool is_nested = event->ring->is_nested;
	uint32_t kind = sequence % CREW_KINDS;
	uint64_t *next, step = kind == CREW_SOMETIMES && sequence < CREW_MODULE ? 3 : 1;

	if (sequence >= CREW_SHORT) {
		if (n != event->seq || is_nested)
			account_wrong("event %llu of thread %u as seq %llu", (unsigned long long)n, sequence,
				      (unsigned long long)event->seq);
		return;
	}
	next = &heard->next[is_nested][sequence];
	if (sequence > CREW_MODULE || n < *next ||
	    (sequence < CREW_MODULE && (kind == CREW_TOO_DEEP || (kind == CREW_NESTED) > is_nested)))
		account_wrong("event %llu of sequence %u in a ring of kind %d", (unsigned long long)n,
			      sequence, is_nested);
	heard->has_gap |= *next != 0 && n != *next && (kind <= CREW_SOMETIMES || sequence == CREW_MODULE);
	*next = n + step;
}

/* A trace of what goes on. */
static void check_living(const char *path)
{
	struct heard heard = { 0 };
	struct account_trace trace;

	if (!account_read(&trace, path, hear, &heard))
		return;
	if (heard.has_gap && trace.file.trace.torn == 0)
		account_wrong("%s: events are missing, and no chunk is torn", path);
	account_close(&trace);
	snapshots++;
}

/* Every so often it is a signal that asks for it, and the name is the recorder's choice. */
static void take_snapshot(void)
{
	char path[ACCOUNT_PATH_BYTES], directory[ACCOUNT_PATH_BYTES], part[32];

	if (snapshots % SIGNAL_EVERY != 0) {
		account_expect("tt_snapshot", (uint64_t)-tt_snapshot(account_path("own.tts", path), NULL), 0);
		check_living(path);
		return;
	}
	raise(SIGUSR2);
	snprintf(part, sizeof(part), "-%d-", (int)getpid());
	account_expect("snapshots on a signal",
		       trace_file_find(account_path("", directory), part, path, sizeof(path)), 1);
	check_living(path);
	unlink(path);
}

/* A file, and what --info says of it. Nobody records. */
static void check_file(const struct books *books, const struct tt_stats *stats, const char *path,
		       const char *who)
{
	struct account_trace trace;

	if (!account_read(&trace, path, NULL, NULL))
		return;
	books_check_trace(books, stats, &trace, who);
	crew_check_rings(&trace);
	account_close(&trace);
	books_check_info(books, path, who);
}

/* All is halted. */
static void check_quiet(void)
{
	struct tt_stats stats;
	struct books books;
	char path[ACCOUNT_PATH_BYTES], boxes[ACCOUNT_PATH_BYTES];
	char part[32];

	account_path("boxes", boxes);
	if (crew_crowd() == 0)
		account_wrong("there were rings for all");
	books = crew_books();
	stats = account_stats();
	books_check_stats(&books, &stats, "tt_stats");
	account_expect("refused call places", stats.sites_refused, 0);
	account_expect("failed snapshots", stats.snapshots_failed, 0);
	account_expect("tt_snapshot", (uint64_t)-tt_snapshot(account_path("quiet.tts", path), NULL), 0);
	check_file(&books, &stats, path, "a snapshot");
	snprintf(part, sizeof(part), "-%d-", (int)getpid());
	account_expect("black boxes of ours", trace_file_find(boxes, part, path, sizeof(path)), 1);
	check_file(&books, &stats, path, "the black box");
	if (trace_file_find(boxes, ".ttr", path, sizeof(path)) > BOXES_MAX)
		account_wrong("there are more than %u black boxes", BOXES_MAX);
	flat_sample(boxes, account_path("", path));
	quiets++;
}

static void go_on_until(uint64_t stop_ns)
{
	while (account_now_ns() < stop_ns && !account_is_wrong()) {
		child_fork();
		children++;
		take_snapshot();
	}
	crew_park();
	check_quiet();
	crew_resume();
}

/* Afterwards all is shut down, and still counted. */
static void check_shut_down(void)
{
	struct books books = crew_books();
	struct tt_stats stats;
	char box[ACCOUNT_PATH_BYTES];
	unsigned boxes = account_box(box);

	tt_shutdown();
	for (uint64_t n = 0; n < MODULE_EVENTS; n++)
		account_say(CREW_MODULE, n);
	books.dropped[TT_DROP_SHUTDOWN] = MODULE_EVENTS;
	stats = account_stats();
	books_check_stats(&books, &stats, "tt_stats after tt_shutdown");
	account_expect("black boxes after tt_shutdown", account_box(box), boxes - 1);
}

static void run(uint64_t run_ns)
{
	uint64_t halt_ns = run_ns / HALTS < HALT_MAX_NS ? run_ns / HALTS : HALT_MAX_NS;
	uint64_t stop_ns = account_now_ns() + run_ns;
	pthread_t others[OTHERS];

	child_begin();
	if (!getenv("NOCRASH"))
		account_expect("tt_snapshot_on_crash", (uint64_t)-tt_snapshot_on_crash(),
			       0); /* each thread gets a stack */
	account_expect("tt_snapshot_on_signal", (uint64_t)-tt_snapshot_on_signal(SIGUSR2), 0);
	crew_start(OTHERS);
	account_start(&others[0], change_filter, 0);
	account_start(&others[1], load_modules, 0);
	while ((account_now_ns() < stop_ns || quiets < HALTS_LEAST) && !account_is_wrong())
		go_on_until(account_now_ns() + halt_ns);
	crew_stop();
	for (unsigned i = 0; i < OTHERS; i++)
		pthread_join(others[i], NULL);
	account_expect("failures of filters and modules", failures, 0);
}

int main(int count, char **arguments)
{
	const struct tt_options options = { .ring_bytes = RING_BYTES, .max_bytes = MAX_BYTES };
	struct books books;
	char flat[512];

	if (count < 3)
		return 2;
	module_paths = arguments + 2;
	module_count = count - 2;
	account_begin("soak", &options);
	run(strtoull(arguments[1], NULL, 10) * 1000000000u);
	books = crew_books();
	flat_check(flat, sizeof(flat));
	check_shut_down();
	if (loads < (uint64_t)module_count * 2 || children < 2)
		account_wrong("too little has happened");
	return account_end(
		"%llu events recorded, dropped %llu nested, %llu without a ring, %llu exiting; %llu threads, %llu filters, %llu loads, %llu children, %llu snapshots; halted and found exact %llu times; %s",
		(unsigned long long)books.recorded, (unsigned long long)books.dropped[TT_DROP_NESTED],
		(unsigned long long)books.dropped[TT_DROP_NO_RING],
		(unsigned long long)books.dropped[TT_DROP_EXITING], (unsigned long long)crew_thread_count(),
		(unsigned long long)filters, (unsigned long long)loads, (unsigned long long)children,
		(unsigned long long)snapshots, (unsigned long long)quiets, flat);
}
