/*
 * instructions.c - how many instructions a call takes, by single-stepping.
 *
 *	instructions		prints "W2 36" and so on, one workload a line
 *
 * The count is the same in every run on one machine, whatever else goes on there. A child runs a loop of calls between two
 * signals to itself, and its tracer counts the steps: of a longer loop less a shorter one, less the same of the empty
 * loop. The calls fit into one chunk, so the slow path is not in it; but stepping is slow, and once in seconds the
 * recorder notes the clock there: the least of a few tries counts. A call includes what the C library does for it (WS: strnlen, which the processor's
 * abilities choose).
 *
 * Exit status: 0; 1 it failed; 77 this machine does not allow tracing.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ttlog.h>

#include "limits.h"
#include "sites.h"

#define CALLS 10
#define TRIES 3

static const struct subject {
	const char *name;
	void (*run)(uint32_t calls);
} subjects[] = {
	{ "W0", sites_w0 }, { "W2", sites_w2 }, { "W4", sites_w4 }, { "WS", sites_ws }, { "off", sites_off },
};

static void fail(const char *what)
{
	fprintf(stderr, "instructions: %s: %s\n", what, strerror(errno));
	exit(errno == EPERM || errno == EACCES ? 77 : 1);
}

/* So that the calls that are counted have a chunk before them. */
static void reach_new_chunk(void)
{
	int64_t chunk;

	sites_w0(1);
	chunk = tt_impl_writer->chunk;
	while (tt_impl_writer->chunk == chunk)
		sites_w0(1);
}

static void run_child(const struct subject *subject, uint32_t calls)
{
	const struct tt_options options = { .size = sizeof(options),
					    .blackbox_dir = "off",
					    .filter = SITES_OFF_FILTER };

	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(77);
	if (tt_init(&options) < 0)
		_exit(1);
	subject->run(1); /* binds what the dynamic linker binds late */
	reach_new_chunk();
	raise(SIGUSR1);
	subject->run(calls);
	raise(SIGUSR1);
	_exit(0);
}

/* The signal that the child stopped with. */
static int wait_stop(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) < 0)
		fail("waitpid");
	if (WIFEXITED(status))
		exit(WEXITSTATUS(status));
	if (!WIFSTOPPED(status))
		exit(1);
	return WSTOPSIG(status);
}

static void resume(enum __ptrace_request how, pid_t pid)
{
	if (ptrace(how, pid, NULL, NULL) < 0)
		fail("ptrace");
}

static long count_steps(const struct subject *subject, uint32_t calls)
{
	long steps = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0)
		run_child(subject, calls);
	while (wait_stop(pid) != SIGUSR1)
		resume(PTRACE_CONT, pid);
	do {
		steps++;
		resume(PTRACE_SINGLESTEP, pid);
	} while (wait_stop(pid) != SIGUSR1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return steps;
}

static long least_steps(const struct subject *subject, uint32_t calls)
{
	long least = LONG_MAX;

	for (int i = 0; i < TRIES; i++) {
		long steps = count_steps(subject, calls);

		least = steps < least ? steps : least;
	}
	return least;
}

static double steps_per_pass(const struct subject *subject)
{
	return (double)(least_steps(subject, 2 * CALLS) - least_steps(subject, CALLS)) / CALLS;
}

int main(void)
{
	static const struct subject empty = { "empty", limits_empty };
	double loop = steps_per_pass(&empty);

	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
		printf("%s %.4g\n", subjects[i].name, steps_per_pass(&subjects[i]) - loop);
	return 0;
}
