/*
 * signals.c [SECONDS] - signals rain on threads that record, and their handlers record too, at up to three levels: both rings
 * of each thread are without gap, and nothing is lost that is not counted.
 */
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "stress.h"

#define THREADS 3u

static struct stress_verdict verdict;
static bool is_over;
static uint64_t said[THREADS], handled[THREADS];
static pid_t tids[THREADS];
static __thread uint32_t own_thread;
static __thread uint64_t in_handlers; /* counts what this thread's handlers have said */

/* Its number is taken by one instruction that no other handler can part. */
static void handle(int signo)
{
	int saved = errno;

	(void)signo;
	stress_say(own_thread, MIX_HANDLER, __atomic_fetch_add(&in_handlers, 1, __ATOMIC_RELAXED));
	errno = saved;
}

static void *run(void *number)
{
	sigset_t set;
	uint64_t n = 0;

	own_thread = (uint32_t)(uintptr_t)number;
	__atomic_store_n(&tids[own_thread], (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGALRM);
	MUST(pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0);
	while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED))
		stress_say(own_thread, MIX_OWN, n++);
	MUST(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
	said[own_thread] = n;
	handled[own_thread] = in_handlers;
	return NULL;
}

/* A signal masks only itself, so that handlers nest, three deep. The main thread takes none. */
static void install(void)
{
	struct sigaction action = { .sa_handler = handle, .sa_flags = SA_RESTART };
	struct itimerval every = { { 0, 50 }, { 0, 50 } };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGALRM);
	MUST(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
	MUST(sigaction(SIGUSR1, &action, NULL) == 0);
	MUST(sigaction(SIGUSR2, &action, NULL) == 0);
	MUST(sigaction(SIGALRM, &action, NULL) == 0);
	MUST(setitimer(ITIMER_REAL, &every, NULL) == 0);
}

static uint64_t rain(double end)
{
	uint64_t sent = 0;

	while (stress_seconds() < end) {
		for (uint32_t i = 0; i < 256; i++, sent++)
			syscall(SYS_tgkill, getpid(), tids[i % THREADS], i / THREADS % 2 ? SIGUSR1 : SIGUSR2);
		if (sent % 65536 == 0) {
			stress_judge(&verdict);
			MUST(verdict.wrong == 0);
		}
	}
	return sent;
}

int main(int arguments, char **argument)
{
	double end = stress_seconds() + (arguments > 1 ? atof(argument[1]) : 5);
	uint64_t own = 0, in_handler = 0, sent;
	pthread_t threads[THREADS];
	struct tt_stats stats;

	stress_begin();
	install();
	for (uint32_t i = 0; i < THREADS; i++)
		threads[i] = stress_thread(run, (void *)(uintptr_t)i);
	for (uint32_t i = 0; i < THREADS; i++)
		while (__atomic_load_n(&tids[i], __ATOMIC_ACQUIRE) == 0)
			sched_yield();
	sent = rain(end);
	__atomic_store_n(&is_over, true, __ATOMIC_RELAXED);
	for (uint32_t i = 0; i < THREADS; i++) {
		stress_join(threads[i]);
		own += said[i];
		in_handler += handled[i];
	}
	stats = stress_stats();
	stress_judge(&verdict);
	MUST(verdict.wrong == 0);
	MUST(stats.recorded + stats.dropped == own + in_handler);
	MUST(stats.dropped == stats.dropped_by_cause[TT_DROP_NESTED]);
	MUST(verdict.recorded == stats.recorded && verdict.events + verdict.overwritten == stats.recorded);
	MUST(verdict.rings > THREADS); /* a handler did interrupt a record */
	stress_end();
	printf("signals: %llu sent to %u threads, %llu events, %llu of handlers, %u rings; %llu at the third level dropped and counted\n",
	       (unsigned long long)sent, THREADS, (unsigned long long)own, (unsigned long long)in_handler,
	       verdict.rings, (unsigned long long)stats.dropped);
	return 0;
}
