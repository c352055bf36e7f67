/*
 * snapshots.c - snapshots back to back of rings so small that their eight writers lap every reader.
 *
 *	snapshots SECONDS [inside]
 *	snapshots BOX PUBLISHED	  the reader: another process that reads the black box meanwhile, with what was published
 *
 * "inside" leaves out that process: in an emulator the time at which a process began is another one from outside, and so a black box
 * is taken for a dead one's, which nobody changes while it is read.
 *
 * In turn tt_snapshot writes a file, the recorder's way of the last resort writes one without room for copying beforehand, and the black
 * box is read while it lives. Each is read back whole: every event is what its thread said, to the bit, so a torn record that was
 * accepted would show; within a chunk, and between chunks of successive numbers, seq has no gap; where chunks are missing the trace
 * says that they are torn, and where it says so chunks are missing; accepted, torn and overwritten events are all that were recorded
 * until then. Each thread's events reach as far as what it had published when the snapshot began, or further.
 *
 * Of two processors one is the readers' if the writers are nicer: more snapshots, and each while a writer runs. And whoever copies is
 * held up until the writers have gone around (hold.h), so that chunks are torn in the middle of a copy, on whatever machine.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../../lib/config.h"
#include "../crash/stage.h"
#include "account.h"
#include "hold.h"
#include "last_resort.h"

#define THREADS 8u
#define WRITERS_NICE 10
#define OUTSIDE_EVERY 2000u /* rounds to one reader that is another process */
/* What the threads publish, in a file that the reader maps too. */
struct published {
	struct {
		_Alignas(64) uint64_t said;
	} threads[THREADS];
};

static struct published *published;
static bool is_stopping;

/* The ways to a trace. */
enum way { WAY_DEMAND, WAY_LAST_RESORT, WAY_BOX, WAY_OUTSIDE, WAYS };

_Static_assert((unsigned)WAYS <= HOLD_WAYS, "each way is held up by itself");

static const char *const way_names[WAYS] = { "on demand", "as the last resort", "the living black box",
					     "the black box from outside" };

static struct figures {
	uint64_t traces;
	uint64_t events; /* verified */
	uint64_t torn;	 /* chunks */
	uint64_t empty;	 /* rings of which nothing could be had */
} figures[WAYS];

/* Of one trace. */
struct reading {
	enum way way;
	uint64_t before[THREADS]; /* what was published when it began */
	struct account_trace trace;
	bool has_hole;
};

static void *run(void *argument)
{
	uint32_t thread = (uint32_t)(uintptr_t)argument;

	setpriority(PRIO_PROCESS, (id_t)gettid(), getpriority(PRIO_PROCESS, 0) + WRITERS_NICE);
	for (uint64_t n = 0; !__atomic_load_n(&is_stopping, __ATOMIC_RELAXED); n++) {
		account_say(thread, n);
		__atomic_store_n(&published->threads[thread].said, n + 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static uint64_t said(uint32_t thread)
{
	return __atomic_load_n(&published->threads[thread].said, __ATOMIC_ACQUIRE);
}

static void hear(void *user, const struct event *event, uint32_t sequence, uint64_t n)
{
	const struct reading *reading = user;

	if (sequence >= THREADS || n != event->seq || event->ring->is_nested ||
	    sequence != reading->trace.rings[event->ring->index].first_sequence)
		account_wrong("event %llu of thread %u as seq %llu", (unsigned long long)n, sequence,
			      (unsigned long long)event->seq);
}

static void note_published(struct reading *reading)
{
	for (uint32_t thread = 0; thread < THREADS; thread++)
		reading->before[thread] = said(thread);
}

/* One ring's chunks follow each other: seq goes on where the numbers do, and nowhere else. */
static void check_chunks(struct reading *reading, const struct trace_ring *ring)
{
	const struct chunk *chunk = &reading->trace.file.trace.chunks[ring->first_chunk];

	for (uint32_t i = 1; i < ring->chunk_count; i++) {
		uint64_t end = chunk[i - 1].first_seq + chunk[i - 1].events;
		bool is_next = chunk[i].number == chunk[i - 1].number + 1;

		if (is_next ? chunk[i].first_seq != end : chunk[i].first_seq <= end)
			account_wrong("ring %u: chunk %llu begins with seq %llu, chunk %llu ended with %llu",
				      ring->ring.index, (unsigned long long)chunk[i].number,
				      (unsigned long long)chunk[i].first_seq,
				      (unsigned long long)chunk[i - 1].number, (unsigned long long)end - 1);
		reading->has_hole |= !is_next;
	}
}

/*
 * What a ring holds is as new as what was published before, and no newer than what is said now; what of the recorded is neither
 * there nor overwritten is in torn chunks.
 */
static void check_ring(struct reading *reading, const struct trace_ring *ring)
{
	const struct account_ring *heard = &reading->trace.rings[ring->ring.index];
	uint32_t thread = heard->first_sequence;

	if (heard->count == 0) {
		figures[reading->way].empty++;
		reading->has_hole = true;
		return;
	}
	if (heard->next_seq < reading->before[thread] || heard->next_seq > said(thread) + 1)
		account_wrong("thread %u had published %llu events, then %llu; the trace ends at %llu",
			      thread, (unsigned long long)reading->before[thread],
			      (unsigned long long)said(thread), (unsigned long long)heard->next_seq);
	if (ring->overwritten > heard->first_seq || ring->recorded > heard->next_seq ||
	    ring->retained != heard->count)
		account_wrong("thread %u: seq %llu to %llu, %llu events; by the counters %llu to %llu, %llu",
			      thread, (unsigned long long)heard->first_seq,
			      (unsigned long long)heard->next_seq, (unsigned long long)heard->count,
			      (unsigned long long)ring->overwritten, (unsigned long long)ring->recorded,
			      (unsigned long long)ring->retained);
	reading->has_hole |= ring->overwritten < heard->first_seq;
	check_chunks(reading, ring);
}

static void check_trace(struct reading *reading)
{
	const struct trace *trace = &reading->trace.file.trace;
	struct figures *sum = &figures[reading->way];

	reading->has_hole = false;
	account_expect("rings", trace->ring_count, THREADS);
	account_expect("alive", trace->info.is_alive, reading->way >= WAY_BOX);
	for (uint32_t i = 0; i < trace->ring_count; i++)
		check_ring(reading, trace->rings[i]);
	/* The reader of a region also counts chunks that were torn when it looked for the newest, and whole when it came to them. */
	if (!reading->has_hole && trace->torn > 0 && reading->way < WAY_BOX)
		account_wrong("%s: %llu chunks are said to be torn, and none is missing",
			      way_names[reading->way], (unsigned long long)trace->torn);
	if (reading->has_hole && trace->torn == 0)
		account_wrong("%s: chunks are missing, and none is said to be torn", way_names[reading->way]);
	sum->traces++;
	sum->events += reading->trace.count;
	sum->torn += trace->torn;
}

static void read_trace(struct reading *reading, const char *path)
{
	if (!account_read(&reading->trace, path, hear, reading))
		return;
	check_trace(reading);
	account_close(&reading->trace);
}

static void take_on_demand(void)
{
	struct reading reading = { .way = WAY_DEMAND };
	char path[ACCOUNT_PATH_BYTES];

	note_published(&reading);
	hold_arm(WAY_DEMAND);
	account_expect("tt_snapshot", (uint64_t)-tt_snapshot(account_path("live.tts", path), "live"), 0);
	hold_disarm();
	read_trace(&reading, path);
}

static void take_as_last_resort(void)
{
	struct reading reading = { .way = WAY_LAST_RESORT };
	int fd = memfd_create("snapshot", MFD_CLOEXEC);
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	note_published(&reading);
	hold_arm(WAY_LAST_RESORT);
	account_expect("last_resort", (uint64_t)-last_resort(fd), 0);
	hold_disarm();
	read_trace(&reading, path);
	close(fd);
}

static void read_box(const char *box, enum way way)
{
	struct reading reading = { .way = way };

	note_published(&reading);
	hold_arm(way);
	read_trace(&reading, box);
	hold_disarm();
}

/* The reader. Its figures go to whoever started it. */
static int be_reader(const char *box, const char *stage)
{
	const struct figures *sum = &figures[WAY_OUTSIDE];

	published = stage_map(stage, sizeof(*published), 0);
	if (!published)
		return 2;
	read_box(box, WAY_OUTSIDE);
	printf("%llu %llu %llu\n", (unsigned long long)sum->events, (unsigned long long)sum->torn,
	       (unsigned long long)sum->empty);
	return account_is_wrong();
}

/* Starts this program as the reader of its own black box. */
static void read_from_outside(const char *program, const char *box, const char *stage)
{
	char command[4 * ACCOUNT_PATH_BYTES], line[4096];
	unsigned long long events = 0, torn = 0, empty = 0;
	struct figures *sum = &figures[WAY_OUTSIDE];
	bool is_told = false;
	FILE *reader;

	snprintf(command, sizeof(command), "%s %s %s", program, box, stage);
	reader = popen(command, "re");
	while (reader && fgets(line, sizeof(line), reader)) {
		if (sscanf(line, "%llu %llu %llu", &events, &torn, &empty) == 3)
			is_told = true;
		else
			account_wrong("the reader says: %s", line);
	}
	if (!reader || pclose(reader) != 0 || !is_told)
		account_wrong("%s", command);
	sum->traces++;
	sum->events += events;
	sum->torn += torn;
	sum->empty += empty;
}

static void check_stopped(void)
{
	struct tt_stats stats = account_stats();
	struct account_trace trace;
	char path[ACCOUNT_PATH_BYTES];
	uint64_t sum = 0;

	for (uint32_t thread = 0; thread < THREADS; thread++)
		sum += said(thread);
	account_expect("recorded", stats.recorded, sum);
	account_expect("dropped", stats.dropped, 0);
	account_expect("failed snapshots", stats.snapshots_failed, 0);
	account_expect("tt_snapshot", (uint64_t)-tt_snapshot(account_path("last.tts", path), "last"), 0);
	if (!account_read(&trace, path, NULL, NULL))
		return;
	account_expect("recorded, by the trace's counters", account_sum(&trace), sum);
	account_close(&trace);
}

static void start_writers(pthread_t threads[THREADS])
{
	for (uint32_t thread = 0; thread < THREADS; thread++)
		account_start(&threads[thread], run, thread);
	for (uint32_t thread = 0; thread < THREADS; thread++)
		while (said(thread) == 0)
			sched_yield();
}

static void stop_writers(const pthread_t threads[THREADS])
{
	__atomic_store_n(&is_stopping, true, __ATOMIC_RELAXED);
	for (uint32_t thread = 0; thread < THREADS; thread++)
		pthread_join(threads[thread], NULL);
}

/* On each way a chunk was torn. The reader from outside comes too seldom for that. */
static bool is_all_torn(void)
{
	return figures[WAY_DEMAND].torn > 0 && figures[WAY_LAST_RESORT].torn > 0 && figures[WAY_BOX].torn > 0;
}

/* For so long, or on a busy machine up to three times as long, until there is something to be seen. Without program not from outside. */
static void take_for(uint64_t run_ns, const char *program, const char *stage)
{
	char box[ACCOUNT_PATH_BYTES];
	uint64_t begin_ns = account_now_ns(), gone_ns = 0;

	account_expect("black boxes", account_box(box), 1);
	hold_begin(THREADS, said);
	for (uint64_t round = 0;
	     (gone_ns < run_ns || (gone_ns < 3 * run_ns && !is_all_torn())) && !account_is_wrong(); round++) {
		take_on_demand();
		take_as_last_resort();
		read_box(box, WAY_BOX);
		if (program && round % OUTSIDE_EVERY == 0)
			read_from_outside(program, box, stage);
		gone_ns = account_now_ns() - begin_ns;
	}
	hold_end();
	if (!account_is_wrong() && !is_all_torn())
		account_wrong("on some way no chunk was ever torn");
}

/* The figures of all ways, in words. */
static void put_ways(char *to, size_t room)
{
	for (enum way way = WAY_DEMAND; way < WAYS; way++) {
		const struct figures *sum = &figures[way];
		int bytes = snprintf(to, room, ", %s %llu (%llu events, %llu chunks torn, %llu rings empty)",
				     way_names[way], (unsigned long long)sum->traces,
				     (unsigned long long)sum->events, (unsigned long long)sum->torn,
				     (unsigned long long)sum->empty);

		to += bytes;
		room -= (size_t)bytes;
	}
}

int main(int count, char **arguments)
{
	const struct tt_options options = { .ring_bytes = CONFIG_SMALL_RING_BYTES };
	char stage[ACCOUNT_PATH_BYTES], ways[1024];
	pthread_t threads[THREADS];
	uint64_t sum = 0, by_timer, in_copies;
	bool is_inside = count == 3 && strcmp(arguments[2], "inside") == 0;

	if (count == 3 && !is_inside)
		return be_reader(arguments[1], arguments[2]);
	account_begin("snapshots", &options);
	published = stage_map(account_path("published", stage), sizeof(*published), 1);
	if (!published || count < 2)
		return 2;
	start_writers(threads);
	take_for(strtoull(arguments[1], NULL, 10) * 1000000000u, is_inside ? NULL : arguments[0], stage);
	stop_writers(threads);
	check_stopped();
	stage_unmap(published, sizeof(*published));
	for (enum way way = WAY_DEMAND; way < WAYS; way++)
		sum += figures[way].traces;
	hold_count(&by_timer, &in_copies);
	put_ways(ways, sizeof(ways));
	return account_end(
		"%llu snapshots of %u threads at rings of %u bytes, %llu events recorded%s, held up %llu times, %llu of them in a copy",
		(unsigned long long)sum, THREADS, CONFIG_SMALL_RING_BYTES,
		(unsigned long long)account_stats().recorded, ways,
		(unsigned long long)(by_timer + in_copies), (unsigned long long)in_copies);
}
