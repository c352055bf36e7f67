/*
 * victim.c - dies of SIGNAL at PLACE.
 *
 *	victim SIGNAL PLACE EARLIER STAGE
 *
 * EARLIER is what the program did with that signal before ttlog came: `default`, `handler` (notes what it saw, lets it happen),
 * `ignore`. STAGE is the file of struct roles. Built twice: with ttlog, and WITHOUT_TTLOG as the measure of what a death looks like
 * otherwise; both have the same cause.c.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "cause.h"
#include "locked_malloc.h"
#include "roles.h"
#include "stage.h"

#ifndef WITHOUT_TTLOG
#define TT_TARGET "victim"
#include <ttlog.h>
#endif

#define IDLE_EVENTS 100
#define CRASHER_EVENTS 300
#define STACK_BYTES (256u << 10)
#define STACK_LEFT_BYTES 2048u /* too little for a signal's frame */

struct place {
	const char *name;
	int is_worker;
	void (*crash)(void);
};

static const struct place *place;
static struct roles *roles;
static int crash_signo;
static int has_earlier; /* handler, of crash_signo */
static pthread_barrier_t barrier;
static __thread int memcpy_signo; /* what the next memcpy causes */
static __thread uint32_t said;	  /* by this thread */

/* Hidden from the compiler, which would make a memcpy of it. */
static void *(*volatile move)(void *to, const void *from, size_t bytes) = memmove;

/*
 * Everybody's memcpy, the library's too. Where a record's string is copied a crash can be put: the record is half written.
 */
__attribute__((visibility("default"))) void *memcpy(void *restrict to, const void *restrict from,
						    size_t bytes)
{
	int signo = memcpy_signo;

	memcpy_signo = 0;
	if (signo == SIGUSR1)
		raise(SIGUSR1);
	else if (signo != 0)
		cause(signo);
	return move(to, from, bytes);
}

#ifdef WITHOUT_TTLOG
/* What recording does to its argument, as far as it can go wrong. */
static __attribute__((noinline)) void say(uint32_t n, const char *text)
{
	static __thread char copy[4096];
	size_t bytes = strnlen(text, 4097);

	copy[0] = (char)n;
	__asm__("" : "+r"(bytes)); /* or the compiler would copy by itself */
	memcpy(copy + 1, text, bytes);
	__asm__ volatile("" : : "r"(copy) : "memory"); /* or drop it */
}

static int snapshot_on_crash(void)
{
	return 0;
}
#else
static __attribute__((noinline)) void say(uint32_t n, const char *text)
{
	TT_INFO("%u %s", n, text);
}

/* The region is made before there are threads: on a busy machine those that wait for it may give up, and drop an event. */
static int snapshot_on_crash(void)
{
	int error = tt_init(NULL);

	return error < 0 ? error : tt_snapshot_on_crash();
}
#endif

static uint64_t pc_of(const void *context)
{
	const ucontext_t *at = context;

#if defined(__x86_64__)
	return (uint64_t)at->uc_mcontext.gregs[REG_RIP];
#else
	return at->uc_mcontext.pc;
#endif
}

static void at_herd(void);

/* The handler that was there before ttlog. */
static void see(int signo, siginfo_t *info, void *context)
{
	struct seen *seen = &roles->seen;

	seen->count++;
	seen->tid = (uint32_t)syscall(SYS_gettid);
	seen->signo = signo;
	seen->code = info->si_code;
	seen->address = (uintptr_t)info->si_addr;
	seen->pc = pc_of(context);
	seen->address_place = cause_place(info->si_addr);
	seen->pc_place = cause_place((void *)(uintptr_t)seen->pc);
	if (place->crash == at_herd)
		usleep(100000); /* as one that writes a report of its own: nobody else may come meanwhile */
	signal(signo, SIG_DFL);
	if (info->si_code <= 0 || signo == SIGTRAP || signo == SIGSYS)
		raise(signo); /* returning would not repeat it */
}

/* What crash handlers of programs often do. */
static void see_and_abort(int signo, siginfo_t *info, void *context)
{
	see(signo, info, context);
	abort();
}

static void fall(void)
{
	roles->counts[ROLE_CRASHER] = said;
	roles->counts[ROLE_BUSY] = __atomic_load_n(&roles->busy_live, __ATOMIC_ACQUIRE);
	roles->is_staged = 1;
	locked_malloc_forbid();
}

static void fall_of(int signo)
{
	fall();
	cause(signo);
}

static void at_main(void)
{
	fall_of(crash_signo);
}

static void at_malloc(void)
{
	void *volatile block; /* so that the compiler leaves both calls in */

	locked_malloc_inside(fall_of, crash_signo);
	block = malloc(1000);
	free(block);
}

static void in_handler(int signo)
{
	(void)signo;
	say(said++, ROLE_CRASHER_TEXT);
	fall_of(crash_signo);
}

static void at_handler(void)
{
	signal(SIGUSR1, in_handler);
	raise(SIGUSR1);
}

static void at_record(void)
{
	fall();
	memcpy_signo = crash_signo;
	say(said, ROLE_CUT_TEXT);
}

static void in_nested_handler(int signo)
{
	(void)signo;
	for (uint32_t n = 0; n < 10; n++)
		say(n, ROLE_NESTED_TEXT);
	roles->nested_count = 10;
	fall_of(crash_signo);
}

static void at_nested(void)
{
	signal(SIGUSR1, in_nested_handler);
	memcpy_signo = SIGUSR1;
	say(said, ROLE_CUT_TEXT);
}

/* A string that runs into memory that faults: behind the end of a file, or protected. */
static void at_string(void)
{
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FILE *file = tmpfile();

	if (pages == MAP_FAILED || !file || ftruncate(fileno(file), 4096) < 0)
		exit(2);
	if (crash_signo == SIGBUS)
		pages = mmap(pages, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fileno(file), 0);
	else
		mprotect(pages + 4096, 4096, PROT_NONE);
	memset(pages, 'x', 4096);
	roles->guard_start = (uintptr_t)pages + 4096;
	roles->guard_end = (uintptr_t)pages + 8192;
	fall();
	say(said, pages + 4000);
}

/* SIGSEGV: to the end of the stack. Others: until hardly anything is left of it. */
static __attribute__((noinline)) void descend(uintptr_t low, uint64_t depth)
{
	volatile char frame[256];

	frame[0] = 1;
	if (crash_signo != SIGSEGV && (uintptr_t)frame - low < STACK_LEFT_BYTES)
		cause(crash_signo);
	if (depth > 0)
		descend(low, depth - 1);
	frame[1] = frame[0];
}

/* An earlier handler that is to survive this has a stack of its own; ttlog must leave it alone. */
static void bring_signal_stack(void)
{
	static char memory[65536];
	const stack_t stack = { .ss_sp = memory, .ss_size = sizeof(memory) };

	sigaltstack(&stack, NULL);
}

static void at_overflow(void)
{
	fall();
	descend(roles->guard_end, UINT64_MAX);
}

static void *follow(void *start)
{
	while (said < CRASHER_EVENTS)
		say(said++, ROLE_CRASHER_TEXT);
	pthread_barrier_wait(start);
	cause(crash_signo);
	return NULL;
}

/* Several at once. Who is first is not known before. */
static void at_herd(void)
{
	pthread_barrier_t together;
	pthread_t thread;

	pthread_barrier_init(&together, NULL, 4);
	for (int i = 0; i < 3; i++)
		if (pthread_create(&thread, NULL, follow, &together) != 0)
			exit(2);
	fall();
	pthread_barrier_wait(&together);
	cause(crash_signo);
}

static const struct place places[] = {
	{ "main", 0, at_main },		{ "worker", 1, at_main },
	{ "overflow", 1, at_overflow }, { "overflow-main", 0, at_overflow },
	{ "malloc", 1, at_malloc },	{ "malloc-main", 0, at_malloc },
	{ "handler", 1, at_handler },	{ "handler-main", 0, at_handler },
	{ "record", 1, at_record },	{ "record-main", 0, at_record },
	{ "nested", 1, at_nested },	{ "string", 1, at_string },
	{ "abort", 1, at_main },	{ "abort-main", 0, at_main },
	{ "herd", 1, at_herd },
};

static void *crash(void *unused)
{
	roles->tids[ROLE_CRASHER] = (uint32_t)syscall(SYS_gettid);
	if (has_earlier && place->crash == at_overflow)
		bring_signal_stack();
	while (said < CRASHER_EVENTS)
		say(said++, ROLE_CRASHER_TEXT);
	place->crash();
	return unused;
}

static void *idle(void *unused)
{
	roles->tids[ROLE_IDLE] = (uint32_t)syscall(SYS_gettid);
	while (said < IDLE_EVENTS)
		say(said++, ROLE_IDLE_TEXT);
	roles->counts[ROLE_IDLE] = said;
	pthread_barrier_wait(&barrier);
	for (;;)
		pause();
	return unused;
}

static void *busy(void *unused)
{
	roles->tids[ROLE_BUSY] = (uint32_t)syscall(SYS_gettid);
	for (;;) {
		say(said++, ROLE_BUSY_TEXT);
		__atomic_store_n(&roles->busy_live, said, __ATOMIC_RELEASE);
		if (said == IDLE_EVENTS)
			pthread_barrier_wait(&barrier);
		if (said % 64 == 0)
			usleep(50);
	}
	return unused;
}

/* A stack of our own, so that where it ends is known. */
static void start_crasher(void)
{
	char *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK,
			   -1, 0);
	pthread_attr_t attributes;
	pthread_t thread;

	if (stack == MAP_FAILED || mprotect(stack, 65536, PROT_NONE) < 0)
		exit(2);
	roles->guard_start = (uintptr_t)stack;
	roles->guard_end = (uintptr_t)stack + 65536;
	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, stack + 65536, STACK_BYTES - 65536);
	if (pthread_create(&thread, &attributes, crash, NULL) != 0)
		exit(2);
	for (;;)
		pause();
}

static void set_earlier(const char *name)
{
	struct sigaction action = { .sa_sigaction = see, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	if (strncmp(place->name, "abort", 5) == 0 && crash_signo != SIGABRT)
		action.sa_sigaction = see_and_abort;
	else if (strcmp(name, "ignore") == 0)
		action = (struct sigaction){ .sa_handler = SIG_IGN };
	else if (strcmp(name, "handler") != 0)
		return;
	has_earlier = action.sa_handler != SIG_IGN;
	sigaction(crash_signo, &action, NULL);
}

static int start(char **arguments)
{
	pthread_t thread;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (strcmp(places[i].name, arguments[1]) == 0)
			place = &places[i];
	crash_signo = atoi(arguments[0]);
	roles = stage_map(arguments[3], sizeof(*roles), 0);
	if (!place || !roles || cause_prepare() < 0)
		return -1;
	set_earlier(arguments[2]);
	if (snapshot_on_crash() < 0)
		return -1;
	pthread_barrier_init(&barrier, NULL, 3);
	if (pthread_create(&thread, NULL, idle, NULL) != 0 || pthread_create(&thread, NULL, busy, NULL) != 0)
		return -1;
	pthread_barrier_wait(&barrier);
	return 0;
}

int main(int count, char **arguments)
{
	if (count != 5 || start(arguments + 1) < 0)
		return 2;
	if (place->is_worker)
		start_crasher();
	crash(NULL);
	return 3;
}
