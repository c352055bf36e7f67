/*
 * generate.c - records one workload into one big ring and writes a snapshot of it: what the decoder is timed on.
 *
 *	generate W0|W2|W4|WS EVENTS FILE
 *
 * The arguments look like a program's: a request counter, times that spread over decades, few connections and
 * states, sparse flags, names that come back. The same in every run. The ring must hold all events: the caller sets
 * TTLOG_RING_BYTES and TTLOG_MAX_BYTES.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TT_TARGET "bench"
#include <ttlog.h>

#include "arguments.h"
#include "sample.h"

static void record_w0(uint32_t i, uint64_t random)
{
	(void)i;
	(void)random;
	TT_INFO("heartbeat");
}

static void record_w2(uint32_t i, uint64_t random)
{
	(void)i;
	TT_INFO("conn %d state %d", arguments_connection(random), arguments_state(random));
}

static void record_w4(uint32_t i, uint64_t random)
{
	TT_INFO("req %u took %f us from %d flags 0x%llx", i, arguments_us(random), arguments_from(random),
		arguments_flags(random));
}

static void record_ws(uint32_t i, uint64_t random)
{
	char user[17];

	memcpy(user, "user-0000-tenant", sizeof(user));
	user[8] = (char)('0' + random % 10);
	user[7] = (char)('0' + random / 10 % 10);
	TT_INFO("user %s id %d", user, (int)i);
}

static const struct workload {
	const char *name;
	void (*record)(uint32_t i, uint64_t random);
} workloads[] = {
	{ "W0", record_w0 },
	{ "W2", record_w2 },
	{ "W4", record_w4 },
	{ "WS", record_ws },
};

static const struct workload *find(const char *name)
{
	for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++)
		if (strcmp(workloads[i].name, name) == 0)
			return &workloads[i];
	return NULL;
}

static int fail(const char *what)
{
	fprintf(stderr, "generate: %s\n", what);
	return 1;
}

static int write_snapshot(const char *workload, unsigned long events, const char *path)
{
	struct tt_stats stats = { .size = sizeof(stats) };
	struct stat info;

	tt_stats(&stats);
	if (stats.recorded != events || stats.overwritten != 0)
		return fail("the ring does not hold all events");
	if (tt_snapshot(path, "bench") < 0 || stat(path, &info) < 0)
		return fail("no snapshot");
	sample_number("room", "snapshot", workload, "bytes/event", (double)info.st_size / (double)events);
	return 0;
}

int main(int argc, char **argv)
{
	const struct workload *workload = argc == 4 ? find(argv[1]) : NULL;
	unsigned long events = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
	uint64_t state = 1;

	if (!workload || events == 0) {
		fprintf(stderr, "usage: generate W0|W2|W4|WS EVENTS FILE\n");
		return 2;
	}
	sample_pin();
	for (uint32_t i = 0; i < events; i++)
		workload->record(i, sample_random(&state));
	return write_snapshot(workload->name, events, argv[3]);
}
