/*
 * victim.c - does what its arguments say, one after the other, with the recorder's system calls between marks (mark.h):
 *
 *	init           tt_init
 *	record N       N events
 *	thread N       a thread that records N events and ends
 *	hold N         a thread that records N events and stays
 *	demand         tt_snapshot(NULL)
 *	demand-to PATH tt_snapshot(PATH)
 *	on-crash       tt_snapshot_on_crash
 *	on-signal      tt_snapshot_on_signal(SIGUSR2)
 *	signal         raises it
 *	fork N         a child that records N events and ends; waits for it
 *	crash          dereferences a null pointer
 *
 * Each step prints what came of it, the counters, and what the process holds:
 *
 *	STEP RESULT recorded R overwritten O dropped D attempted A snapshots S failed F descriptors N pages N
 *
 * It comes to its end whatever fails. Exit status: 0; 2 usage.
 */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TT_TARGET "faults"
#include <ttlog.h>

#include "mark.h"

#define STRING_MAX 60u
#define CHILD 100u /* thread number of a forked child */

static unsigned long attempted;
static unsigned thread_count;
static unsigned long main_said; /* by the main thread, or a forked child */
static pthread_barrier_t barrier;
static pthread_key_t last_key;

static void mark_load(void)
{
	mark(MARK_LOAD);
}

/* Before every constructor. */
static void (*const first)(void) __attribute__((section(".preinit_array"), used)) = mark_load;

/* recorder.py says the same. */
static void record(unsigned thread, unsigned long from, unsigned long count)
{
	for (unsigned long n = from; n < from + count; n++) {
		char string[STRING_MAX + 1];
		size_t bytes = (n * 7 + thread) % STRING_MAX;

		for (size_t i = 0; i < bytes; i++)
			string[i] = (char)('a' + (n * n + i * (n + 3) + thread) % 26);
		string[bytes] = '\0';
		TT_INFO("%u %lu %s", thread, n, string);
	}
	__atomic_fetch_add(&attempted, count, __ATOMIC_RELAXED);
}

/* The destructors' last round: ttlog's exit is over. */
static void end_exit(void *round)
{
	if ((uintptr_t)round < PTHREAD_DESTRUCTOR_ITERATIONS)
		pthread_setspecific(last_key, (void *)((uintptr_t)round + 1));
	else
		mark(MARK_NONE);
}

static void record_as_thread(const unsigned long *count)
{
	mark(MARK_THREAD);
	record(++thread_count, 0, *count);
	mark(MARK_NONE);
}

static void *record_and_end(void *count)
{
	record_as_thread(count);
	pthread_setspecific(last_key, (void *)(uintptr_t)1);
	mark(MARK_EXIT);
	return NULL;
}

static void *record_and_stay(void *count)
{
	record_as_thread(count);
	pthread_barrier_wait(&barrier);
	for (;;)
		pause();
	return NULL;
}

static unsigned long descriptors(void)
{
	static _Alignas(8) char entries[32768];
	int fd = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned long count = 0;
	long bytes = syscall(SYS_getdents64, fd, entries, sizeof(entries));

	for (long at = 0; at < bytes; count++)
		at += ((struct dirent64 *)(void *)(entries + at))->d_reclen;
	close(fd);
	return count;
}

/* Of address space. */
static unsigned long pages(void)
{
	char text[128] = "";
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t bytes = read(fd, text, sizeof(text) - 1);

	close(fd);
	return bytes > 0 ? strtoul(text, NULL, 10) : 0;
}

static void say(const char *step, int result)
{
	struct tt_stats now = { .size = sizeof(now) };

	tt_stats(&now);
	dprintf(STDOUT_FILENO,
		"%s %s recorded %lu overwritten %lu dropped %lu attempted %lu snapshots %lu failed %lu descriptors %lu pages %lu\n",
		step, result == 0 ? "done" : strerrorname_np(-result), (unsigned long)now.recorded,
		(unsigned long)now.overwritten, (unsigned long)now.dropped, attempted,
		(unsigned long)now.snapshots, (unsigned long)now.snapshots_failed, descriptors(), pages());
}

static void in_thread(void *(*run)(void *), unsigned long count)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, &count) != 0)
		exit(2);
	if (run == record_and_stay)
		pthread_barrier_wait(&barrier);
	else
		pthread_join(thread, NULL);
}

static void in_child(unsigned long count)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		attempted = 0;
		mark(MARK_FORKED);
		record(CHILD, 0, count);
		mark(MARK_NONE);
		say("child", 0);
		mark(MARK_SHUTDOWN);
		exit(0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	dprintf(STDOUT_FILENO, "child ended with status %x\n", (unsigned)status);
}

/* Does one thing without an argument; 0: there is none of that name. */
static int do_alone(const char *name)
{
	int result = 0;

	if (strcmp(name, "init") == 0) {
		mark(MARK_START);
		result = tt_init(NULL);
	} else if (strcmp(name, "demand") == 0) {
		mark(MARK_DEMAND);
		result = tt_snapshot(NULL, "faults");
	} else if (strcmp(name, "on-crash") == 0) {
		mark(MARK_INSTALL);
		result = tt_snapshot_on_crash();
	} else if (strcmp(name, "on-signal") == 0) {
		mark(MARK_INSTALL);
		result = tt_snapshot_on_signal(SIGUSR2);
	} else if (strcmp(name, "signal") == 0) {
		mark(MARK_SIGNAL);
		result = -pthread_kill(pthread_self(), SIGUSR2);
	} else if (strcmp(name, "crash") == 0) {
		mark(MARK_CRASH);
		*(volatile char *volatile)NULL = 1;
	} else {
		return 0;
	}
	mark(MARK_NONE);
	say(name, result);
	return 1;
}

static int do_with(const char *name, const char *argument)
{
	unsigned long count = strtoul(argument, NULL, 10);
	int result = 0;

	if (strcmp(name, "record") == 0) {
		mark(MARK_START);
		record(0, main_said, count);
		mark(MARK_NONE);
		main_said += count;
	} else if (strcmp(name, "thread") == 0) {
		in_thread(record_and_end, count);
	} else if (strcmp(name, "hold") == 0) {
		in_thread(record_and_stay, count);
	} else if (strcmp(name, "fork") == 0) {
		in_child(count);
	} else if (strcmp(name, "demand-to") == 0) {
		mark(MARK_DEMAND);
		result = tt_snapshot(argument, "faults");
		mark(MARK_NONE);
	} else {
		return 0;
	}
	say(name, result);
	return 1;
}

static void ignore(int signo)
{
	(void)signo;
}

int main(int count, char **arguments)
{
	mark(MARK_NONE);
	pthread_barrier_init(&barrier, NULL, 2);
	pthread_key_create(&last_key, end_exit);
	signal(SIGUSR2, ignore); /* so that it does not kill where it has no snapshot to write */
	dprintf(STDOUT_FILENO, "pid %d\n", (int)getpid());
	for (int i = 1; i < count; i++) {
		if (do_alone(arguments[i]))
			continue;
		if (i + 1 == count || !do_with(arguments[i], arguments[i + 1]))
			return 2;
		i++;
	}
	dprintf(STDOUT_FILENO, "end\n");
	mark(MARK_SHUTDOWN);
	return 0;
}
