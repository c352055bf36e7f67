/*
 * rare.c - what happens rarely: a thread's first event, a chunk switch, a snapshot; and how much room events take.
 *
 *	rare VARIANT DIRECTORY	(a name for the results; for the snapshots, which are removed)
 *
 * Of a variant that is not "static" only calls are measured. Default options. Every figure is of one process on one CPU; threads run one after another.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TT_TARGET "bench"
#include <ttlog.h>

#include "../lib/config.h"
#include "sample.h"
#include "sites.h"

#define CALLS 400000
#define RING_EVENTS 40000 /* more than a ring holds of any workload */
#define FIRSTS 100	  /* rings of full size: fewer than half a region has */
#define FILLERS_MAX 4000
#define SNAPSHOTS 9
#define TEXTS 3
#define SYNC_CALLS 10000
#define COLD_CALLS 300
#define COLD_BYTES (128u << 20) /* more than any cache has */

static double values[CALLS];
static const char *variant;

static void fail(const char *what, int error)
{
	fprintf(stderr, "rare: %s: %s\n", what, strerror(error));
	exit(1);
}

static struct tt_stats stats_now(void)
{
	struct tt_stats stats = { .size = sizeof(stats) };

	tt_stats(&stats);
	return stats;
}

static void in_thread(void *(*run)(void *), void *argument)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, run, argument);

	if (error == 0)
		error = pthread_join(thread, NULL);
	if (error != 0)
		fail("a thread", error);
}

/*
 * Ticks of one read to the next: what each figure of a single call includes of the clock itself. Where the counter goes
 * in steps of many ticks it is one step, and no figure of a single call is finer.
 */
static double pair_ticks(void)
{

	for (int i = 0; i < CALLS; i++) {
		uint64_t begin = tt_impl_ticks();

		values[i] = (double)(tt_impl_ticks() - begin);
	}
	return sample_quantile(values, CALLS, 0.5);
}

static double ns_per_tick(void)
{
	uint64_t begin_ns = sample_now_ns(), begin = tt_impl_ticks();

	while (sample_now_ns() - begin_ns < 50000000)
		;
	return (double)(sample_now_ns() - begin_ns) / (double)(tt_impl_ticks() - begin);
}

static bool is_chunk_new(int64_t *chunk)
{
	int64_t before = *chunk;

	*chunk = tt_impl_writer->chunk;
	return *chunk != before;
}

/* Single calls, each timed: the spread a caller sees, and those that had to switch chunks. */
static void measure_single(double tick_ns)
{
	static double switches[CALLS];
	const double clock = pair_ticks();
	size_t switch_count = 0;
	int64_t chunk = 0;

	sample_number("counter", variant, "two reads apart", "ns", clock * tick_ns);
	sites_w4(RING_EVENTS);
	is_chunk_new(&chunk);
	for (unsigned i = 0; i < CALLS; i++) {
		uint64_t begin = tt_impl_ticks();

		TT_INFO("req %u took %f us from %d flags 0x%llx", i, 12.5, 7, 0x1003ULL);
		values[i] = ((double)(tt_impl_ticks() - begin) - clock) * tick_ns;
		if (is_chunk_new(&chunk))
			switches[switch_count++] = values[i];
	}
	sample_begin("single", variant, "W4, one call", "ns", values, CALLS);
	printf(",\"p90\":%.4f,\"p999\":%.4f,\"p9999\":%.4f", sample_quantile(values, CALLS, 0.9),
	       sample_quantile(values, CALLS, 0.999), sample_quantile(values, CALLS, 0.9999));
	sample_end();
	sample_begin("single", variant, "W4 with a chunk switch", "ns", switches, switch_count);
	sample_end();
}

/* Calls that find the counter's upper half changed, as after a pause of seconds, and write it first. */
static void measure_sync(double tick_ns)
{
	const double clock = pair_ticks();

	for (unsigned i = 0; i < SYNC_CALLS; i++) {
		uint64_t begin;

		tt_impl_writer->epoch--;
		begin = tt_impl_ticks();
		TT_INFO("req %u took %f us from %d flags 0x%llx", i, 12.5, 7, 0x1003ULL);
		values[i] = ((double)(tt_impl_ticks() - begin) - clock) * tick_ns;
	}
	sample_begin("single", variant, "W4 with a sync record", "ns", values, SYNC_CALLS);
	sample_end();
}

/* A call whose code, ring and writer are in no cache any more: a program that records seldom. */
static void measure_cold(double tick_ns)
{
	const double clock = pair_ticks();
	char *bytes = malloc(COLD_BYTES);

	if (bytes == NULL)
		fail("memory", ENOMEM);
	for (unsigned i = 0; i < COLD_CALLS; i++) {
		uint64_t begin;

		memset(bytes, (int)i, COLD_BYTES);
		begin = tt_impl_ticks();
		TT_INFO("req %u took %f us from %d flags 0x%llx", i, 12.5, 7, 0x1003ULL);
		values[i] = ((double)(tt_impl_ticks() - begin) - clock) * tick_ns;
	}
	free(bytes);
	sample_begin("single", variant, "W4, caches cold", "ns", values, COLD_CALLS);
	sample_end();
}

static const struct workload {
	const char *name;
	void (*run)(uint32_t calls);
} workloads[] = {
	{ "W0", sites_w0 },
	{ "W2", sites_w2 },
	{ "W4", sites_w4 },
	{ "WS", sites_ws },
};

#define CHUNK_WORDS ((CONFIG_CHUNK_BYTES - TT_IMPL_CHUNK_RECORDS) / 8)

static uint64_t committed_words(void)
{
	struct tt_impl_place place = { .writer = tt_impl_writer };

	tt_impl_find(&place);
	return place.state & 0xffff;
}

/* Fills the thread's ring, up to the last record that fits in a chunk; counts what it holds then. */
static void *measure_room(void *argument)
{
	const struct workload *workload = argument;
	struct tt_stats before = stats_now(), after;
	uint64_t words;
	int64_t chunk = tt_impl_writer->chunk;

	workload->run(RING_EVENTS);
	is_chunk_new(&chunk);
	while (!is_chunk_new(&chunk))
		workload->run(1);
	words = committed_words();
	workload->run(1);
	words = committed_words() - words;
	while (CHUNK_WORDS - committed_words() >= words)
		workload->run(1);
	after = stats_now();
	sample_number("room", "record", workload->name, "bytes/event", (double)(words * 8));
	sample_number(
		"room", "ring", workload->name, "bytes/event",
		256 * 1024 /
			(double)(after.recorded - after.overwritten - before.recorded + before.overwritten));
	return NULL;
}

static void *time_first(void *argument)
{
	uint64_t begin = tt_impl_ticks();

	TT_INFO("first");
	*(double *)argument = (double)(tt_impl_ticks() - begin);
	return NULL;
}

static void measure_first(const char *name, double tick_ns)
{
	for (int i = 0; i < FIRSTS; i++) {
		in_thread(time_first, &values[i]);
		values[i] *= tick_ns;
	}
	sample_begin("single", variant, name, "ns", values, FIRSTS);
	sample_end();
}

static void *fill_ring(void *argument)
{
	(void)argument;
	sites_w4(RING_EVENTS / 2);
	return NULL;
}

/* Threads one after another, until the region has no room for another ring; then each takes one over. Returns how many there are. */
static uint64_t fill_region(void)
{
	for (int i = 0; i < FILLERS_MAX; i++) {
		uint64_t rings = stats_now().rings;

		in_thread(fill_ring, NULL);
		if (stats_now().rings == rings)
			return rings;
	}
	fail("the region does not get full", ENOSPC);
	return 0;
}

/* And every ring is full of W4. */
static void fill_rings(void)
{
	for (uint64_t rings = fill_region(); rings > 0; rings--)
		in_thread(fill_ring, NULL);
}

/* So many events of W4 as lines of text, as a program without a recorder would write them. */
static void measure_fprintf(const char *directory, uint64_t events)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/full.txt", directory);
	for (int i = 0; i < TEXTS; i++) {
		uint64_t begin = sample_now_ns();
		FILE *file = fopen(path, "w");

		if (file == NULL)
			fail(path, errno);
		for (uint64_t event = 0; event < events; event++)
			fprintf(file, "%llu.%09llu INFO req %u took %f us from %d flags 0x%llx\n",
				(unsigned long long)(event / 1000), (unsigned long long)(event % 1000),
				(unsigned)event, 12.5 + (double)event, 7, 0x1003ULL);
		if (fclose(file) != 0)
			fail(path, errno);
		values[i] = (double)(sample_now_ns() - begin) / 1e6;
	}
	sample_begin("snapshot", "static", "the same as text with fprintf", "ms", values, TEXTS);
	sample_end();
	unlink(path);
}

static void measure_snapshots(const char *directory)
{
	struct tt_stats stats = stats_now();
	char path[4096];
	struct stat info;

	snprintf(path, sizeof(path), "%s/full.tts", directory);
	for (int i = 0; i < SNAPSHOTS; i++) {
		uint64_t begin = sample_now_ns();
		int error = tt_snapshot(path, "bench");

		if (error < 0)
			fail("the snapshot", -error);
		values[i] = (double)(sample_now_ns() - begin) / 1e6;
	}
	sample_begin("snapshot", "static", "of a full region", "ms", values, SNAPSHOTS);
	printf(",\"region_bytes\":%llu,\"rings\":%llu,\"events\":%llu",
	       (unsigned long long)stats.region_bytes, (unsigned long long)stats.rings,
	       (unsigned long long)(stats.recorded - stats.overwritten));
	if (stat(path, &info) == 0)
		printf(",\"file_bytes\":%lld", (long long)info.st_size);
	sample_end();
	unlink(path);
	measure_fprintf(directory, stats.recorded - stats.overwritten);
}

static bool is_default(void)
{
	return strcmp(variant, "static") == 0;
}

int main(int argc, char **argv)
{
	double tick_ns;

	if (argc != 3) {
		fprintf(stderr, "usage: rare VARIANT DIRECTORY\n");
		return 2;
	}
	variant = argv[1];
	sample_pin();
	TT_INFO("start");
	tick_ns = ns_per_tick();
	for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]) && is_default(); i++)
		in_thread(measure_room, (void *)(uintptr_t)&workloads[i]);
	measure_single(tick_ns);
	measure_sync(tick_ns);
	measure_cold(tick_ns);
	measure_first("first event of a thread", tick_ns);
	if (!is_default())
		return 0;
	fill_region();
	measure_first("first event, ring taken over", tick_ns);
	fill_rings();
	measure_snapshots(argv[2]);
	return 0;
}
