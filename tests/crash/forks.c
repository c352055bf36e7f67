/*
 * forks.c - children made in the middle of heavy recording.
 *
 *	forks WORK
 *
 * A forked child that records has a black box of its own, with its events alone; it is killed, ends in order, or crashes, in turn. A child
 * made by vfork that crashes leaves the parent as it was, and one that executes another program does too. Afterwards the parent
 * has all of its events, and still makes a snapshot of its own crash. Exit status: 0, or 1.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "death.h"
#include "listener.h"
#include "say.h"

#define CHILDREN 48
#define CHILD_EVENTS 400u
#define WRITERS (HAMMER_THREADS - 1)

enum fate { FATE_KILLED, FATE_EXIT, FATE_CRASH, FATE_SILENT_CRASH, FATE_COUNT };

static struct hammer *hammer; /* shared with children, who do not touch it */
static struct hammer childs;
static struct listener listener;
static char traces[DEATH_PATH_BYTES], boxes[DEATH_PATH_BYTES];
static uint32_t is_over;
static pthread_t writers[HAMMER_THREADS];
static int wrong_count;
static uint64_t events;

static void wrong(const char *what, int number, const char *detail)
{
	printf("forks: FAILED %s %d: %s\n", what, number, detail);
	wrong_count++;
}

static void *run(void *number)
{
	while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED))
		say(hammer, (uint32_t)(uintptr_t)number, MIX_OWN);
	return NULL;
}

static __attribute__((noreturn)) void be_child(enum fate fate)
{
	alarm(30);
	for (unsigned i = 0; i < CHILD_EVENTS && fate != FATE_SILENT_CRASH; i++)
		say(&childs, 0, MIX_OWN);
	switch (fate) {
	case FATE_KILLED:
		kill(getpid(), SIGKILL);
		break;
	case FATE_EXIT:
		exit(7);
	default:
		*(volatile char *volatile)NULL = 1;
	}
	abort();
}

static void check_child_file(const char *directory, pid_t pid, unsigned expected, int number)
{
	struct hammer said;
	char path[DEATH_PATH_BYTES], part[32];
	unsigned count;
	int error;

	snprintf(part, sizeof(part), "forks-%d-", (int)pid);
	count = trace_file_find(directory, part, path, sizeof(path));
	if (count != expected) {
		wrong(directory, number,
		      count < expected ? "a child left no file" : "a child left too many files");
		return;
	}
	if (count == 0)
		return;
	error = listener_hear(&listener, path, 1);
	if (error < 0) {
		wrong(path, number, strerror(-error));
		return;
	}
	memset(&said, 0, sizeof(said));
	said.threads[0].said[MIX_OWN] = CHILD_EVENTS;
	listener_compare(&listener, &said, 0);
	if (listener.events != CHILD_EVENTS || listener.threads[0].own_count != CHILD_EVENTS)
		listener_wrong(&listener, "%llu events, the child said %u",
			       (unsigned long long)listener.events, CHILD_EVENTS);
	if (listener.wrong > 0)
		wrong(path, number, listener.first);
	events += listener.events;
	unlink(path);
}

static void fork_one(int number)
{
	static const int statuses[FATE_COUNT] = { SIGKILL, 7 << 8, SIGSEGV, SIGSEGV };
	enum fate fate = (enum fate)(number % FATE_COUNT);
	pid_t pid;
	int status;

	say(hammer, 0, MIX_OWN);
	pid = fork();
	if (pid == 0)
		be_child(fate);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || (status & ~0x80) != statuses[fate]) {
		wrong("child", number, pid < 0 ? "no fork" : death_text(status));
		return;
	}
	check_child_file(boxes, pid, fate == FATE_KILLED || fate == FATE_CRASH, number);
	check_child_file(traces, pid, fate == FATE_CRASH, number);
}

/* The child has the parent's memory and not its process id: whatever it does to the recorder it does to the parent's. */
static void vfork_one(int number, int is_crash)
{
	pid_t pid;
	int status;

	say(hammer, 0, MIX_OWN);
	pid = vfork();
	if (pid == 0) {
		if (is_crash)
			*(volatile char *volatile)NULL = 1;
		execl("/bin/true", "true", (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || (status & ~0x80) != (is_crash ? SIGSEGV : 0))
		wrong("vfork", number, pid < 0 ? "no vfork" : death_text(status));
	say(hammer, 0, MIX_OWN);
}

/* Records, and becomes another program. */
static void exec_one(int number)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		for (unsigned i = 0; i < CHILD_EVENTS; i++)
			say(&childs, 0, MIX_OWN);
		execl("/bin/true", "true", (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
		wrong("exec", number, pid < 0 ? "no fork" : death_text(status));
		return;
	}
	check_child_file(boxes, pid, 1, number);
}

static int start(void)
{
	struct tt_options options = { .size = sizeof(options), .service = "forks", .ring_bytes = 65536 };

	options.dir = traces;
	options.blackbox_dir = boxes;
	options.max_bytes = 4 << 20;
	if (tt_init(&options) < 0 || tt_snapshot_on_crash() < 0)
		return -1;
	for (uintptr_t i = 1; i <= WRITERS; i++)
		if (pthread_create(&writers[i], NULL, run, (void *)i) != 0)
			return -1;
	return 0;
}

/* The program that forks. It ends by a crash, which must be told like any other. */
static __attribute__((noreturn)) void be_parent(void)
{
	struct tt_stats stats = { .size = sizeof(stats) };

	if (start() < 0)
		_exit(2);
	for (int i = 0; i < CHILDREN && wrong_count == 0; i++) {
		fork_one(i);
		if (i % 4 == 0) {
			vfork_one(i, 1);
			vfork_one(i, 0);
			exec_one(i);
		}
	}
	__atomic_store_n(&is_over, 1, __ATOMIC_RELAXED);
	for (int i = 1; i <= WRITERS; i++)
		pthread_join(writers[i], NULL);
	tt_stats(&stats);
	if (stats.dropped > 0)
		wrong("parent", 0, "events were dropped");
	printf("forks: %d children forked, %d by vfork, %d executed a program, %llu of their events verified, %d wrong\n",
	       CHILDREN, CHILDREN / 2, CHILDREN / 4, (unsigned long long)events, wrong_count);
	fflush(stdout);
	if (wrong_count > 0)
		_exit(1);
	*(volatile char *volatile)NULL = 1;
	abort();
}

static void check_parent_file(const char *directory)
{
	char path[DEATH_PATH_BYTES];
	unsigned count = trace_file_find(directory, "forks-", path, sizeof(path));
	int error = count == 1 ? listener_hear(&listener, path, 1) : -ENOENT;

	if (error < 0) {
		wrong(directory, (int)count, "files; or it cannot be read");
		return;
	}
	listener_compare(&listener, hammer, 0);
	if (listener.wrong > 0)
		wrong(path, 0, listener.first);
}

int main(int count, char **arguments)
{
	pid_t pid;
	int status;

	if (count != 2)
		return 2;
	mkdir(arguments[1], 0700);
	snprintf(traces, sizeof(traces), "%s/traces", arguments[1]);
	snprintf(boxes, sizeof(boxes), "%s/boxes", arguments[1]);
	mkdir(traces, 0700);
	hammer = mmap(NULL, sizeof(*hammer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid = hammer == MAP_FAILED ? -1 : fork();
	if (pid == 0)
		be_parent();
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 2;
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV) {
		wrong("parent", 0, death_text(status));
		return 1;
	}
	check_parent_file(traces);
	check_parent_file(boxes);
	if (wrong_count == 0)
		trace_file_clear(arguments[1]);
	return wrong_count > 0;
}
