/*
 * sigkill.c - kills hammer.c at random moments and compares its black box with what it had published.
 *
 *	sigkill PROGRAMS WORK TTDECODE KILLS SEED
 *
 * In each ring `seq` has no gap and every payload is right. Of each thread and stream everything that was published is there up to
 * the newest, and at most one event more: the one that was committed and not yet published. Exit status: 0, or 1.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "death.h"
#include "hammer.h"
#include "stage.h"
#include "trace_file.h"

#define RINGS_MAX (2 * HAMMER_THREADS)
#define HANDLED_MAX 65536u
#define CLOCK_SLACK_NS 10000 /* two rings may differ in what they make of one tick */
#define RUN_NS_MAX 40000000u
#define EARLY_NS_MAX 4000000u

/* A ring as its events show it. */
struct heard_ring {
	uint64_t count;
	uint64_t first_seq;
	uint64_t next_seq;
	uint64_t first_ns;
};

/* An event of a handler. */
struct handled {
	uint64_t n;
	uint64_t mono_ns;
};

struct heard_thread {
	struct heard_ring rings[2]; /* main, nested */
	uint64_t own_count;
	uint64_t own_next;
	uint32_t handled_count;
	struct handled handled[HANDLED_MAX]; /* as they came */
};

static struct heard_thread heard[HAMMER_THREADS];
static uint64_t events_total, nested_total, wrong_count, empty_count;
static const char *ttdecode;
static char work[DEATH_PATH_BYTES], box_path[DEATH_PATH_BYTES + 8], stage_path[DEATH_PATH_BYTES + 8];
static uint64_t random_state;
static unsigned kill_number;

static uint64_t random_below(uint64_t limit)
{
	return mix_bits(0, MIX_OWN, random_state++) % limit;
}

static __attribute__((format(printf, 1, 2))) void wrong(const char *format, ...)
{
	va_list arguments;

	if (++wrong_count > 20)
		return;
	printf("sigkill: FAILED kill %u: ", kill_number);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
}

static bool string_is(const struct argument *argument, const char *string, size_t bytes)
{
	return argument->type == TTF_STR && argument->bytes.bytes == bytes &&
	       memcmp(argument->bytes.at, string, bytes) == 0;
}

static bool payload_is_right(const struct event *event, uint32_t thread, enum mix_stream stream, uint64_t n)
{
	static const unsigned counts[] = { 4, 5, 6 };
	char string[MIX_STRING_MAX];
	uint64_t bits = mix_bits(thread, stream, n);
	size_t bytes = mix_string(bits, string);

	if (event->count != counts[n % 3] || event->arguments[3].bits != bits)
		return false;
	if (n % 3 == 1)
		return string_is(&event->arguments[4], string, bytes);
	return n % 3 == 0 || (string_is(&event->arguments[4], string, bytes < 5 ? bytes : 5) &&
			      string_is(&event->arguments[5], string, bytes));
}

static void hear_in_ring(struct heard_ring *ring, const struct event *event)
{
	if (ring->count == 0) {
		ring->first_seq = event->seq;
		ring->first_ns = event->mono_ns;
	} else if (event->seq != ring->next_seq) {
		wrong("seq %llu follows %llu", (unsigned long long)event->seq,
		      (unsigned long long)ring->next_seq - 1);
	}
	ring->next_seq = event->seq + 1;
	ring->count++;
}

static void hear(void *user, const struct event *event)
{
	uint32_t number = (uint32_t)event->arguments[0].bits;
	uint32_t stream = (uint32_t)event->arguments[1].bits;
	uint64_t n = event->arguments[2].bits;
	struct heard_thread *thread = &heard[number % HAMMER_THREADS];
	struct heard_ring *ring = &thread->rings[event->ring->is_nested];

	(void)user;
	events_total++;
	nested_total += event->ring->is_nested;
	if (event->count < 4 || number >= HAMMER_THREADS || stream >= MIX_STREAMS ||
	    !payload_is_right(event, number, stream, n)) {
		wrong("the payload of seq %llu of thread %u", (unsigned long long)event->seq, number);
		return;
	}
	hear_in_ring(ring, event);
	if (stream == MIX_HANDLER) {
		if (thread->handled_count < HANDLED_MAX)
			thread->handled[thread->handled_count++] = (struct handled){ n, event->mono_ns };
		return;
	}
	if (event->ring->is_nested || (thread->own_count > 0 && n != thread->own_next))
		wrong("thread %u's event %llu is out of place", number, (unsigned long long)n);
	thread->own_count++;
	thread->own_next = n + 1;
}

static int compare_handled(const void *a, const void *b)
{
	uint64_t x = ((const struct handled *)a)->n, y = ((const struct handled *)b)->n;

	return (x > y) - (x < y);
}

/* The handler's events are in two rings. From the moment that both still have they are without a gap. */
static uint64_t check_handled(struct heard_thread *thread, uint32_t number)
{
	struct handled *all = thread->handled;
	uint64_t from_ns = 0;

	for (int i = 0; i < 2; i++)
		if (thread->rings[i].first_seq > 0 && thread->rings[i].first_ns + CLOCK_SLACK_NS > from_ns)
			from_ns = thread->rings[i].first_ns + CLOCK_SLACK_NS;
	qsort(all, thread->handled_count, sizeof(all[0]), compare_handled);
	for (uint32_t i = 1; i < thread->handled_count; i++) {
		if (all[i - 1].mono_ns < from_ns)
			continue;
		if (all[i].n != all[i - 1].n + 1)
			wrong("thread %u's handler: %llu follows %llu", number, (unsigned long long)all[i].n,
			      (unsigned long long)all[i - 1].n);
	}
	return thread->handled_count > 0 ? all[thread->handled_count - 1].n + 1 : 0;
}

static void check_newest(const char *whose, uint32_t number, uint64_t found, uint64_t published)
{
	if (found != published && found != published + 1)
		wrong("thread %u%s had published %llu events, %llu are found", number, whose,
		      (unsigned long long)published, (unsigned long long)found);
}

static void check_threads(const struct hammer *hammer)
{
	for (uint32_t number = 0; number < HAMMER_THREADS; number++) {
		const uint64_t *said = hammer->threads[number].said;

		check_newest("", number, heard[number].own_next, said[MIX_OWN]);
		check_newest("'s handler", number, check_handled(&heard[number], number), said[MIX_HANDLER]);
	}
}

static uint64_t published_in_all(const struct hammer *hammer)
{
	uint64_t sum = 0;

	for (uint32_t number = 0; number < HAMMER_THREADS; number++)
		sum += hammer->threads[number].said[MIX_OWN] + hammer->threads[number].said[MIX_HANDLER];
	return sum;
}

static void check_with_ttdecode(char *path)
{
	char *arguments[] = { (char *)ttdecode, "-f", "json", "-o", "/dev/null", path, NULL };
	struct death death;

	death_of(&death, work, arguments, false);
	if (death.status != 0)
		wrong("ttdecode of %s: %s", path, death_text(death.status));
}

static void check_box(const struct hammer *hammer)
{
	char path[DEATH_PATH_BYTES];
	struct trace_file file;
	int error = -ENOENT;

	memset(heard, 0, sizeof(heard));
	if (trace_file_find(box_path, ".ttr", path, sizeof(path)) == 1)
		error = trace_file_read(&file, path, hear, NULL);
	if (error < 0) {
		/* Killed before there was a region, or while it was made. */
		empty_count++;
		if (published_in_all(hammer) > 0)
			wrong("%llu events were published, and no black box: %s",
			      (unsigned long long)published_in_all(hammer), strerror(-error));
		return;
	}
	/* One that was killed while a thread took its ring may say so. */
	if (file.damage.count > 0 && __atomic_load_n(&hammer->started, __ATOMIC_RELAXED) == HAMMER_THREADS)
		wrong("damaged, %s", file.first_damage);
	check_threads(hammer);
	trace_file_close(&file);
	if (kill_number % 10 == 0 && hammer->started == HAMMER_THREADS)
		check_with_ttdecode(path);
}

static void sleep_ns(uint64_t ns)
{
	const struct timespec time = { 0, (long)ns };

	nanosleep(&time, NULL);
}

/* Most are killed at work, every eighth while it starts. */
static void let_it_run(const struct hammer *hammer, pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	if (kill_number % 8 == 7) {
		sleep_ns(random_below(EARLY_NS_MAX));
		return;
	}
	while (__atomic_load_n(&hammer->started, __ATOMIC_ACQUIRE) < HAMMER_THREADS && info.si_pid == 0) {
		sleep_ns(100000);
		waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT);
	}
	sleep_ns(random_below(RUN_NS_MAX));
}

static void kill_one(char *program)
{
	char *arguments[] = { program, stage_path, NULL };
	struct hammer *hammer;
	pid_t pid;
	int status;

	mkdir(work, 0700);
	hammer = stage_map(stage_path, sizeof(*hammer), 1);
	setenv("TTLOG_RING_BYTES", kill_number % 2 == 0 ? "64K" : "256K", 1);
	pid = hammer ? death_start(work, arguments, false) : -1;
	if (pid < 0)
		exit(2);
	let_it_run(hammer, pid);
	kill(pid, SIGKILL);
	status = death_wait(pid);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		wrong("it ended by itself: %s", death_text(status));
	check_box(hammer);
	stage_unmap(hammer, sizeof(*hammer));
	if (wrong_count == 0)
		trace_file_clear(work);
}

int main(int count, char **arguments)
{
	char program[DEATH_PATH_BYTES];
	unsigned kills = count == 6 ? (unsigned)atoi(arguments[4]) : 0;

	if (count != 6)
		return 2;
	snprintf(program, sizeof(program), "%s/hammer", arguments[1]);
	snprintf(work, sizeof(work), "%s", arguments[2]);
	snprintf(stage_path, sizeof(stage_path), "%s/stage", work);
	snprintf(box_path, sizeof(box_path), "%s/boxes", work);
	ttdecode = arguments[3];
	random_state = strtoull(arguments[5], NULL, 10) << 32;
	setenv("TTLOG_DIR", work, 1);
	setenv("TTLOG_BLACKBOX_DIR", box_path, 1);
	setenv("TTLOG_MAX_BYTES", "4M", 1);
	for (kill_number = 0; kill_number < kills && wrong_count == 0; kill_number++)
		kill_one(program);
	if (kills >= 100 && nested_total == 0)
		wrong("no handler ever interrupted a record");
	if (wrong_count > 0)
		printf("sigkill: seed %s; what is left of it is in %s\n", arguments[5], work);
	printf("sigkill: %u kills (%llu before anything was recorded), %d threads, %llu events verified (%llu nested), %llu wrong\n",
	       kill_number, (unsigned long long)empty_count, HAMMER_THREADS, (unsigned long long)events_total,
	       (unsigned long long)nested_total, (unsigned long long)wrong_count);
	return wrong_count > 0;
}
