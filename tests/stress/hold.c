#include "hold.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "account.h"

#define WRITERS_MAX 64u
#define ROUND_EVENTS 400u	/* of one writer: more than its ring holds */
#define TIMER_AFTER_NS 700000	/* from the end of one hold-up to the next */
#define TIMER_TRIES 20u		/* on a busy machine the writers get no further */
#define HELD_MAX_NS 10000000u	/* of what is counted of it */
#define COPY_AFTER_NS 50000000u /* as TIMER_AFTER_NS */
#define COPY_MAX_NS 60000000u
#define COPIES 12u	  /* of a trace: fewer than two of each ring */
#define LEAST_BYTES 1024u /* of a read that is a copy of records */

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static uint32_t writer_count;
static uint64_t (*said_by)(uint32_t writer);
static timer_t timer;
static unsigned armed; /* the copy that is held up: 1 is the next, 0 none */
static unsigned armed_way;
static uint64_t next_ns[HOLD_WAYS];
static uint64_t timer_count, copy_count;

ssize_t __real_pread(int fd, void *to, size_t bytes, off_t offset);
ssize_t __wrap_pread(int fd, void *to, size_t bytes, off_t offset);

static void wait_shortly(void)
{
	const struct timespec shortly = { 0, 20000 };

	nanosleep(&shortly, NULL);
}

static uint64_t said_by_all(void)
{
	uint64_t sum = 0;

	for (uint32_t writer = 0; writer < writer_count; writer++)
		sum += said_by(writer);
	return sum;
}

/* The writers of a busy machine take their time: most of it is left to the copies. */
static void start_timer(uint64_t held_ns)
{
	const struct itimerspec once = { .it_value = { 0, (long)(TIMER_AFTER_NS + 3 * held_ns) } };

	timer_settime(timer, 0, &once, NULL);
}

static void hold(int signo)
{
	uint64_t enough = said_by_all() + ROUND_EVENTS, begin_ns = account_now_ns(), held_ns;
	int saved = errno;

	(void)signo;
	for (unsigned i = 0; i < TIMER_TRIES && said_by_all() < enough; i++)
		wait_shortly();
	timer_count++;
	held_ns = account_now_ns() - begin_ns;
	start_timer(held_ns < HELD_MAX_NS ? held_ns : HELD_MAX_NS);
	errno = saved;
}

void hold_begin(uint32_t writers, uint64_t (*said)(uint32_t writer))
{
	struct sigaction action = { .sa_handler = hold, .sa_flags = SA_RESTART };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN };

	writer_count = writers < WRITERS_MAX ? writers : WRITERS_MAX;
	said_by = said;
	event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
	if (sigaction(SIGRTMIN, &action, NULL) < 0 || timer_create(CLOCK_MONOTONIC, &event, &timer) < 0) {
		perror("timer_create");
		exit(2);
	}
	start_timer(0);
}

void hold_end(void)
{
	writer_count = 0;
	timer_delete(timer);
}

void hold_count(uint64_t *by_timer, uint64_t *in_copies)
{
	*by_timer = timer_count;
	*in_copies = copy_count;
}

static bool has_gone_around(const uint64_t from[WRITERS_MAX])
{
	for (uint32_t writer = 0; writer < writer_count; writer++)
		if (said_by(writer) < from[writer] + ROUND_EVENTS)
			return false;
	return true;
}

void hold_arm(unsigned way)
{
	armed_way = way;
	armed = writer_count > 0 && account_now_ns() >= next_ns[way] ? 1 + (unsigned)copy_count % COPIES : 0;
}

void hold_disarm(void)
{
	armed = 0;
}

void hold_in_copy(void)
{
	uint64_t from[WRITERS_MAX], begin_ns, now_ns;

	if (armed == 0 || --armed > 0)
		return;
	begin_ns = account_now_ns();
	for (uint32_t writer = 0; writer < writer_count; writer++)
		from[writer] = said_by(writer);
	do {
		wait_shortly();
		now_ns = account_now_ns();
	} while (!has_gone_around(from) && now_ns - begin_ns < COPY_MAX_NS);
	next_ns[armed_way] = now_ns + COPY_AFTER_NS + 8 * (now_ns - begin_ns);
	copy_count++;
}

/* The reader's: a read may always give less than was asked for. */
ssize_t __wrap_pread(int fd, void *to, size_t bytes, off_t offset)
{
	ssize_t got;

	if (bytes < LEAST_BYTES || armed == 0)
		return __real_pread(fd, to, bytes, offset);
	got = __real_pread(fd, to, bytes / 2, offset);
	hold_in_copy();
	return got;
}
