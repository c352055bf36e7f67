/*
 * main.c - ttlog-demo: a small but real multi-threaded program that records itself with ttlog.
 *
 *   walker --(files queue)--> worker-0 .. worker-N --(results queue)--> indexer
 *
 * Each stage ends when its queue is closed and empty: the walker closes the first one, main the second one after it
 * has joined the workers.
 */
#define TT_TARGET "demo.main"
#include <ttlog.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "indexer.h"
#include "monotonic.h"
#include "options.h"
#include "queue.h"
#include "walk.h"
#include "worker.h"

#define QUEUE_FILES 64u

enum { EXIT_DONE = 0, EXIT_PARTIAL = 1, EXIT_USAGE = 2, EXIT_IO = 3 };

struct demo {
	struct options options;
	struct queue files;
	struct queue results;
	struct walk walk;
	struct indexer indexer;
	struct worker_crash crash;
	struct worker workers[OPTIONS_THREADS_MAX];

	pthread_t walker_thread;
	pthread_t indexer_thread;
	pthread_t worker_threads[OPTIONS_THREADS_MAX];
	bool has_walker;
	bool has_indexer;
	unsigned worker_count; /* workers made and started */
};

static int complain(const char *what, const char *about, int error)
{
	errno = -error;
	TT_ERROR("%s %s: %m", what, about);
	fprintf(stderr, "ttlog-demo: %s %s: %s\n", what, about, strerror(-error));
	return EXIT_IO;
}

static int demo_init(struct demo *demo)
{
	const struct options *options = &demo->options;
	int result = queue_init(&demo->files, "files", QUEUE_FILES);

	if (result < 0)
		return result;
	result = queue_init(&demo->results, "results", QUEUE_FILES);
	if (result < 0) {
		queue_destroy(&demo->files);
		return result;
	}
	demo->walk = (struct walk){ .root = options->directory,
				    .files = &demo->files,
				    .is_repeated = options->is_repeated };
	demo->indexer = (struct indexer){ .results = &demo->results,
					  .shows_progress = !options->is_quiet && isatty(STDERR_FILENO) };
	demo->crash.is_wanted = options->has_crash_after;
	demo->crash.after_count = options->crash_after_count;
	return 0;
}

static void demo_destroy(struct demo *demo)
{
	for (unsigned i = 0; i < demo->worker_count; i++)
		worker_destroy(&demo->workers[i]);
	index_destroy(&demo->indexer.index);
	queue_destroy(&demo->results);
	queue_destroy(&demo->files);
}

static int start_worker(struct demo *demo)
{
	unsigned number = demo->worker_count;
	struct worker *worker = &demo->workers[number];
	int result = worker_init(worker, number, &demo->files, &demo->results, &demo->crash);

	if (result < 0)
		return result;
	result = -pthread_create(&demo->worker_threads[number], NULL, worker_main, worker);
	if (result < 0)
		worker_destroy(worker);
	else
		demo->worker_count++;
	return result;
}

/* From the end of the pipeline to its beginning. 0 or -errno: then some threads may run, and demo_join() ends them. */
static int demo_start(struct demo *demo)
{
	int result = -pthread_create(&demo->indexer_thread, NULL, indexer_main, &demo->indexer);

	demo->has_indexer = result == 0;
	while (result == 0 && demo->worker_count < demo->options.thread_count)
		result = start_worker(demo);
	if (result < 0)
		return result;
	result = -pthread_create(&demo->walker_thread, NULL, walk_main, &demo->walk);
	demo->has_walker = result == 0;
	return result;
}

static void demo_join(struct demo *demo)
{
	if (demo->has_walker)
		pthread_join(demo->walker_thread, NULL);
	else
		queue_close(&demo->files);
	TT_DEBUG("no more files to come, waiting for %u workers", demo->worker_count);
	for (unsigned i = 0; i < demo->worker_count; i++) {
		pthread_join(demo->worker_threads[i], NULL);
		TT_DEBUG("joined worker-%u", i);
	}
	queue_close(&demo->results);
	if (demo->has_indexer)
		pthread_join(demo->indexer_thread, NULL);
	TT_DEBUG("all threads joined");
}

/* What became of it, on stdout. */
static int report(const struct demo *demo, double ms)
{
	const struct indexer *indexer = &demo->indexer;
	const struct index *index = &indexer->index;
	unsigned long long failed = indexer->failed_count + indexer->left_out_count;

	TT_INFO("indexed %zu files, %llu -> %llu bytes, %llu failed, %llu unreadable, in %.0f ms",
		index->file_count, (unsigned long long)index->in_bytes, (unsigned long long)index->out_bytes,
		failed, (unsigned long long)demo->walk.unreadable_count, ms);
	if (!demo->options.is_quiet)
		printf("%zu files indexed, %.1f MB -> %.1f MB (%.1f %%), %llu failed, %llu unreadable, %.0f ms\n",
		       index->file_count, (double)index->in_bytes / 1e6, (double)index->out_bytes / 1e6,
		       file_percent(index->in_bytes, index->out_bytes), failed,
		       (unsigned long long)demo->walk.unreadable_count, ms);
	return failed || demo->walk.unreadable_count ? EXIT_PARTIAL : EXIT_DONE;
}

/* What the user wants to have at the end. */
static int write_results(const struct demo *demo)
{
	const struct options *options = &demo->options;
	int result;

	if (options->index_path) {
		result = index_write(&demo->indexer.index, options->index_path);
		if (result < 0)
			return complain("cannot write", options->index_path, result);
	}
	if (options->snapshot_path) {
		result = tt_snapshot(options->snapshot_path, "demo: the index is complete");
		if (result < 0)
			return complain("cannot take a snapshot in", options->snapshot_path, result);
	}
	return EXIT_DONE;
}

static int demo_run(struct demo *demo)
{
	int64_t start_ns = monotonic_ns();
	int result = demo_start(demo);
	int status;

	if (result < 0)
		complain("cannot start", "all threads", result);
	else
		TT_INFO("%u workers started, waiting for the walker", demo->worker_count);
	demo_join(demo);
	if (result < 0)
		return EXIT_IO;
	if (demo->walk.error < 0)
		return complain("cannot walk", demo->options.directory, demo->walk.error);
	status = report(demo, monotonic_ms_since(start_ns));
	result = write_results(demo);
	return result == EXIT_DONE ? status : result;
}

/* A recorder that cannot record a crash is no reason not to work. */
static void arm_recorder(void)
{
	int result = tt_snapshot_on_crash();

	tt_thread_name("main");
	if (result < 0) {
		errno = -result;
		TT_WARN("there will be no snapshot on a crash: %m");
		fprintf(stderr, "ttlog-demo: there will be no snapshot on a crash: %s\n", strerror(-result));
	}
}

int main(int argc, char **argv)
{
	static struct demo demo;
	int result;

	switch (options_parse(&demo.options, argc, argv)) {
	case OPTIONS_HELP:
		return fflush(stdout) == 0 ? EXIT_DONE : EXIT_IO;
	case OPTIONS_WRONG:
		return EXIT_USAGE;
	case OPTIONS_RUN:
		break;
	}
	arm_recorder();
	TT_INFO("start: %u workers on %s", demo.options.thread_count, demo.options.directory);
	result = demo_init(&demo);
	if (result < 0)
		return complain("cannot make", "the queues", result);
	result = demo_run(&demo);
	demo_destroy(&demo);
	return result;
}
