/*
 * victim.c - dies of SIGNAL at PLACE.
 *
 *	victim SIGNAL PLACE EARLIER RUN STAGE
 *
 * EARLIER is what the program did with that signal before ttlog came: `default`, `handler` (notes what it saw, lets it happen),
 * `ignore`. RUN counts the runs of the same case. STAGE is the file of struct roles. Built with ttlog and, as victim-without, with
 * a recorder.c that does nothing; all else is the same.
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
#include "place.h"
#include "recorder.h"
#include "stage.h"

#define IDLE_EVENTS 100u
#define STACK_BYTES (192u << 10)
#define GUARD_BYTES (64u << 10)
#define REPORT_US 30000 /* what a crash reporter takes: nobody else may come meanwhile */

static const struct place *place;
static struct roles *roles;
static int has_earlier; /* handler, of the signal */
static pthread_barrier_t barrier;

static uint64_t pc_of(const void *context)
{
	const ucontext_t *at = context;

#if defined(__x86_64__)
	return (uint64_t)at->uc_mcontext.gregs[REG_RIP];
#else
	return at->uc_mcontext.pc;
#endif
}

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
	for (size_t i = 0; i < ROLE_SIGINFO_BYTES; i++)
		seen->info[i] = ((const unsigned char *)info)[i];
	if (place->is_together)
		usleep(REPORT_US);
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

/* An earlier handler that is to survive this has a stack of its own; ttlog must leave it alone. */
static void bring_signal_stack(void)
{
	static char memory[65536];
	const stack_t stack = { .ss_sp = memory, .ss_size = sizeof(memory) };

	sigaltstack(&stack, NULL);
}

static void *crash(void *unused)
{
	roles->tids[ROLE_CRASHER] = (uint32_t)syscall(SYS_gettid);
	if (has_earlier && place->needs_own_stack)
		bring_signal_stack();
	while (!place->is_silent && place_said < PLACE_EVENTS)
		recorder_say(place_said++, ROLE_CRASHER_TEXT);
	place->crash();
	return unused;
}

static void *idle(void *unused)
{
	uint32_t said = 0;

	roles->tids[ROLE_IDLE] = (uint32_t)syscall(SYS_gettid);
	while (said < IDLE_EVENTS)
		recorder_say(said++, ROLE_IDLE_TEXT);
	roles->counts[ROLE_IDLE] = said;
	pthread_barrier_wait(&barrier);
	for (;;)
		pause();
	return unused;
}

static void *busy(void *unused)
{
	uint32_t said = 0;

	roles->tids[ROLE_BUSY] = (uint32_t)syscall(SYS_gettid);
	for (;;) {
		recorder_say(said++, ROLE_BUSY_TEXT);
		__atomic_store_n(&roles->busy_live, said, __ATOMIC_RELEASE);
		if (said == IDLE_EVENTS)
			pthread_barrier_wait(&barrier);
		if (said % 64 == 0)
			usleep(50);
		while (place->is_quiet && roles->is_staged)
			pause();
	}
	return unused;
}

/* A stack of our own, so that where it ends is known. */
static void start_crasher(size_t stack_bytes)
{
	char *stack = mmap(NULL, GUARD_BYTES + stack_bytes, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	pthread_attr_t attributes;
	pthread_t thread;

	if (stack == MAP_FAILED || mprotect(stack, GUARD_BYTES, PROT_NONE) < 0)
		exit(2);
	roles->guard_start = (uintptr_t)stack;
	roles->guard_end = (uintptr_t)stack + GUARD_BYTES;
	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, stack + GUARD_BYTES, stack_bytes);
	if (pthread_create(&thread, &attributes, crash, NULL) != 0)
		exit(2);
	for (;;)
		pause();
}

static void set_earlier(const char *name)
{
	struct sigaction action = { .sa_sigaction = place->aborts ? see_and_abort : see,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK };

	if (strcmp(name, "ignore") == 0)
		action = (struct sigaction){ .sa_handler = SIG_IGN };
	else if (strcmp(name, "handler") != 0)
		return;
	has_earlier = action.sa_handler != SIG_IGN;
	sigaction(place_stage.signo, &action, NULL);
}

static int start(char **arguments)
{
	pthread_t thread;

	place = place_find(arguments[1]);
	roles = stage_map(arguments[4], sizeof(*roles), 0);
	place_stage = (struct place_stage){ roles, atoi(arguments[0]), (uint32_t)atoi(arguments[3]) };
	if (!place || !roles || cause_prepare() < 0)
		return -1;
	set_earlier(arguments[2]);
	if (recorder_start() < 0 || (!place->is_watched_late && recorder_watch() < 0))
		return -1;
	pthread_barrier_init(&barrier, NULL, 3);
	if (pthread_create(&thread, NULL, idle, NULL) != 0 || pthread_create(&thread, NULL, busy, NULL) != 0)
		return -1;
	pthread_barrier_wait(&barrier);
	return 0;
}

int main(int count, char **arguments)
{
	if (count != 6 || start(arguments + 1) < 0)
		return 2;
	if (place->thread == PLACE_WORKER)
		start_crasher(STACK_BYTES);
	if (place->thread == PLACE_SMALL_WORKER)
		start_crasher((size_t)sysconf(_SC_THREAD_STACK_MIN) > 16384
				      ? (size_t)sysconf(_SC_THREAD_STACK_MIN)
				      : 16384);
	crash(NULL);
	return 3;
}
