#define TT_TARGET "stress"
#include "stress.h"

#include <time.h>
#include <unistd.h>

static char directory[64], path[96];

const char *stress_begin(void)
{
	strcpy(directory, "/tmp/ttlog-stress-XXXXXX");
	MUST(mkdtemp(directory) != NULL);
	snprintf(path, sizeof(path), "%s/snapshot.tts", directory);
	return directory;
}

void stress_end(void)
{
	trace_file_clear(directory);
}

void stress_say(uint32_t thread, enum mix_stream stream, uint64_t n)
{
	uint64_t bits = mix_bits(thread, stream, n);
	char text[MIX_STRING_MAX];

	mix_string(bits, text);
	TT_INFO("%u %d %llu %llx %s", thread, (int)stream, (unsigned long long)n, (unsigned long long)bits,
		text);
}

/* Is it an event of stress_say, whole? */
static bool is_whole(const struct event *event)
{
	const struct argument *arguments = event->arguments;
	char text[MIX_STRING_MAX];
	uint64_t bits;
	size_t bytes;

	if (event->count != 5 || arguments[1].bits >= MIX_STREAMS || event->is_truncated)
		return false;
	bits = mix_bits((uint32_t)arguments[0].bits, (enum mix_stream)arguments[1].bits, arguments[2].bits);
	bytes = mix_string(bits, text);
	return arguments[3].bits == bits && arguments[4].bytes.bytes == bytes &&
	       memcmp(arguments[4].bytes.at, text, bytes) == 0;
}

/* A thread's own events are in order and without gap. Its handlers interrupt each other after they took their numbers. */
static bool is_next(const struct stress_ring *ring, const struct event *event)
{
	bool is_own = event->arguments[1].bits == MIX_OWN;

	if (!ring->is_seen)
		return true;
	return event->arguments[0].bits == ring->thread && event->seq == ring->next_seq &&
	       (!is_own || ring->next_n == 0 || event->arguments[2].bits == ring->next_n);
}

static void judge_event(void *user, const struct event *event)
{
	struct stress_verdict *verdict = user;
	struct stress_ring *ring = &verdict->ring[event->ring->index % STRESS_RINGS_MAX];

	verdict->events++;
	if (!is_whole(event) || !is_next(ring, event)) {
		if (verdict->wrong++ == 0)
			fprintf(stderr,
				"ring %u: seq %llu, number %llu of %llu; expected seq %llu, number %llu of %u\n",
				event->ring->index, (unsigned long long)event->seq,
				(unsigned long long)event->arguments[2].bits,
				(unsigned long long)event->arguments[0].bits,
				(unsigned long long)ring->next_seq, (unsigned long long)ring->next_n,
				ring->thread);
		return;
	}
	ring->is_seen = true;
	ring->thread = (uint32_t)event->arguments[0].bits;
	ring->next_seq = event->seq + 1;
	if (event->arguments[1].bits == MIX_OWN)
		ring->next_n = event->arguments[2].bits + 1;
	ring->events++;
}

static void add_ring(struct stress_verdict *verdict, const struct trace_ring *ring)
{
	verdict->rings++;
	verdict->recorded += ring->recorded;
	verdict->overwritten += ring->overwritten;
	for (int cause = 0; cause < TT_DROP_CAUSES; cause++)
		verdict->dropped[cause] += ring->dropped[cause];
}

void stress_judge(struct stress_verdict *verdict)
{
	struct trace_file file;

	memset(verdict, 0, sizeof(*verdict));
	MUST(tt_snapshot(path, "stress") == 0);
	MUST(trace_file_read(&file, path, judge_event, verdict) == 0);
	MUST(file.trace.ring_count <= STRESS_RINGS_MAX);
	if (file.damage.count > 0) {
		fprintf(stderr, "%s\n", file.first_damage);
		verdict->wrong += file.damage.count;
	}
	for (uint32_t i = 0; i < file.trace.ring_count; i++)
		if (file.trace.rings[i])
			add_ring(verdict, file.trace.rings[i]);
	for (int cause = 0; cause < TT_DROP_CAUSES; cause++)
		verdict->dropped[cause] +=
			file.trace.info.dropped[cause] + file.trace.info.retired_dropped[cause];
	verdict->retired = file.trace.info.retired_recorded;
	verdict->torn = file.trace.torn;
	trace_file_close(&file);
}

struct tt_stats stress_stats(void)
{
	struct tt_stats stats = { .size = sizeof(stats) };

	MUST(tt_stats(&stats) == 0);
	return stats;
}

pthread_t stress_thread(void *(*run)(void *), void *argument)
{
	pthread_attr_t attributes;
	pthread_t thread;

	MUST(pthread_attr_init(&attributes) == 0);
	MUST(pthread_attr_setstacksize(&attributes, STRESS_IS_SANITIZED ? 1 << 20 : 1 << 17) == 0);
	MUST(pthread_create(&thread, &attributes, run, argument) == 0);
	pthread_attr_destroy(&attributes);
	return thread;
}

void stress_join(pthread_t thread)
{
	MUST(pthread_join(thread, NULL) == 0);
}

double stress_seconds(void)
{
	struct timespec now;

	MUST(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
