/*
 * storm.c - snapshots on a signal, in a storm of it, while four threads record and the earlier handler records too.
 *
 *	storm WORK
 *
 * Each signal that was handled has made a snapshot or counted a failure (another was being made), and then run the earlier
 * handler; every snapshot is whole, none is older than the one before, and the last has everything. Exit status: 0, or 1.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "listener.h"
#include "say.h"

#define ROUNDS 60
#define BURST 5

static struct hammer hammer;
static struct listener listener;
static __thread uint32_t self;
static pthread_t threads[HAMMER_THREADS];
static uint64_t earlier_count;
static uint32_t is_over;
static int wrong_count;

static void wrong(const char *what, const char *detail)
{
	printf("signal storm: FAILED %s: %s\n", what, detail);
	wrong_count++;
}

static void earlier(int signo, siginfo_t *info, void *context)
{
	(void)context;
	if (signo != SIGUSR2 || info->si_pid != getpid())
		_exit(4);
	say(&hammer, self, MIX_HANDLER);
	__atomic_fetch_add(&earlier_count, 1, __ATOMIC_RELAXED);
}

static void *run(void *number)
{
	self = (uint32_t)(uintptr_t)number;
	do
		say(&hammer, self, MIX_OWN);
	while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED));
	return NULL;
}

static void storm(void)
{
	const struct timespec moment = { 0, 1000000 };

	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < (round % 4 == 0 ? BURST * HAMMER_THREADS : 1); i++)
			pthread_kill(threads[(round + i) % HAMMER_THREADS], SIGUSR2);
		nanosleep(&moment, NULL);
		say(&hammer, 0, MIX_OWN);
	}
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The snapshots by age, which their names tell. */
static size_t list(const char *directory, char **paths, size_t room)
{
	DIR *entries = opendir(directory);
	struct dirent *entry;
	size_t count = 0;

	while (entries && (entry = readdir(entries)) && count < room) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (!strstr(entry->d_name, ".tts") || entry->d_name[0] == '.')
			wrong("a file of no snapshot", entry->d_name);
		else if (asprintf(&paths[count], "%s/%s", directory, entry->d_name) > 0)
			count++;
	}
	if (entries)
		closedir(entries);
	qsort(paths, count, sizeof(paths[0]), compare_names);
	return count;
}

/* `before` is how far the last snapshot was. */
static void check_one(const char *path, struct hammer *before, int is_last)
{
	int error;

	listener.is_living = !is_last;
	error = listener_hear(&listener, path, 1);
	if (error < 0) {
		wrong(path, strerror(-error));
		return;
	}
	listener_compare(&listener, is_last ? &hammer : before, is_last ? 0 : UINT64_MAX / 2);
	if (listener.wrong > 0)
		wrong(path, listener.first);
	for (int i = 0; i < HAMMER_THREADS; i++) {
		const struct heard_thread *thread = &listener.threads[i];

		before->threads[i].said[MIX_OWN] = thread->own_next;
		before->threads[i].said[MIX_HANDLER] = thread->handled_next;
	}
}

static uint64_t check_all(const char *directory, uint64_t expected)
{
	static char *paths[2 * ROUNDS * BURST * HAMMER_THREADS];
	size_t count = list(directory, paths, sizeof(paths) / sizeof(paths[0]));
	struct hammer before;
	uint64_t events = 0;

	memset(&before, 0, sizeof(before));
	if (count != expected)
		wrong("files", "not as many as snapshots");
	for (size_t i = 0; i < count; i++) {
		check_one(paths[i], &before, i + 1 == count);
		events += listener.events;
		if (wrong_count == 0)
			unlink(paths[i]);
		free(paths[i]);
	}
	return events;
}

static int start(const char *work)
{
	const struct sigaction action = { .sa_sigaction = earlier, .sa_flags = SA_SIGINFO | SA_RESTART };
	const struct tt_options options = { .size = sizeof(options), .dir = work, .ring_bytes = 65536 };

	if ((mkdir(work, 0700) < 0 && errno != EEXIST) || tt_init(&options) < 0 ||
	    sigaction(SIGUSR2, &action, NULL) < 0 || tt_snapshot_on_signal(SIGUSR2) < 0)
		return -1;
	say(&hammer, 0, MIX_OWN);
	threads[0] = pthread_self();
	for (uintptr_t i = 1; i < HAMMER_THREADS; i++)
		if (pthread_create(&threads[i], NULL, run, (void *)i) != 0)
			return -1;
	for (int i = 1; i < HAMMER_THREADS; i++)
		while (__atomic_load_n(&hammer.threads[i].said[MIX_OWN], __ATOMIC_RELAXED) == 0)
			usleep(100);
	return 0;
}

int main(int count, char **arguments)
{
	struct tt_stats stats = { .size = sizeof(stats) };
	uint64_t events;

	if (count != 2 || start(arguments[1]) < 0)
		return 2;
	storm();
	__atomic_store_n(&is_over, 1, __ATOMIC_RELAXED);
	for (int i = 1; i < HAMMER_THREADS; i++)
		pthread_join(threads[i], NULL);
	say(&hammer, 0, MIX_OWN);
	raise(SIGUSR2);
	hammer.threads[0].said[MIX_HANDLER]--; /* said after the last snapshot */
	tt_stats(&stats);
	events = check_all(arguments[1], stats.snapshots);
	if (stats.snapshots + stats.snapshots_failed != earlier_count)
		wrong("the earlier handler", "did not run as often as there were signals");
	if (stats.dropped > 0)
		wrong("events", "were dropped");
	printf("signal storm: %llu signals handled, %llu snapshots, %llu refused, %llu events verified, %d wrong\n",
	       (unsigned long long)earlier_count, (unsigned long long)stats.snapshots,
	       (unsigned long long)stats.snapshots_failed, (unsigned long long)events, wrong_count);
	rmdir(arguments[1]);
	return wrong_count > 0;
}
