/*
 * failing.c - does what its arguments say, one after the other, for failures.sh to look at:
 *
 *	record N      records N events
 *	threads N     has N threads record 100 events each, one after the other alive until the end
 *	snapshot      tt_snapshot(NULL); prints the outcome
 *	on-crash      tt_snapshot_on_crash(); prints the outcome
 *	on-signal     tt_snapshot_on_signal(SIGUSR2); prints the outcome
 *	signal N      raises it N times
 *	crash         dereferences a null pointer
 *	fsize N, as N sets RLIMIT_FSIZE, or RLIMIT_AS so that N bytes can be mapped yet
 *	no-files      takes all file descriptors that there are
 *	files         gives them back
 *	fill PATH     fills the file system of the new file PATH
 *	stats         prints the counters
 *
 * It must come to its end whatever fails. Exit status: 0; 2 usage.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define TT_TARGET "failing"
#include <ttlog.h>

#include "mix.h"

#define DESCRIPTORS 64u

static uint64_t said;

/* Strings that no compression makes small. */
static void record(unsigned long count)
{
	for (unsigned long i = 0; i < count; i++) {
		char string[MIX_STRING_MAX];
		uint64_t bits = mix_bits(0, MIX_OWN, said++);

		mix_string(bits, string);
		TT_INFO("%lx %s", bits, string);
	}
}

static void *record_and_stay(void *barrier)
{
	for (int i = 0; i < 100; i++)
		TT_INFO("thread, event %d", i);
	pthread_barrier_wait(barrier);
	for (;;)
		pause();
	return NULL;
}

static void threads(unsigned long count)
{
	pthread_barrier_t barrier;
	pthread_t thread;

	pthread_barrier_init(&barrier, NULL, 2);
	for (unsigned long i = 0; i < count; i++) {
		if (pthread_create(&thread, NULL, record_and_stay, &barrier) != 0)
			exit(2);
		pthread_barrier_wait(&barrier);
	}
}

static void say(const char *what, int error)
{
	printf("%s: %s\n", what, error == 0 ? "done" : strerrorname_np(-error));
}

static void limit(__rlimit_resource_t which, unsigned long bytes)
{
	struct rlimit now;

	getrlimit(which, &now);
	now.rlim_cur = bytes;
	setrlimit(which, &now);
}

/* What is mapped now, and `bytes` more. */
static void limit_memory(unsigned long bytes)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (!file || fscanf(file, "%lu", &pages) != 1)
		exit(2);
	fclose(file);
	limit(RLIMIT_AS, pages * 4096 + bytes);
}

static void take_descriptors(int is_take)
{
	static int taken[DESCRIPTORS];
	static unsigned count;

	if (is_take)
		limit(RLIMIT_NOFILE, DESCRIPTORS);
	while (is_take && count < DESCRIPTORS && (taken[count] = dup(STDIN_FILENO)) >= 0)
		count++;
	while (!is_take && count > 0)
		close(taken[--count]);
}

static void fill(const char *path)
{
	static const char zeros[4096];
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	while (fd >= 0 && write(fd, zeros, sizeof(zeros)) > 0)
		continue;
	close(fd);
}

static void stats(void)
{
	struct tt_stats now = { .size = sizeof(now) };

	tt_stats(&now);
	printf("recorded %lu, dropped %lu (no ring %lu), snapshots %lu, failed %lu\n",
	       (unsigned long)now.recorded, (unsigned long)now.dropped,
	       (unsigned long)now.dropped_by_cause[TT_DROP_NO_RING], (unsigned long)now.snapshots,
	       (unsigned long)now.snapshots_failed);
}

/* Does one thing without an argument; 0: there is none of that name. */
static int do_alone(const char *name)
{
	if (strcmp(name, "snapshot") == 0)
		say(name, tt_snapshot(NULL, "failing"));
	else if (strcmp(name, "on-crash") == 0)
		say(name, tt_snapshot_on_crash());
	else if (strcmp(name, "on-signal") == 0)
		say(name, tt_snapshot_on_signal(SIGUSR2));
	else if (strcmp(name, "crash") == 0)
		*(volatile char *volatile)NULL = 1;
	else if (strcmp(name, "no-files") == 0)
		take_descriptors(1);
	else if (strcmp(name, "files") == 0)
		take_descriptors(0);
	else if (strcmp(name, "stats") == 0)
		stats();
	else
		return 0;
	return 1;
}

static int do_with(const char *name, const char *argument)
{
	unsigned long number = strtoul(argument, NULL, 10);

	if (strcmp(name, "record") == 0)
		record(number);
	else if (strcmp(name, "threads") == 0)
		threads(number);
	else if (strcmp(name, "fsize") == 0)
		limit(RLIMIT_FSIZE, number);
	else if (strcmp(name, "as") == 0)
		limit_memory(number);
	else if (strcmp(name, "fill") == 0)
		fill(argument);
	else if (strcmp(name, "signal") == 0)
		for (; number > 0; number--)
			raise(SIGUSR2);
	else
		return 0;
	return 1;
}

int main(int count, char **arguments)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < count; i++) {
		if (do_alone(arguments[i]))
			continue;
		if (i + 1 == count || !do_with(arguments[i], arguments[i + 1]))
			return 2;
		i++;
	}
	return 0;
}
