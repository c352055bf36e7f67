/*
 * hammer.c - four threads that record as fast as they can, interrupted by a handler that records too, until they are killed.
 *
 *	hammer STAGE
 */
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "say.h"
#include "stage.h"

#define INTERRUPT_NS 70000

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static struct hammer *hammer;
static __thread uint32_t self;

static void interrupt(int signo)
{
	(void)signo;
	say(hammer, self, MIX_HANDLER);
}

static int start_interrupts(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1 };
	const struct itimerspec often = { { 0, INTERRUPT_NS }, { 0, INTERRUPT_NS } };
	timer_t timer;

	event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
	return timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 &&
			       timer_settime(timer, 0, &often, NULL) == 0
		       ? 0
		       : -1;
}

static void *run(void *number)
{
	self = (uint32_t)(uintptr_t)number;
	say(hammer, self, MIX_OWN); /* a handler that came before the thread has a ring would be dropped */
	if (start_interrupts() < 0)
		_exit(3);
	__atomic_fetch_add(&hammer->started, 1, __ATOMIC_RELEASE);
	for (;;)
		say(hammer, self, MIX_OWN);
	return NULL;
}

int main(int count, char **arguments)
{
	const struct sigaction action = { .sa_handler = interrupt, .sa_flags = SA_RESTART };
	pthread_t thread;

	hammer = count == 2 ? stage_map(arguments[1], sizeof(*hammer), 0) : NULL;
	/* The region comes first: on a busy machine threads that wait for it may give up, and drop an event. */
	if (!hammer || sigaction(SIGUSR1, &action, NULL) < 0 || tt_init(NULL) < 0)
		return 2;
	for (uintptr_t number = 1; number < HAMMER_THREADS; number++)
		if (pthread_create(&thread, NULL, run, (void *)number) != 0)
			return 2;
	run(NULL);
	return 3;
}
