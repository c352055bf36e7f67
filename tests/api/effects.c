/*
 * effects.c - arguments are evaluated once where an event is recorded, and not at all where it is not; errno is never touched.
 *
 * Built a second time with TT_DISABLE, where nothing records.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define TT_TARGET "api.effects"
#include "api.h"

static unsigned evaluated;

static int counted(void)
{
	evaluated++;
	errno = 1000; /* the argument's own doing: it must be put back by nobody */
	return 1;
}

static void count_arguments(unsigned expected)
{
	evaluated = 0;
	TT_TRACE("%d", counted());
	TT_DEBUG("%d", counted());
	TT_INFO("%d %d", counted(), counted());
	TT_WARN("%d %s", counted(), "x");
	TT_ERROR("%m %d", counted());
	TT_FATAL("%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d", counted(), counted(), counted(), counted(), counted(),
		 counted(), counted(), counted(), counted(), counted(), counted(), counted(), counted(),
		 counted(), counted(), counted());
	TT_LOG(TT_LEVEL_INFO, "api.other", "%.*s", counted(), "xyz");
	MUST(evaluated == expected);
}

#ifdef TT_DISABLE
int main(void)
{
	count_arguments(0);
	MUST(stats_now().recorded == 0 && stats_now().sites == 0);
	puts("effects: nothing is left of events with TT_DISABLE");
	return 0;
}
#else

#define ALL 23

/* A site with a negative slot belongs to a gate that this version does not have: skipped. */
static void skip_gated(void)
{
	struct tt_impl_site *const *site;
	uint64_t recorded = stats_now().recorded;
	int32_t slots[64];
	int count = 0;

	for (site = __start_tt_sites; site < __stop_tt_sites; site++) {
		slots[count++] = (*site)->slot;
		(*site)->slot = count % 2 ? -1 : INT32_MIN;
	}
	MUST(count > 7 && count < 64);
	count_arguments(0);
	MUST(stats_now().recorded == recorded && stats_now().dropped == 0);
	for (site = __stop_tt_sites; site > __start_tt_sites;)
		(*--site)->slot = slots[--count];
}

/* Runs the event with errno set before, and looks after it. */
#define KEEPS_ERRNO(event)                                                                                   \
	do {                                                                                                 \
		errno = 4321;                                                                                \
		event;                                                                                       \
		MUST(errno == 4321);                                                                         \
	} while (0)

static void handle(int signo)
{
	(void)signo;
	KEEPS_ERRNO(TT_INFO("in a handler %d", signo));
}

static void *be_a_thread(void *unused)
{
	KEEPS_ERRNO(TT_INFO("a thread's first"));
	return unused;
}

static void in_a_thread(void)
{
	pthread_t thread;

	MUST(pthread_create(&thread, NULL, be_a_thread, NULL) == 0);
	MUST(pthread_join(thread, NULL) == 0);
}

static void in_a_child(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		KEEPS_ERRNO(TT_INFO("a child's first"));
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0) == pid && status == 0);
}

static void keep_errno(void)
{
	char *volatile null = NULL;

	KEEPS_ERRNO(TT_INFO("plain"));
	KEEPS_ERRNO(TT_INFO("%s %ls %.3s %m %p", null, L"wide", "precision", (void *)null));
	for (int i = 0; i < 100000; i++) /* many chunks */
		KEEPS_ERRNO(TT_INFO("%d", i));
	signal(SIGUSR1, handle);
	KEEPS_ERRNO(raise(SIGUSR1));
	in_a_thread();
	in_a_child();
}

int main(void)
{
	KEEPS_ERRNO(TT_INFO("the very first, which makes the region"));
	count_arguments(ALL);
	MUST(tt_filter("off") == 0);
	count_arguments(0);
	MUST(tt_filter("warn,api.other=off") == 0);
	count_arguments(18);
	MUST(tt_filter(NULL) == 0);
	count_arguments(ALL);
	skip_gated();
	count_arguments(ALL);
	keep_errno();
	tt_shutdown();
	count_arguments(ALL); /* the slot says on; the event is dropped and counted */
	KEEPS_ERRNO(TT_INFO("after the end %d", 1));
	in_a_thread();
	MUST(stats_now().dropped_by_cause[TT_DROP_SHUTDOWN] == 7 + 1 + 1);
	MUST(stats_now().dropped == 9);
	puts("effects: arguments evaluated once or never, errno untouched on every path");
	return 0;
}
#endif
