#include "account.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char work[ACCOUNT_PATH_BYTES / 2];
static const char *test_name = "stress";
static uint64_t wrong_count;
static uint64_t begin_ns;

uint64_t account_count(uint64_t usual, uint64_t sanitized)
{
	const char *scale = getenv("STRESS_SCALE");
	uint64_t factor = scale ? strtoull(scale, NULL, 10) : 1;

	return (ACCOUNT_IS_SANITIZED ? sanitized : usual) * (factor > 0 ? factor : 1);
}

const char *account_path(const char *name, char path[ACCOUNT_PATH_BYTES])
{
	snprintf(path, ACCOUNT_PATH_BYTES, "%s/%s", work, name);
	return path;
}

void account_begin(const char *name, const struct tt_options *options)
{
	struct tt_options all = options ? *options : (struct tt_options){ .service = NULL };
	char boxes[ACCOUNT_PATH_BYTES];
	int error;

	test_name = name;
	begin_ns = account_now_ns();
	snprintf(work, sizeof(work), "%s/ttlog-stress-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(work)) {
		perror(work);
		exit(2);
	}
	all.size = sizeof(all);
	all.dir = work;
	all.blackbox_dir = account_path("boxes", boxes);
	error = tt_init(&all);
	if (error < 0) {
		fprintf(stderr, "%s: tt_init: %s\n", name, strerror(-error));
		exit(2);
	}
}

void account_wrong(const char *format, ...)
{
	va_list arguments;

	if (++wrong_count > 20)
		return;
	printf("%s: FAILED: ", test_name);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
}

bool account_is_wrong(void)
{
	return wrong_count > 0;
}

/* What a failed test has written goes where it was built. */
static void keep(void)
{
	const char *kept = getenv("STRESS_KEPT");
	char command[3 * ACCOUNT_PATH_BYTES];

	if (!kept)
		return;
	snprintf(command, sizeof(command), "mkdir -p '%s' && cp -r '%s' '%s/'", kept, work, kept);
	if (system(command) == 0)
		printf("%s: what is left of it is in %s\n", test_name, kept);
}

int account_end(const char *format, ...)
{
	va_list arguments;

	printf("%s: ", test_name);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf(", %llu wrong, %.1f s\n", (unsigned long long)wrong_count,
	       (double)(account_now_ns() - begin_ns) / 1e9);
	if (wrong_count > 0)
		keep();
	trace_file_clear(work);
	return wrong_count > 0;
}

unsigned account_box(char path[ACCOUNT_PATH_BYTES])
{
	char boxes[ACCOUNT_PATH_BYTES];

	return trace_file_find(account_path("boxes", boxes), ".ttr", path, ACCOUNT_PATH_BYTES);
}

struct tt_stats account_stats(void)
{
	struct tt_stats stats = { .size = sizeof(stats) };

	if (tt_stats(&stats) != 0)
		account_wrong("tt_stats");
	return stats;
}

void account_expect(const char *what, uint64_t found, uint64_t expected)
{
	if (found != expected)
		account_wrong("%s: %llu, not %llu", what, (unsigned long long)found,
			      (unsigned long long)expected);
}

uint64_t account_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t memory_bytes(bool is_resident)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long long size = 0, resident = 0;

	if (!file || fscanf(file, "%llu %llu", &size, &resident) != 2)
		account_wrong("/proc/self/statm");
	if (file)
		fclose(file);
	return (is_resident ? resident : size) * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t account_resident_bytes(void)
{
	return memory_bytes(true);
}

uint64_t account_mapped_bytes(void)
{
	return memory_bytes(false);
}

unsigned account_descriptors(void)
{
	DIR *entries = opendir("/proc/self/fd");
	unsigned count = 0;

	while (entries && readdir(entries))
		count++;
	if (entries)
		closedir(entries);
	return count;
}

void account_start(pthread_t *thread, void *(*run)(void *), uintptr_t number)
{
	pthread_attr_t attributes;
	int error;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 256 * 1024);
	error = pthread_create(thread, &attributes, run, (void *)number);
	pthread_attr_destroy(&attributes);
	if (error != 0) {
		fprintf(stderr, "%s: no thread: %s\n", test_name, strerror(error));
		exit(2);
	}
}

static bool is_string(const struct argument *argument, const char *string, size_t bytes)
{
	return argument->type == TTF_STR && !argument->is_truncated && argument->bytes.bytes == bytes &&
	       memcmp(argument->bytes.at, string, bytes) == 0;
}

static bool is_right(const struct event *event)
{
	static const unsigned counts[] = { 3, 4, 6 };
	char string[MIX_STRING_MAX];
	uint64_t n = event->arguments[1].bits;
	uint64_t bits = mix_bits((uint32_t)event->arguments[0].bits, MIX_OWN, n);
	size_t bytes = mix_string(bits, string);

	if (event->site->fields != counts[n % 3] || event->arguments[2].bits != bits)
		return false;
	if (n % 3 == 1)
		return is_string(&event->arguments[3], string, bytes);
	return n % 3 == 0 ||
	       (event->arguments[3].bits == bytes / 2 && is_string(&event->arguments[4], string, bytes / 2) &&
		is_string(&event->arguments[5], string, bytes));
}

/* A reading under way. */
struct reading {
	struct account_trace *trace;
	account_hear *hear;
	void *user;
};

static void hear_one(void *user, const struct event *event)
{
	struct reading *reading = user;
	struct account_ring *ring = &reading->trace->rings[event->ring->index];
	unsigned long long seq = event->seq;

	reading->trace->count++;
	if (event->site->fields < 3 || !is_right(event)) {
		account_wrong("the payload of seq %llu in ring %u", seq, event->ring->index);
		return;
	}
	if (ring->count++ == 0) {
		ring->first_seq = seq;
		ring->first_sequence = (uint32_t)event->arguments[0].bits;
	} else if (seq != ring->next_seq) {
		account_wrong("ring %u: seq %llu follows %llu", event->ring->index, seq,
			      (unsigned long long)ring->next_seq - 1);
	}
	ring->next_seq = seq + 1;
	if (reading->hear)
		reading->hear(reading->user, event, (uint32_t)event->arguments[0].bits,
			      event->arguments[1].bits);
}

bool account_read(struct account_trace *trace, const char *path, account_hear *hear, void *user)
{
	struct reading reading = { trace, hear, user };
	int error = -ENOMEM;

	trace->count = 0;
	trace->rings = calloc(TTF_RINGS_MAX, sizeof(*trace->rings));
	if (trace->rings)
		error = trace_file_read(&trace->file, path, hear_one, &reading);
	if (error < 0) {
		account_wrong("%s: %s", path, strerror(-error));
		free(trace->rings);
		return false;
	}
	if (trace->file.damage.count > 0)
		account_wrong("%s is damaged: %s", path, trace->file.first_damage);
	return true;
}

uint64_t account_sum(const struct account_trace *trace)
{
	const struct trace *file = &trace->file.trace;
	uint64_t recorded = file->info.retired_recorded;

	account_expect("torn chunks of a quiet recorder", file->torn, 0);
	for (uint32_t i = 0; i < file->ring_count; i++) {
		const struct trace_ring *ring = file->rings[i];

		if (!ring)
			continue;
		recorded += ring->recorded;
		if (ring->overwritten != trace->rings[i].first_seq ||
		    ring->recorded != trace->rings[i].next_seq)
			account_wrong("ring %u holds seq %llu to %llu, its counters say %llu to %llu", i,
				      (unsigned long long)trace->rings[i].first_seq,
				      (unsigned long long)trace->rings[i].next_seq,
				      (unsigned long long)ring->overwritten,
				      (unsigned long long)ring->recorded);
	}
	return recorded;
}

void account_close(struct account_trace *trace)
{
	trace_file_close(&trace->file);
	free(trace->rings);
}
