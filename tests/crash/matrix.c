/*
 * matrix.c - every crash signal at every place, with ttlog and without it: what remains must tell all, and the death must be the
 * same.
 *
 *	matrix PROGRAMS WORK TTDECODE
 *
 * PROGRAMS is the directory of the victims. Prints one line of figures, and before it one line for each thing that is wrong.
 * Exit status: 0 nothing is, 1 something.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cause.h"
#include "death.h"
#include "roles.h"
#include "stage.h"
#include "trace_file.h"

static const struct {
	int signo;
	const char *name;
} signals[] = { { SIGSEGV, "SEGV" }, { SIGBUS, "BUS" },	  { SIGILL, "ILL" }, { SIGFPE, "FPE" },
		{ SIGABRT, "ABRT" }, { SIGTRAP, "TRAP" }, { SIGSYS, "SYS" } };
#define SIGNAL_COUNT (sizeof(signals) / sizeof(signals[0]))

enum variant {
	IGNORED = 1, /* also with the signal ignored before */
	SHARED = 2,  /* also with the shared library */
};

static const struct {
	const char *name;
	int variants;
	int only[2]; /* the signals it exists for; 0: all */
} places[] = {
	{ "main", IGNORED | SHARED, { 0 } },
	{ "worker", IGNORED, { 0 } },
	{ "overflow", 0, { 0 } },
	{ "overflow-main", 0, { SIGSEGV } },
	{ "malloc", SHARED, { 0 } },
	{ "malloc-main", 0, { 0 } },
	{ "handler", 0, { 0 } },
	{ "handler-main", 0, { 0 } },
	{ "record", SHARED, { 0 } },
	{ "record-main", 0, { 0 } },
	{ "nested", 0, { 0 } },
	{ "string", 0, { SIGSEGV, SIGBUS } },
	{ "herd", 0, { SIGSEGV, SIGABRT } },
	{ "abort", 0, { 0 } },
	{ "abort-main", 0, { 0 } },
};
#define PLACE_COUNT (sizeof(places) / sizeof(places[0]))

/* One death, and what it left. */
struct run {
	struct death death;
	struct roles roles;
};

/* Events of one thread in one trace. */
struct heard {
	uint64_t count;
	uint64_t last; /* n of the newest */
	bool is_wrong; /* a gap, or what was never said */
};

struct hearing {
	const struct roles *roles;
	bool is_herd; /* others have crashed too */
	struct heard threads[ROLE_COUNT];
	struct heard nested;
	uint64_t strangers; /* events of nobody */
};

static const char *programs, *work, *ttdecode;
static char stage_path[DEATH_PATH_BYTES], box_path[DEATH_PATH_BYTES];
static char case_name[128];
static unsigned case_count, failed_count, core_count;
static bool is_failed; /* the case */
static bool has_cores, is_herd;

static __attribute__((format(printf, 1, 2))) void wrong(const char *format, ...)
{
	va_list arguments;

	printf("crash matrix: FAILED %s: ", case_name);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	is_failed = true;
}

static bool text_is(const struct argument *argument, const char *text)
{
	return argument->type == TTF_STR && argument->bytes.bytes == strlen(text) &&
	       memcmp(argument->bytes.at, text, strlen(text)) == 0;
}

static void listen_to(struct heard *heard, const struct event *event, const char *text)
{
	uint64_t n = event->arguments[0].bits;

	if (event->count != 2 || !text_is(&event->arguments[1], text) || event->seq != n ||
	    (heard->count > 0 && n != heard->last + 1))
		heard->is_wrong = true;
	heard->count++;
	heard->last = n;
}

static void hear(void *user, const struct event *event)
{
	static const char *const texts[ROLE_COUNT] = { ROLE_CRASHER_TEXT, ROLE_IDLE_TEXT, ROLE_BUSY_TEXT };
	struct hearing *hearing = user;

	for (int role = 0; role < ROLE_COUNT; role++) {
		if (event->ring->tid != hearing->roles->tids[role])
			continue;
		if (!event->ring->is_nested)
			listen_to(&hearing->threads[role], event, texts[role]);
		else if (role == ROLE_CRASHER)
			listen_to(&hearing->nested, event, ROLE_NESTED_TEXT);
		else
			hearing->strangers++;
		return;
	}
	hearing->strangers++;
}

static void check_events(const char *what, const struct hearing *hearing)
{
	static const char *const names[ROLE_COUNT] = { "crashing", "idle", "busy" };
	const struct roles *roles = hearing->roles;

	for (int role = 0; role < ROLE_COUNT; role++) {
		const struct heard *heard = &hearing->threads[role];
		bool is_newest = role == ROLE_BUSY ? heard->last + 1 >= roles->counts[role]
						   : heard->last + 1 == roles->counts[role];

		if (heard->is_wrong)
			wrong("%s: the %s thread's events are not what it said", what, names[role]);
		if (heard->count == 0 || !is_newest)
			wrong("%s: the %s thread said %llu events, the newest found is %llu (of %llu)", what,
			      names[role], (unsigned long long)roles->counts[role],
			      (unsigned long long)heard->last + 1, (unsigned long long)heard->count);
	}
	if (hearing->nested.is_wrong || hearing->nested.count != roles->nested_count)
		wrong("%s: %llu nested events of %llu", what, (unsigned long long)hearing->nested.count,
		      (unsigned long long)roles->nested_count);
	if (hearing->strangers > 0 && !hearing->is_herd)
		wrong("%s: %llu events of nobody", what, (unsigned long long)hearing->strangers);
}

static void check_cause(const struct trace *trace, const struct run *run, int signo)
{
	const struct trace_info *info = &trace->info;
	const struct seen *seen = &run->roles.seen;

	if (info->policy != TTF_POLICY_CRASH || info->signal != signo)
		wrong("snapshot: policy %u, signal %d", info->policy, info->signal);
	if (!trace->crash) {
		wrong("snapshot: no crash section");
		return;
	}
	if (info->tid != run->roles.tids[ROLE_CRASHER] || trace->crash->tid != info->tid)
		wrong("snapshot: thread %u crashed, not %u", info->tid, run->roles.tids[ROLE_CRASHER]);
	if (seen->count > 0 && (info->signal_code != seen->code || trace->crash->pc != seen->pc ||
				(info->fault_address != 0 && info->fault_address != seen->address)))
		wrong("snapshot: code %d, address %#llx, pc %#llx; the earlier handler saw %d, %#llx, %#llx",
		      info->signal_code, (unsigned long long)info->fault_address,
		      (unsigned long long)trace->crash->pc, seen->code, (unsigned long long)seen->address,
		      (unsigned long long)seen->pc);
	if (run->death.has_core && run->death.core.pc != 0 && run->death.core.pc != trace->crash->pc &&
	    run->death.core.signo == signo && seen->count == 0)
		wrong("snapshot: pc %#llx, in the core file it is %#llx",
		      (unsigned long long)trace->crash->pc, (unsigned long long)run->death.core.pc);
}

static void check_with_ttdecode(const char *path)
{
	char *arguments[] = { (char *)ttdecode, "-f", "json", "-o", "/dev/null", (char *)path, NULL };
	struct death death;

	death_of(&death, work, arguments, false);
	if (death.status != 0)
		wrong("ttdecode of %s: %s", path, death_text(death.status));
}

static void check_trace(const char *what, const char *directory, const char *suffix, const struct run *run,
			int signo)
{
	struct hearing hearing = { .roles = &run->roles, .is_herd = is_herd };
	char path[DEATH_PATH_BYTES];
	unsigned count = trace_file_find(directory, suffix, path, sizeof(path));
	struct trace_file file;
	int error;

	if (count != 1) {
		wrong("%u %ss", count, what);
		return;
	}
	error = trace_file_read(&file, path, hear, &hearing);
	if (error < 0) {
		wrong("%s: %s", what, strerror(-error));
		return;
	}
	if (file.damage.count > 0)
		wrong("%s: damaged, %s", what, file.first_damage);
	check_events(what, &hearing);
	if (signo != 0) {
		check_cause(&file.trace, run, signo);
		check_with_ttdecode(path);
	}
	trace_file_close(&file);
}

static void run_victim(struct run *run, const char *program, int signo, const char *place,
		       const char *earlier, bool wants_core)
{
	char path[DEATH_PATH_BYTES], number[16];
	struct roles *roles = stage_map(stage_path, sizeof(*roles), 1);
	char *arguments[] = { path, number, (char *)place, (char *)earlier, stage_path, NULL };

	snprintf(path, sizeof(path), "%s/%s", programs, program);
	snprintf(number, sizeof(number), "%d", signo);
	death_of(&run->death, work, arguments, wants_core);
	run->roles = *roles;
	stage_unmap(roles, sizeof(*roles));
	if (!run->roles.is_staged)
		wrong("%s did not get to its crash: %s", program, death_text(run->death.status));
}

/* The numbers that do not depend on where things were loaded. An address on a stack or behind a string need only be there. */
static uint64_t address_class(const struct roles *roles)
{
	uint64_t address = roles->seen.address;

	return address >= roles->guard_start && address < roles->guard_end ? 1 : roles->seen.address_place;
}

static void compare_seen(const struct run *with, const struct run *without, const char *place)
{
	const struct seen *a = &with->roles.seen, *b = &without->roles.seen;
	bool is_own_pc = strcmp(place, "overflow") == 0 || strcmp(place, "overflow-main") == 0;

	if (a->count != b->count || a->signo != b->signo || a->code != b->code)
		wrong("the earlier handler ran %u times, signal %d, code %d; without ttlog %u, %d, %d",
		      a->count, a->signo, a->code, b->count, b->signo, b->code);
	if (!is_own_pc && a->pc_place != b->pc_place)
		wrong("the earlier handler saw pc %#llx, without ttlog %#llx",
		      (unsigned long long)a->pc_place, (unsigned long long)b->pc_place);
	if (a->code > 0 && strcmp(place, "overflow-main") != 0 &&
	    address_class(&with->roles) != address_class(&without->roles))
		wrong("the earlier handler saw address %#llx, without ttlog %#llx",
		      (unsigned long long)a->address, (unsigned long long)b->address);
}

static void compare_deaths(const struct run *with, const struct run *without)
{
	const struct core_file *a = &with->death.core, *b = &without->death.core;

	if (with->death.status != without->death.status)
		wrong("%s, without ttlog %s", death_text(with->death.status),
		      death_text(without->death.status));
	if (with->death.has_core != without->death.has_core || a->signo != b->signo || a->code != b->code)
		wrong("core file %d: signal %d, code %d; without ttlog %d: %d, %d", with->death.has_core,
		      a->signo, a->code, without->death.has_core, b->signo, b->code);
	core_count += with->death.has_core && without->death.has_core;
}

/* Of several who crash at once one is told of, and it is the one that ends the program. */
static void settle_herd(struct run *run)
{
	if (run->roles.seen.count != 1)
		wrong("the earlier handler ran %u times", run->roles.seen.count);
	run->roles.tids[ROLE_CRASHER] = run->roles.seen.tid;
}

static void run_case(const char *with, const char *without, unsigned signal_index, const char *place,
		     const char *earlier)
{
	int signo = signals[signal_index].signo;
	bool wants_core = has_cores && strcmp(earlier, "default") == 0;
	struct run dead_without, dead_with;

	snprintf(case_name, sizeof(case_name), "%s %s, earlier action %s, %s", signals[signal_index].name,
		 place, earlier, with);
	case_count++;
	is_failed = false;
	mkdir(work, 0700);
	run_victim(&dead_without, without, signo, place, earlier, wants_core);
	run_victim(&dead_with, with, signo, place, earlier, wants_core);
	if (!WIFSIGNALED(dead_without.death.status))
		wrong("without ttlog: %s", death_text(dead_without.death.status));
	compare_deaths(&dead_with, &dead_without);
	if (is_herd)
		settle_herd(&dead_with);
	else
		compare_seen(&dead_with, &dead_without, place);
	check_trace("snapshot", work, ".tts", &dead_with, signo);
	check_trace("black box", box_path, ".ttr", &dead_with, 0);
	failed_count += is_failed;
	if (!is_failed)
		trace_file_clear(work);
	else
		exit(printf("crash matrix: what is left of it is in %s\n", work) < 0 ? 2 : 1);
}

static bool exists_for(unsigned place, int signo)
{
	const int *only = places[place].only;

	return only[0] == 0 || only[0] == signo || only[1] == signo;
}

static void run_place(unsigned signal_index, unsigned place)
{
	int variants = places[place].variants;
	const char *name = places[place].name;
	bool is_abort =
		strncmp(name, "abort", 5) == 0 && signals[signal_index].signo != SIGABRT; /* by its handler */

	is_herd = strcmp(name, "herd") == 0;
	if (!is_abort && !is_herd)
		run_case("victim", "victim-without", signal_index, name, "default");
	run_case("victim", "victim-without", signal_index, name, "handler");
	if (variants & IGNORED)
		run_case("victim", "victim-without", signal_index, name, "ignore");
	if (variants & SHARED)
		run_case("victim-shared", "victim-without", signal_index, name, "handler");
}

/* Nothing of the caller's is to decide where things go. */
static void set_environment(void)
{
	setenv("TTLOG_DIR", work, 1);
	setenv("TTLOG_BLACKBOX_DIR", box_path, 1);
	setenv("TTLOG_MAX_BYTES", "4M", 1);
	setenv("TTLOG_SERVICE", "victim", 1);
	unsetenv("TTLOG_CRASH");
	unsetenv("TTLOG_SIGNAL");
	unsetenv("TTLOG_FILTER");
	unsetenv("TTLOG_CLOCK");
	unsetenv("TTLOG_RING_BYTES");
}

int main(int count, char **arguments)
{
	const char *why = core_file_unavailable();

	if (count != 4)
		return 2;
	programs = arguments[1];
	work = arguments[2];
	ttdecode = arguments[3];
	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(stage_path, sizeof(stage_path), "%s/stage", work);
	snprintf(box_path, sizeof(box_path), "%s/boxes", work);
	set_environment();
	has_cores = why == NULL;
	if (why)
		printf("crash matrix: SKIPPED core files are not compared: %s\n", why);
	for (unsigned signal_index = 0; signal_index < SIGNAL_COUNT; signal_index++)
		for (unsigned place = 0; place < PLACE_COUNT; place++)
			if (exists_for(place, signals[signal_index].signo))
				run_place(signal_index, place);
	printf("crash matrix: %u cases, %u failed, %u pairs of core files alike\n", case_count, failed_count,
	       core_count);
	return failed_count > 0;
}
