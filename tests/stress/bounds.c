/*
 * bounds.c - the adaptive clock: each event says what time it was, and was within the bound of the time that is shown.
 *
 *	bounds
 *
 * Threads talk in bursts with pauses of every length, short ones come and go, a timer's handler talks within; another process stops all of it now and
 * then, so that the ticker is starved. Snapshots are read meanwhile; then children that were killed in the midst leave their black boxes.
 * When all is quiet the last events must be bounded by the ticker, which has to be gone then.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "account.h"

#define TALKERS 3u
#define CHILDREN 12u
#define LONGEST_BURST 4000u
#define SOME_BURST_NS 50000000u /* long enough that a ticker comes, and that stamps are held */

/*
 * What the two clocks may differ by. Ticks become ns by pairs of readings of both at each chunk: on a machine that is shared, one of the two is
 * sometimes some us late.
 */
#define SLACK_NS 20000u

/* A ticker that gets to run bounds a burst by so much at the most, before a silence that is twice as long. */
#define QUIET_BOUND_NS 150000000u

/* ThreadSanitizer has a thread of its own, and suffers none that it has not made: there every time is exact. */
#ifdef TT_IMPL_STRICT_ATOMICS
#define HAS_TICKER false
#else
#define HAS_TICKER true
#endif

static uint64_t stop_ns;
static __thread uint64_t random_state;

static struct figures {
	uint64_t events;
	uint64_t held;
	uint64_t unbounded;
	uint64_t widest_ns;
	uint64_t quiet_ns; /* the widest bound where all was quiet behind a burst */
	uint64_t traces;
} figures;

/* What a judge of one trace keeps of each ring. */
struct ring_state {
	uint64_t next_seq;
	uint64_t shown_ns;
	uint64_t true_ns; /* of the events so far, the latest */
	bool is_unbounded;
};

struct judge {
	const struct trace_file *file;
	struct ring_state rings[256];
	bool is_dead; /* a killed process's: nothing may have bounded its last events */
};

static uint64_t random_below(uint64_t limit)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (random_state >> 33) % limit;
}

static void say(void)
{
	TT_INFO("at %llu", (unsigned long long)account_now_ns());
}

static void handle(int signo)
{
	(void)signo;
	for (unsigned i = 0; i < 20; i++)
		say();
}

static void talk(void)
{
	static const uint64_t pauses_ns[] = { 0, 0, 500, 20000, 300000, 3000000, 20000000 };
	uint64_t pause_ns = pauses_ns[random_below(sizeof(pauses_ns) / sizeof(pauses_ns[0]))];
	uint64_t events = 1 + random_below(1 + random_below(LONGEST_BURST));

	for (uint64_t i = 0; i < events; i++)
		say();
	if (pause_ns > 1000)
		nanosleep(&(struct timespec){ .tv_nsec = (long)pause_ns }, NULL);
	for (uint64_t until = account_now_ns() + pause_ns; account_now_ns() < until;)
		continue;
}

static void *run_short(void *unused)
{
	for (unsigned i = 0; i < 1000; i++)
		say();
	return unused;
}

static void *run(void *argument)
{
	pthread_t short_one;

	random_state = (uintptr_t)argument * 7919;
	while (account_now_ns() < stop_ns) {
		talk();
		if (random_below(20) == 0) {
			account_start(&short_one, run_short, 0);
			pthread_join(short_one, NULL);
		}
	}
	return NULL;
}

static void judge_bound(const struct judge *judge, const struct event *event, struct ring_state *ring,
			uint64_t off_ns)
{
	figures.held++;
	if (event->bound_ns != EVENT_NO_BOUND) {
		if (event->bound_ns > figures.widest_ns)
			figures.widest_ns = event->bound_ns;
		if (off_ns > event->bound_ns + SLACK_NS)
			account_wrong("event %llu of ring %u is off by %llu ns, and bounded by %llu",
				      (unsigned long long)event->seq, event->ring->index,
				      (unsigned long long)off_ns, (unsigned long long)event->bound_ns);
		return;
	}
	figures.unbounded++;
	ring->is_unbounded = true;
	if (!judge->is_dead)
		account_wrong("event %llu of ring %u has no bound", (unsigned long long)event->seq,
			      event->ring->index);
}

static void judge_event(void *user, const struct event *event)
{
	struct judge *judge = user;
	struct ring_state *ring = &judge->rings[event->ring->index % 256];
	uint64_t true_ns = event->arguments[0].bits;
	uint64_t mono_ns = judge->file->mono_ns;
	uint64_t off_ns = true_ns > mono_ns ? true_ns - mono_ns : mono_ns - true_ns;

	figures.events++;
	if (ring->is_unbounded && !event->is_held)
		account_wrong("event %llu of ring %u bounds none of those before it",
			      (unsigned long long)event->seq, event->ring->index);
	if (ring->next_seq != 0 && (event->seq != ring->next_seq || mono_ns < ring->shown_ns))
		account_wrong("event %llu of ring %u is out of order", (unsigned long long)event->seq,
			      event->ring->index);
	ring->next_seq = event->seq + 1;
	ring->shown_ns = mono_ns;
	/* A handler's events that came after the clock was read and before this was recorded: then it happened after those. */
	if (true_ns < ring->true_ns)
		off_ns = 0;
	else
		ring->true_ns = true_ns;
	if (event->is_held)
		judge_bound(judge, event, ring, off_ns);
	else if (true_ns > mono_ns + SLACK_NS)
		/* It may be earlier than shown: the thread was interrupted between the two readings. */
		account_wrong("event %llu of ring %u is shown %llu ns too early",
			      (unsigned long long)event->seq, event->ring->index, (unsigned long long)off_ns);
}

static void judge_quiet_event(void *user, const struct event *event)
{
	(void)user;
	if (event->is_held && event->bound_ns > figures.quiet_ns)
		figures.quiet_ns = event->bound_ns;
}

static void judge_trace(const char *path, bool is_dead)
{
	struct trace_file file;
	struct judge judge = { .file = &file, .is_dead = is_dead };

	if (trace_file_read(&file, path, judge_event, &judge) < 0) {
		account_wrong("%s cannot be read", path);
		return;
	}
	if (!file.trace.clock.is_held)
		account_wrong("%s is not of the adaptive clock", path);
	if (file.damage.count > file.change_count)
		account_wrong("%s is damaged: %s", path, file.first_damage);
	trace_file_close(&file);
	figures.traces++;
}

static void judge_snapshot(void)
{
	char path[ACCOUNT_PATH_BYTES];

	account_expect("tt_snapshot", (uint64_t)-tt_snapshot(account_path("bounds.tts", path), NULL), 0);
	judge_trace(path, false);
}

static unsigned tasks(void)
{
	DIR *directory = opendir("/proc/self/task");
	unsigned count = 0;

	while (directory && readdir(directory))
		count++;
	if (directory)
		closedir(directory);
	return count;
}

/* A burst, a silence, one more event, a burst and a longer silence of a thread that lives: nobody but the ticker bounds what it said. */
static void *run_and_wait(void *unused)
{
	sigset_t last;
	int signo;

	for (uint64_t until = account_now_ns() + SOME_BURST_NS; account_now_ns() < until;)
		say();
	nanosleep(&(struct timespec){ .tv_nsec = 2 * QUIET_BOUND_NS }, NULL);
	for (unsigned i = 0; i < 1000; i++)
		say();
	sigemptyset(&last);
	sigaddset(&last, SIGUSR2);
	sigwait(&last, &signo);
	return unused;
}

static void judge_quiet(void)
{
	char path[ACCOUNT_PATH_BYTES];
	struct trace_file file;
	pthread_t waiting;
	unsigned before = tasks();

	account_start(&waiting, run_and_wait, 0);
	nanosleep(&(struct timespec){ .tv_nsec = 4 * QUIET_BOUND_NS }, NULL);
	if (HAS_TICKER)
		account_expect("threads once it is quiet", tasks(), before + 1);
	account_expect("tt_snapshot", (uint64_t)-tt_snapshot(account_path("quiet.tts", path), NULL), 0);
	if (trace_file_read(&file, path, judge_quiet_event, NULL) == 0)
		trace_file_close(&file);
	if (figures.quiet_ns > QUIET_BOUND_NS)
		account_wrong("before a silence events are bounded by %llu ns",
			      (unsigned long long)figures.quiet_ns);
	pthread_kill(waiting, SIGUSR2);
	pthread_join(waiting, NULL);
}

/* Dies in the midst of it, with its black box. */
static void run_child(unsigned number)
{
	random_state = number;
	stop_ns = account_now_ns() + 1000000 + random_below(30000000);
	while (account_now_ns() < stop_ns)
		talk();
	kill(getpid(), SIGKILL);
}

static void judge_children(void)
{
	char boxes[ACCOUNT_PATH_BYTES], path[ACCOUNT_PATH_BYTES], part[32];

	for (unsigned i = 0; i < CHILDREN; i++) {
		pid_t pid = fork();

		if (pid == 0)
			run_child(i);
		if (pid < 0 || waitpid(pid, NULL, 0) < 0) {
			account_wrong("no child");
			return;
		}
		snprintf(part, sizeof(part), "-%d-", (int)pid);
		if (trace_file_find(account_path("boxes", boxes), part, path, sizeof(path)) != 1) {
			account_wrong("child %d left no black box", (int)pid);
			continue;
		}
		judge_trace(path, true);
		unlink(path);
	}
}

/* Stops its parent for some milliseconds, now and then. */
static pid_t start_starving(void)
{
	pid_t parent = getpid(), pid = fork();

	while (pid == 0 && getppid() == parent) {
		nanosleep(&(struct timespec){ .tv_nsec = 15000000 }, NULL);
		kill(parent, SIGSTOP);
		nanosleep(&(struct timespec){ .tv_nsec = 7000000 }, NULL);
		kill(parent, SIGCONT);
	}
	if (pid == 0)
		_exit(0);
	return pid;
}

static void start_timer(void)
{
	const struct itimerval often = { { 0, 700 }, { 0, 700 } };
	struct sigaction action = { .sa_handler = handle, .sa_flags = SA_RESTART };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

int main(void)
{
	const struct tt_options options = { .clock = "adaptive", .ring_bytes = 131072 };
	pthread_t threads[TALKERS];
	sigset_t last;
	pid_t starving;

	sigemptyset(&last);
	sigaddset(&last, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &last, NULL);
	account_begin("bounds", &options);
	judge_children();
	judge_quiet();
	starving = start_starving();
	start_timer();
	stop_ns = account_now_ns() + account_count(2000000000, 2000000000);
	for (uintptr_t i = 0; i < TALKERS; i++)
		account_start(&threads[i], run, i + 1);
	while (account_now_ns() < stop_ns)
		judge_snapshot();
	for (unsigned i = 0; i < TALKERS; i++)
		pthread_join(threads[i], NULL);
	setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
	kill(starving, SIGKILL);
	waitpid(starving, NULL, 0);
	judge_snapshot();
	if (HAS_TICKER && figures.held < figures.events / 4)
		account_wrong("only %llu of %llu events were held", (unsigned long long)figures.held,
			      (unsigned long long)figures.events);
	return account_end(
		"%llu events of %llu traces, %llu of them held and in their bounds, the widest %.3f ms, before a silence %.3f ms, %llu without bound",
		(unsigned long long)figures.events, (unsigned long long)figures.traces,
		(unsigned long long)figures.held, (double)figures.widest_ns / 1e6,
		(double)figures.quiet_ns / 1e6, (unsigned long long)figures.unbounded);
}
