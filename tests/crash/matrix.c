/*
 * matrix.c - every crash signal at every place, with ttlog and without it: what remains must tell all, and the death must be the
 * same.
 *
 *	matrix WORK TTDECODE RUNS COMPILER=DIRECTORY...
 *
 * DIRECTORY is where the victims of that compiler are. Two judges share the cases: one case is a signal, a place, a compiler and a linking
 * (static or shared), and each is run RUNS times. From run to run the earlier action of the signal changes (default, handler, ignored), and
 * whether a core file is written. PLACES (environment; default: all): names of places, separated by commas.
 * Prints one line of figures, and before it one line for each thing that is wrong. Exit status: 0 nothing is, 1 something.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cause.h"
#include "death.h"
#include "remains.h"
#include "roles.h"
#include "stage.h"
#include "trace_file.h"

#define JUDGES 2
#define HANG_POLL_US 100000
#define HANG_POLLS_MAX 450 /* the watchdog comes after 20 s */
#define COMPILERS_MAX 4
#define FAILED_MAX 20 /* runs of one judge, before it gives up */

static const struct {
	int signo;
	const char *name;
} signals[] = { { SIGSEGV, "SEGV" }, { SIGBUS, "BUS" },	  { SIGILL, "ILL" }, { SIGFPE, "FPE" },
		{ SIGABRT, "ABRT" }, { SIGTRAP, "TRAP" }, { SIGSYS, "SYS" } };
#define SIGNAL_COUNT (sizeof(signals) / sizeof(signals[0]))

#define HANG                                                                                                 \
	"hang" /* the place where the handler does not end by itself: all its victims wait at the same time */

enum trait {
	TOGETHER = 1,	/* several crash */
	ABORTS = 2,	/* only with an earlier handler, which aborts */
	IN_DUMP = 4,	/* the handler itself crashes: what was written by then is there */
	OWN_FILE = 8,	/* there is a file that is none of ours */
	CHILD = 16,	/* a child has crashed before */
	SENT = 64,	/* a signal that can be ignored for good: the program would go on */
	OWN_STACK = 32, /* where the fault is depends on how the stack was used */
};

static const struct {
	const char *name;
	int traits;
	int only[2]; /* the signals that can come about there; 0: all */
} places[] = {
	{ "main", 0, { 0 } },
	{ "worker", 0, { 0 } },
	{ "sent", SENT, { 0 } },
	{ "silent", 0, { 0 } },
	{ "null-call", 0, { SIGSEGV } },
	{ "overflow", OWN_STACK, { 0 } },
	{ "overflow-main", OWN_STACK, { SIGSEGV } },
	{ "overflow-late", OWN_STACK, { 0 } },
	{ "wild-stack", OWN_STACK, { SIGSEGV } },
	{ "small-stack", 0, { 0 } },
	{ "malloc", 0, { 0 } },
	{ "malloc-main", 0, { 0 } },
	{ "heap", 0, { 0 } },
	{ "handler", 0, { 0 } },
	{ "handler-main", 0, { 0 } },
	{ "record", 0, { 0 } },
	{ "record-main", 0, { 0 } },
	{ "nested", 0, { 0 } },
	{ "string", 0, { SIGSEGV, SIGBUS } },
	{ "abort", ABORTS, { 0 } },
	{ "abort-main", ABORTS, { 0 } },
	{ "pair", TOGETHER, { 0 } },
	{ "herd", TOGETHER, { 0 } },
	{ "dump", IN_DUMP, { 0 } },
	{ HANG, IN_DUMP, { 0 } },
	{ "vfork", CHILD, { 0 } },
	{ "descriptors", 0, { 0 } },
	{ "no-readv", 0, { 0 } },
	{ "frames", 0, { 0 } },
	{ "closed", 0, { 0 } },
	{ "reused", OWN_FILE, { 0 } },
};
#define PLACE_COUNT (sizeof(places) / sizeof(places[0]))

enum earlier { DEFAULT, HANDLER, IGNORE, EARLIER_COUNT };
static const char *const earlier_names[EARLIER_COUNT] = { "default", "handler", "ignore" };

/* Of the judges together. */
struct figures {
	unsigned cases, runs, references, failed, impossible, skipped;
	unsigned whole, part, box_only;
	unsigned faulted_in_dump;
	unsigned cores; /* pairs of core files alike */
};

static struct figures *figures;
static const char *ttdecode, *wanted_places;
static char top[DEATH_PATH_BYTES - 128], work[DEATH_PATH_BYTES - 64], stage_path[DEATH_PATH_BYTES],
	box_path[DEATH_PATH_BYTES];
static const char *compilers[COMPILERS_MAX], *directories[COMPILERS_MAX];
static unsigned compiler_count, runs_per_case;
static bool has_cores;

/* The case and the run at hand. */
static unsigned signal_index, place, compiler, run_number;
static const char *linking;
static enum earlier earlier;
static bool is_failed;

static void add(unsigned *count, unsigned more)
{
	__atomic_fetch_add(count, more, __ATOMIC_RELAXED);
}

static bool has(enum trait trait)
{
	return (places[place].traits & (int)trait) != 0;
}

static __attribute__((format(printf, 1, 2))) void wrong(const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	printf("crash matrix: FAILED %s %s, %s %s, earlier action %s, run %u: %s\n",
	       signals[signal_index].name, places[place].name, compilers[compiler], linking,
	       earlier_names[earlier], run_number, text);
	is_failed = true;
}

static pid_t start_victim(const char *program, bool wants_core)
{
	char path[DEATH_PATH_BYTES], signo[16], number[16];
	struct roles *roles = stage_map(stage_path, sizeof(*roles), 1);
	char *arguments[] = {
		path,	    signo, (char *)places[place].name, (char *)earlier_names[earlier], number,
		stage_path, NULL
	};

	if (!roles)
		exit(2);
	snprintf(path, sizeof(path), "%s/%s", directories[compiler], program);
	snprintf(signo, sizeof(signo), "%d", signals[signal_index].signo);
	snprintf(number, sizeof(number), "%u", run_number);
	stage_unmap(roles, sizeof(*roles));
	return death_start(work, arguments, wants_core);
}

static void finish_victim(struct run *run, pid_t pid, const char *program)
{
	struct roles *roles = stage_map(stage_path, sizeof(*roles), 0);

	if (pid < 0 || !roles)
		exit(2);
	death_take(&run->death, work, pid);
	run->roles = *roles;
	stage_unmap(roles, sizeof(*roles));
	if (!run->roles.is_staged)
		wrong("%s did not get to its crash: %s", program, death_text(run->death.status));
}

static void run_victim(struct run *run, const char *program, bool wants_core)
{
	finish_victim(run, start_victim(program, wants_core), program);
}

/* The numbers that do not depend on where things were loaded. An address on a stack or behind a string need only be there. */
static uint64_t address_class(const struct roles *roles)
{
	uint64_t address = roles->seen.address;

	return address >= roles->guard_start && address < roles->guard_end ? 1 : roles->seen.address_place;
}

static void compare_seen(const struct run *with, const struct run *without)
{
	const struct seen *a = &with->roles.seen, *b = &without->roles.seen;
	bool is_overflow_main = strcmp(places[place].name, "overflow-main") == 0;

	/* The kernel lets no handler have a second fault of a handler; one that is sent comes after all. */
	if (has(IN_DUMP) && with->roles.is_hit && a->count == 0)
		return;
	if (a->count != b->count || a->signo != b->signo || a->code != b->code)
		wrong("the earlier handler ran %u times, signal %d, code %d; without ttlog %u, %d, %d",
		      a->count, a->signo, a->code, b->count, b->signo, b->code);
	if (!has(OWN_STACK) && !has(TOGETHER) && a->pc_place != b->pc_place)
		wrong("the earlier handler saw pc %#llx, without ttlog %#llx",
		      (unsigned long long)a->pc_place, (unsigned long long)b->pc_place);
	if (a->code > 0 && !is_overflow_main && address_class(&with->roles) != address_class(&without->roles))
		wrong("the earlier handler saw address %#llx, without ttlog %#llx",
		      (unsigned long long)a->address, (unsigned long long)b->address);
}

static void compare_children(const struct roles *with, const struct roles *without)
{
	const struct seen *a = &with->child_seen, *b = &without->child_seen;

	if (with->child_status != without->child_status)
		wrong("the child: %s, without ttlog %s", death_text(with->child_status),
		      death_text(without->child_status));
	if (a->count != b->count || a->signo != b->signo || a->code != b->code || a->pc_place != b->pc_place)
		wrong("the child's earlier handler ran %u times, signal %d, code %d; without ttlog %u, %d, %d",
		      a->count, a->signo, a->code, b->count, b->signo, b->code);
}

static int status_without_core(int status)
{
	return status == -1 ? status : status & ~0x80;
}

static void compare_deaths(const struct run *with, const struct run *without, bool wants_core)
{
	const struct core_file *a = &with->death.core, *b = &without->death.core;
	int status = without->death.status;

	if (!wants_core)
		status = status_without_core(status);
	if (with->death.status != status)
		wrong("%s, without ttlog %s", death_text(with->death.status), death_text(status));
	if (!wants_core)
		return;
	if (with->death.has_core != without->death.has_core || a->signo != b->signo || a->code != b->code)
		wrong("core file %d: signal %d, code %d; without ttlog %d: %d, %d", with->death.has_core,
		      a->signo, a->code, without->death.has_core, b->signo, b->code);
	add(&figures->cores, with->death.has_core && without->death.has_core);
}

static void clear(void)
{
	trace_file_clear(work);
	mkdir(work, 0700);
}

/* The first directory of a failure is kept; false: there were enough failures. */
static bool settle(void)
{
	char kept[DEATH_PATH_BYTES];

	if (is_failed) {
		snprintf(kept, sizeof(kept), "%s/failed-%d", top, (int)getpid());
		if (rename(work, kept) == 0)
			printf("crash matrix: what is left of it is in %s\n", kept);
		add(&figures->failed, 1);
	}
	is_failed = false;
	clear();
	return __atomic_load_n(&figures->failed, __ATOMIC_RELAXED) < FAILED_MAX;
}

static void judge(const struct run *with, const struct run *without, bool wants_core)
{
	struct remains remains = { work,
				   box_path,
				   run_number == 0 ? ttdecode : NULL,
				   signals[signal_index].signo,
				   has(TOGETHER),
				   has(IN_DUMP) && with->roles.is_hit,
				   has(OWN_FILE),
				   wrong };
	enum remains_snapshot snapshot;

	compare_deaths(with, without, wants_core);
	if (has(TOGETHER) && earlier == HANDLER && with->roles.seen.count != 1)
		wrong("the earlier handler ran %u times", with->roles.seen.count);
	if (!has(TOGETHER))
		compare_seen(with, without);
	compare_children(&with->roles, &without->roles);
	if (has(IN_DUMP) && run_number == 0 && !with->roles.is_hit)
		wrong("the handler did not come to the copy that was to fault");
	add(&figures->faulted_in_dump, remains.may_lack);
	snapshot = remains_check(&remains, with);
	add(snapshot == REMAINS_WHOLE  ? &figures->whole
	    : snapshot == REMAINS_PART ? &figures->part
				       : &figures->box_only,
	    1);
}

/* What the earlier action is, from run to run. */
static enum earlier earlier_of_run(unsigned number)
{
	static const enum earlier turn[] = { DEFAULT, HANDLER, IGNORE, HANDLER, DEFAULT };
	enum earlier action = turn[number % (sizeof(turn) / sizeof(turn[0]))];

	if (has(ABORTS))
		return HANDLER;
	if (has(SENT) && action == IGNORE)
		return DEFAULT;
	/* abort() in a vfork child, if ignored at first, leaves the parent's abort() at its end: that is the C library's. */
	if (has(CHILD) && action == IGNORE && signals[signal_index].signo == SIGABRT)
		return DEFAULT;
	return action;
}

/* All runs of one linking. `without` are the deaths to compare with. False: enough failures. */
static bool run_case(const char *program, const struct run *without)
{
	struct run with;

	add(&figures->cases, 1);
	for (run_number = 0; run_number < runs_per_case; run_number++) {
		bool wants_core = has_cores && run_number % 20 == 0 && earlier_of_run(run_number) == DEFAULT;

		earlier = earlier_of_run(run_number);
		run_victim(&with, program, wants_core);
		add(&figures->runs, 1);
		if (with.roles.is_staged)
			judge(&with, &without[earlier], wants_core);
		if (!settle())
			return false;
	}
	return true;
}

/* How the victim dies without ttlog, with each earlier action. False: it cannot be made to die here. */
static bool take_references(struct run *without)
{
	bool is_possible = true;

	linking = "without ttlog";
	run_number = 0;
	for (unsigned i = 0; i < EARLIER_COUNT; i++) {
		earlier = (enum earlier)i;
		if ((has(ABORTS) && earlier != HANDLER) || (has(SENT) && earlier == IGNORE))
			continue;
		run_victim(&without[i], "victim-without", has_cores && earlier == DEFAULT);
		add(&figures->references, 1);
		if (WIFEXITED(without[i].death.status) &&
		    WEXITSTATUS(without[i].death.status) == ROLE_STATUS_SKIPPED)
			is_possible = false;
		else if (!WIFSIGNALED(without[i].death.status))
			wrong("%s", death_text(without[i].death.status));
		clear();
	}
	return is_possible;
}

static bool run_place(void)
{
	struct run without[EARLIER_COUNT];

	if (!take_references(without)) {
		add(&figures->skipped, 2);
		is_failed = false;
		return true;
	}
	linking = "static";
	if (!settle() || !run_case("victim", without))
		return false;
	linking = "shared";
	return run_case("victim-shared", without);
}

static bool exists(void)
{
	const int *only = places[place].only;

	return only[0] == 0 || only[0] == signals[signal_index].signo ||
	       only[1] == signals[signal_index].signo;
}

static bool is_wanted(const char *name)
{
	size_t bytes = strlen(name);
	const char *at = wanted_places;

	while (at && (at = strstr(at, name))) {
		if ((at == wanted_places || at[-1] == ',') && (at[bytes] == ',' || at[bytes] == '\0'))
			return true;
		at += bytes;
	}
	return !wanted_places || wanted_places[0] == '\0';
}

/* Nothing of the caller's is to decide where things go. */
static void set_environment(void)
{
	snprintf(stage_path, sizeof(stage_path), "%s/stage", work);
	snprintf(box_path, sizeof(box_path), "%s/boxes", work);
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

/* One who hangs in its crash handler, until the handler's watchdog comes. */
struct hanging {
	unsigned signal_index, compiler;
	const char *program;
	enum earlier earlier;
	pid_t pid;
	struct run without[EARLIER_COUNT];
};

static void step_on(const struct hanging *hanging, unsigned number)
{
	signal_index = hanging->signal_index;
	compiler = hanging->compiler;
	earlier = hanging->earlier;
	linking = strcmp(hanging->program, "victim") == 0 ? "static" : "shared";
	snprintf(work, sizeof(work), "%s/hanging-%u", top, number);
	set_environment();
	mkdir(work, 0700);
}

/* Every signal with an earlier handler and without one, the compilers and linkings in turn. */
static void run_hang_judge(void)
{
	static struct hanging all[2 * SIGNAL_COUNT];
	struct run with;
	int polls = 0;

	while (strcmp(places[place].name, HANG) != 0)
		place++;
	for (unsigned i = 0; i < 2 * SIGNAL_COUNT; i++) {
		all[i] = (struct hanging){ .signal_index = i % SIGNAL_COUNT,
					   .compiler = i % compiler_count,
					   .program = i / 2 % 2 == 0 ? "victim" : "victim-shared",
					   .earlier = i < SIGNAL_COUNT ? DEFAULT : HANDLER };
		step_on(&all[i], i);
		run_victim(&all[i].without[all[i].earlier], "victim-without", false);
		add(&figures->references, 1);
		clear();
		all[i].pid = start_victim(all[i].program, false);
	}
	for (unsigned i = 0; i < 2 * SIGNAL_COUNT; i++) {
		siginfo_t info = { .si_pid = 0 };

		for (; polls < HANG_POLLS_MAX && info.si_pid == 0; polls++) {
			usleep(HANG_POLL_US);
			waitid(P_PID, (id_t)all[i].pid, &info, WEXITED | WNOHANG | WNOWAIT);
		}
		if (info.si_pid == 0)
			kill(all[i].pid, SIGKILL); /* which is seen as a wrong death */
		step_on(&all[i], i);
		finish_victim(&with, all[i].pid, all[i].program);
		add(&figures->cases, 1);
		add(&figures->runs, 1);
		judge(&with, &all[i].without[earlier], false);
		settle();
		trace_file_clear(work);
	}
}

/* Every JUDGES-th pair of place and signal is this judge's. */
static void run_judge(unsigned judge)
{
	unsigned turn = 0;

	for (compiler = 0; compiler < compiler_count; compiler++)
		for (place = 0; place < PLACE_COUNT; place++)
			for (signal_index = 0; signal_index < SIGNAL_COUNT; signal_index++) {
				if (!is_wanted(places[place].name) || strcmp(places[place].name, HANG) == 0 ||
				    turn++ % JUDGES != judge)
					continue;
				if (!exists())
					add(&figures->impossible, 2);
				else if (!run_place())
					return;
			}
}

static pid_t start_judge(unsigned number)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(work, sizeof(work), "%s/judge-%u", top, number);
	set_environment();
	clear();
	if (number < JUDGES)
		run_judge(number);
	else if (is_wanted(HANG))
		run_hang_judge();
	trace_file_clear(work);
	exit(0);
}

static bool wait_for_judges(const pid_t judges[JUDGES + 1])
{
	bool is_well = true;

	for (unsigned i = 0; i <= JUDGES; i++) {
		int status = -1;

		if (judges[i] < 0 || waitpid(judges[i], &status, 0) != judges[i] || status != 0) {
			printf("crash matrix: FAILED judge %u: %s\n", i, death_text(status));
			is_well = false;
		}
	}
	return is_well;
}

static int take_arguments(int count, char **arguments)
{
	if (count < 5 || count - 4 > COMPILERS_MAX)
		return -1;
	snprintf(top, sizeof(top), "%s", arguments[1]);
	ttdecode = arguments[2];
	runs_per_case = (unsigned)atoi(arguments[3]);
	for (int i = 4; i < count; i++, compiler_count++) {
		char *is = strchr(arguments[i], '=');

		if (!is)
			return -1;
		*is = '\0';
		compilers[compiler_count] = arguments[i];
		directories[compiler_count] = is + 1;
	}
	wanted_places = getenv("PLACES");
	return 0;
}

/* The handler writes out what it has from time to time: where it faults decides how much is there, but mostly something is. */
static bool are_parts_enough(void)
{
	if (figures->faulted_in_dump < 20 || figures->part >= figures->faulted_in_dump / 3)
		return true;
	printf("crash matrix: FAILED of %u faults inside the crash handler only %u left a part of a snapshot\n",
	       figures->faulted_in_dump, figures->part);
	return false;
}

static void print_figures(void)
{
	printf("crash matrix: %u cases (%zu signals, %zu places, %u compilers, static and shared; %u that cannot come about",
	       figures->cases, SIGNAL_COUNT, PLACE_COUNT, compiler_count, figures->impossible);
	if (figures->skipped > 0)
		printf("; SKIPPED %u: no seccomp here", figures->skipped);
	printf("), %u runs, %u failed, %u gave a crash snapshot, %u a part of one, %u the black box only, %u pairs of core files alike\n",
	       figures->runs, figures->failed, figures->whole, figures->part, figures->box_only,
	       figures->cores);
}

int main(int count, char **arguments)
{
	const char *why = core_file_unavailable();
	pid_t judges[JUDGES + 1]; /* the last is the one of those that hang */
	bool is_well;

	setvbuf(stdout, NULL, _IOLBF, 0);
	figures = mmap(NULL, sizeof(*figures), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (figures == MAP_FAILED || take_arguments(count, arguments) < 0)
		return 2;
	mkdir(top, 0700);
	has_cores = why == NULL;
	if (why)
		printf("crash matrix: SKIPPED core files are not compared: %s\n", why);
	for (unsigned i = 0; i <= JUDGES; i++)
		judges[i] = start_judge(i);
	is_well = wait_for_judges(judges) && are_parts_enough();
	print_figures();
	return !is_well || figures->failed > 0 || figures->runs == 0;
}
