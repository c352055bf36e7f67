/*
 * life.c MODE SNAPSHOT [CHILD'S SNAPSHOT] - events in every part of a program's life.
 *
 * Prints the messages that the snapshot must hold, and those of the child's after a line `--`.
 */
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TT_TARGET "api.life"
#include "api.h"

static char **arguments;

static int mode_is(const char *mode)
{
	return arguments && strcmp(arguments[1], mode) == 0;
}

static void __attribute__((constructor(102))) construct_early(void)
{
	TT_INFO("early constructor");
}

static void __attribute__((constructor)) construct(void)
{
	TT_INFO("constructor");
}

static void say_constructors(void)
{
	puts("early constructor\nconstructor");
}

/* The last of all: what came before is in its snapshot. */
static void __attribute__((destructor(102))) destruct_last(void)
{
	if (mode_is("ends"))
		MUST(tt_snapshot(arguments[2], "at the end") == 0);
}

static void __attribute__((destructor)) destruct(void)
{
	if (mode_is("ends"))
		SAY("destructor");
}

static void at_exit(void)
{
	SAY("atexit");
}

static void ends(void)
{
	SAY("main");
	atexit(at_exit);
	exit(0);
}

static void snapshot(void)
{
	MUST(tt_snapshot(arguments[2], NULL) == 0);
}

static void init_late(void)
{
	struct tt_options options = { .size = sizeof(options), .service = "other" };

	SAY("before tt_init");
	MUST(tt_init(NULL) == -EALREADY);
	MUST(tt_init(&options) == -EALREADY);
	SAY("after tt_init");
	snapshot();
}

static void *be_late(void *unused)
{
	MUST(tt_thread_name("late") == -ENOBUFS); /* no event: not counted */
	TT_INFO("from a new thread");
	return unused;
}

static void shut_down(void)
{
	pthread_t thread;

	SAY("before tt_shutdown");
	tt_shutdown();
	for (int i = 0; i < 10; i++)
		TT_INFO("after tt_shutdown %d", i);
	MUST(stats_now().dropped_by_cause[TT_DROP_SHUTDOWN] == 10);
	tt_shutdown(); /* again: nothing */
	MUST(tt_init(NULL) == -ESHUTDOWN);
	MUST(tt_filter("info") == 0);
	MUST(pthread_create(&thread, NULL, be_late, NULL) == 0);
	MUST(pthread_join(thread, NULL) == 0);
	MUST(stats_now().dropped_by_cause[TT_DROP_SHUTDOWN] == 11);
	MUST(stats_now().dropped == 11);
	MUST(stats_now().recorded == 3);
	snapshot(); /* what was recorded is still there */
}

static void handle(int signo)
{
	SAY("in the handler of %d", signo == SIGUSR1 ? 1 : 2);
	if (signo == SIGUSR1)
		raise(SIGUSR2);
	SAY("end of the handler of %d", signo == SIGUSR1 ? 1 : 2);
}

static void handlers(void)
{
	signal(SIGUSR1, handle);
	signal(SIGUSR2, handle);
	SAY("before the signal");
	raise(SIGUSR1);
	SAY("after the signal");
	snapshot();
}

/* The thread's first event of all comes in a handler. */
static void *be_interrupted(void *unused)
{
	raise(SIGUSR1);
	SAY("after the handler");
	return unused;
}

static void first_in_handler(void)
{
	pthread_t thread;

	signal(SIGUSR1, handle);
	signal(SIGUSR2, handle);
	MUST(pthread_create(&thread, NULL, be_interrupted, NULL) == 0);
	MUST(pthread_join(thread, NULL) == 0);
	snapshot();
}

static void child(const char *how)
{
	MUST(stats_now().recorded == 0 || strcmp(how, "vfork") == 0);
	SAY("child of %s", how);
	SAY("has pid %d", (int)getpid());
	MUST(stats_now().recorded == 2);
	MUST(stats_now().dropped == 0);
	MUST(tt_snapshot(arguments[3], how) == 0);
	fflush(stdout);
	_exit(0);
}

static pid_t split(const char *how)
{
	if (strcmp(how, "fork") == 0)
		return fork();
	if (strcmp(how, "_Fork") == 0)
		return _Fork();
	return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void forks(const char *how)
{
	int status;
	pid_t pid;

	SAY("before %s", how);
	fflush(stdout);
	pid = split(how);
	MUST(pid >= 0);
	if (pid == 0) {
		puts("--");
		child(how);
	}
	MUST(waitpid(pid, &status, 0) == pid);
	MUST(status == 0);
	TT_INFO("after %s", how);
	printf("--\nafter %s\n", how);
	snapshot();
}

/* A vfork child runs in its parent's memory: its events are its parent's. */
static void vforks(void)
{
	int status;
	pid_t pid;

	SAY("before vfork");
	pid = vfork();
	if (pid == 0) {
		TT_INFO("child of vfork");
		_exit(0);
	}
	puts("child of vfork");
	MUST(waitpid(pid, &status, 0) == pid && status == 0);
	SAY("after vfork");
	snapshot();
}

/* A child that records nothing leaves the parent's black box alone. */
static void idle_child(void)
{
	int status;
	pid_t pid;

	SAY("before the idle child");
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		exit(0);
	MUST(waitpid(pid, &status, 0) == pid && status == 0);
	SAY("after the idle child");
	snapshot();
}

static pthread_key_t key;
static int rounds;

static void destroy(void *value)
{
	int round = (int)(intptr_t)value;

	rounds++;
	TT_INFO("destructor, round %d", round);
	if (round < PTHREAD_DESTRUCTOR_ITERATIONS)
		pthread_setspecific(key, (void *)(intptr_t)(round + 1));
}

static void *have_destructor(void *unused)
{
	SAY("thread");
	pthread_setspecific(key, (void *)(intptr_t)1);
	return unused;
}

/* The first two rounds of destructors at least can record; what comes too late is counted. */
static void thread_exits(void)
{
	pthread_t thread;
	struct tt_stats stats;

	MUST(pthread_key_create(&key, destroy) == 0);
	MUST(pthread_create(&thread, NULL, have_destructor, NULL) == 0);
	MUST(pthread_join(thread, NULL) == 0);
	stats = stats_now();
	MUST(rounds == PTHREAD_DESTRUCTOR_ITERATIONS);
	MUST(stats.dropped == stats.dropped_by_cause[TT_DROP_EXITING]);
	MUST(stats.recorded + stats.dropped == 2 + 1 + PTHREAD_DESTRUCTOR_ITERATIONS);
	MUST(stats.recorded >= 2 + 1 + 2);
	for (uint64_t round = 1; round <= stats.recorded - 3; round++)
		printf("destructor, round %llu\n", (unsigned long long)round);
	snapshot();
}

static void *leave_by_system_call(void *unused)
{
	SAY("leaves without a word");
	fflush(stdout);
	syscall(SYS_exit, 0);
	return unused;
}

/* A thread that ends without its destructors: what it recorded stays. */
static void vanishes(void)
{
	pthread_t thread;

	MUST(pthread_create(&thread, NULL, leave_by_system_call, NULL) == 0);
	MUST(pthread_join(thread, NULL) == 0);
	SAY("main is still there");
	snapshot();
}

static void *be_named(void *unused)
{
	MUST(tt_thread_name("named before") == 0);
	SAY("named before");
	MUST(tt_thread_name("0123456789012345678901234567890") == 0);
	MUST(tt_thread_name("01234567890123456789012345678901") == -EINVAL);
	MUST(tt_thread_name(NULL) == -EINVAL);
	MUST(tt_thread_name("named after") == 0);
	return unused;
}

static void names(void)
{
	pthread_t thread;

	MUST(pthread_create(&thread, NULL, be_named, NULL) == 0);
	MUST(pthread_join(thread, NULL) == 0);
	SAY("main");
	snapshot();
}

static const struct {
	const char *name;
	void (*run)(void);
} modes[] = {
	{ "ends", ends },
	{ "init-late", init_late },
	{ "shut-down", shut_down },
	{ "handlers", handlers },
	{ "first-in-handler", first_in_handler },
	{ "vfork", vforks },
	{ "idle-child", idle_child },
	{ "thread-exits", thread_exits },
	{ "vanishes", vanishes },
	{ "names", names },
};

int main(int argc, char **argv)
{
	MUST(argc >= 3);
	arguments = argv;
	say_constructors();
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (mode_is(modes[i].name)) {
			modes[i].run();
			return 0;
		}
	}
	forks(argv[1]);
	return 0;
}
