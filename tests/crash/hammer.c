/*
 * hammer.c - four threads that record as fast as they can, interrupted by a handler that records too, until they are killed.
 *
 *	hammer STAGE MANNER SEED
 *
 * MANNER: letters of what is done besides. `r`: each thread ends after some events, and a new one goes on in its place. `s`: another
 * thread takes snapshots all the time. `l`: strings are long ones, so that most of the time is spent in copying them.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "say.h"
#include "stage.h"

#define INTERRUPT_NS 70000
#define LIFE_EVENTS_MAX 300u /* fewer than a ring holds */

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static struct hammer *hammer;
static uint64_t seed;
static __thread uint32_t self;

static void be(enum hammer_where where)
{
	__atomic_store_n(&hammer->threads[self].where, where, __ATOMIC_RELEASE);
}

static void interrupt(int signo)
{
	(void)signo;
	say(hammer, self, MIX_HANDLER);
}

static void mask_interrupts(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(how, &set, NULL);
}

static timer_t start_interrupts(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1 };
	const struct itimerspec often = { { 0, INTERRUPT_NS }, { 0, INTERRUPT_NS } };
	timer_t timer;

	event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0 || timer_settime(timer, 0, &often, NULL) < 0)
		_exit(3);
	mask_interrupts(SIG_UNBLOCK);
	return timer;
}

static void say_some(uint64_t count)
{
	for (; count > 0; count--) {
		be(HAMMER_SAYING);
		say(hammer, self, MIX_OWN);
		be(HAMMER_BETWEEN);
	}
}

/* A handler that came before the thread has a ring, or after it has given it back, would be dropped. */
static void live(uint64_t events)
{
	timer_t timer;

	say(hammer, self, MIX_OWN);
	timer = start_interrupts();
	say_some(events);
	mask_interrupts(SIG_BLOCK);
	timer_delete(timer);
}

static void *be_one(void *number)
{
	self = (uint32_t)(uintptr_t)number;
	live(mix_bits(self, MIX_HANDLER, seed + hammer->threads[self].said[MIX_OWN]) % LIFE_EVENTS_MAX);
	be(HAMMER_EXITING);
	return NULL;
}

/* Makes one thread after the other; itself it says nothing. */
static void *run_many(void *number)
{
	pthread_t thread;

	self = (uint32_t)(uintptr_t)number;
	for (unsigned lives = 0;; lives++) {
		be(HAMMER_STARTING);
		if (pthread_create(&thread, NULL, be_one, number) != 0)
			_exit(3);
		pthread_join(thread, NULL);
		if (lives == 0)
			__atomic_fetch_add(&hammer->started, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void *run_one(void *number)
{
	timer_t timer;

	self = (uint32_t)(uintptr_t)number;
	be(HAMMER_STARTING);
	say(hammer, self, MIX_OWN);
	timer = start_interrupts();
	__atomic_fetch_add(&hammer->started, 1, __ATOMIC_RELEASE);
	say_some(UINT64_MAX);
	timer_delete(timer);
	return NULL;
}

static void *take_snapshots(void *unused)
{
	self = HAMMER_THREADS;
	for (;;) {
		be(HAMMER_SNAPSHOT);
		if (tt_snapshot(NULL, "while it is being killed") < 0)
			_exit(4);
		be(HAMMER_BETWEEN);
	}
	return unused;
}

int main(int count, char **arguments)
{
	const struct sigaction action = { .sa_handler = interrupt, .sa_flags = SA_RESTART };
	pthread_t thread;

	hammer = count == 4 ? stage_map(arguments[1], sizeof(*hammer), 0) : NULL;
	mask_interrupts(SIG_BLOCK);
	/* The region comes first: on a busy machine threads that wait for it may give up, and drop an event. */
	if (!hammer || sigaction(SIGUSR1, &action, NULL) < 0 || tt_init(NULL) < 0)
		return 2;
	seed = strtoull(arguments[3], NULL, 10);
	for (uintptr_t number = 0; number < HAMMER_THREADS; number++)
		if (pthread_create(&thread, NULL, strchr(arguments[2], 'r') ? run_many : run_one,
				   (void *)number) != 0)
			return 2;
	if (strchr(arguments[2], 's') && pthread_create(&thread, NULL, take_snapshots, NULL) != 0)
		return 2;
	for (;;)
		pause();
}
