/*
 * recording.c - a program that uses all of the recorder, to be run under memcheck.
 *
 *	recording DIRECTORY
 *
 * Threads record every type of argument, handlers record within records, names and filters change, and snapshots are taken of the living and
 * of the quiet recorder, on demand and on a signal; a child forked from it records for itself, and one dies of a fault with a snapshot. What is
 * written stays in DIRECTORY. (It aborts: valgrind takes a fault that the crash handler passes on for one of its own.)
 */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>

#define TT_TARGET "recording"
#include <ttlog.h>

#define THREADS 3
#define ROUNDS 1500

static int failures;

static void expect(const char *what, int found, int expected)
{
	if (found == expected)
		return;
	fprintf(stderr, "recording: %s: %d, not %d\n", what, found, expected);
	failures++;
}

/* Strings end where their memory does, so that a byte read too far is one that memcheck knows is not ours. */
static char *text_of(size_t bytes)
{
	char *text = malloc(bytes + 1);

	if (!text)
		abort();
	memset(text, 'x', bytes);
	text[bytes] = '\0';
	return text;
}

static void say_all(int i)
{
	char *text = text_of((size_t)i % 40), *bare = text_of(7);

	bare[7] = '!'; /* no terminator: only its precision ends it */
	TT_TRACE("nothing at all");
	TT_DEBUG("%d %s", i, text);
	TT_INFO("%hhd %hd %ld %lld %zu %p %c", (signed char)i, (short)i, (long)i, (long long)i, sizeof(i),
		(void *)&i, 'c');
	TT_WARN("%.3f %Lf %.*s %.8s", i / 3.0, (long double)i, 8, bare, bare);
	TT_ERROR("%ls %s %m", L"wide", i % 2 ? text : NULL);
	TT_FATAL("%s %d %s %d", text, i, "", i);
	free(text);
	free(bare);
}

static void handle(int signo)
{
	TT_INFO("within a handler of %d: %s", signo, "a text that is longer than sixteen bytes");
}

static void *work(void *name)
{
	expect("tt_thread_name", tt_thread_name(name), 0);
	for (int i = 0; i < ROUNDS; i++) {
		say_all(i);
		if (i % 100 == 0)
			raise(SIGUSR1);
	}
	return NULL;
}

/* A chunk with so little in it is written as it is, not packed. */
static void *say_little(void *nothing)
{
	TT_INFO("once");
	return nothing;
}

static const char *path_in(const char *directory, const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void work_in_threads(const char *directory)
{
	static char names[THREADS][16];
	pthread_t threads[THREADS], quiet;

	pthread_create(&quiet, NULL, say_little, NULL);
	pthread_join(quiet, NULL);
	for (int i = 0; i < THREADS; i++) {
		snprintf(names[i], sizeof(names[i]), "worker-%d", i);
		pthread_create(&threads[i], NULL, work, names[i]);
	}
	expect("tt_snapshot, living", tt_snapshot(path_in(directory, "living.tts"), "while they work"), 0);
	expect("tt_filter", tt_filter("info,recording=trace"), 0);
	raise(SIGUSR2);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	expect("tt_snapshot, quiet", tt_snapshot(path_in(directory, "quiet.tts"), NULL), 0);
}

/* A child that records for itself and takes a snapshot, or one that dies. */
static void run_child(const char *directory, bool dies)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		say_all(1);
		if (dies)
			abort();
		_exit(tt_snapshot(path_in(directory, "child.tts"), "of a child") == 0 && failures == 0 ? 0
												       : 1);
	}
	waitpid(child, &status, 0);
	if (dies)
		expect("the signal that the child died of", WIFSIGNALED(status) ? WTERMSIG(status) : -1,
		       SIGABRT);
	else
		expect("the child's status", status, 0);
}

int main(int argc, char **argv)
{
	const char *directory = argc > 1 ? argv[1] : ".";
	struct tt_options options = { .size = sizeof(options), .dir = directory, .blackbox_dir = directory };
	struct tt_stats stats = { .size = sizeof(stats) };

	signal(SIGUSR1, handle);
	expect("tt_init", tt_init(&options), 0);
	expect("tt_snapshot_on_signal", tt_snapshot_on_signal(SIGUSR2), 0);
	expect("tt_snapshot_on_crash", tt_snapshot_on_crash(), 0);
	work_in_threads(directory);
	run_child(directory, false);
	run_child(directory, true);
	expect("tt_stats", tt_stats(&stats), 0);
	printf("%llu events recorded, %llu dropped\n", (unsigned long long)stats.recorded,
	       (unsigned long long)stats.dropped);
	tt_shutdown();
	return failures > 0;
}
