/*
 * steps.c - stops a recording program at every single instruction of an event, and looks at its black box from outside.
 *
 *	steps WORK
 *
 * What is there then is what a program killed at that instruction would leave: everything that was said, and at most the event in question.
 * Then a signal is sent right there, whose handler records: nothing of either may be missing. Events without strings, with one, with two,
 * and one that begins a new chunk. Exit status: 0, or 1.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "death.h"
#include "listener.h"
#include "say.h"

#define SWITCH 3	  /* the scenario of a new chunk; those below are n % 3 of the event */
#define STOPS_MAX 400	  /* all, unless the compiler has not optimized */
#define SWITCH_STOPS 60	  /* that one is thousands of instructions: so many of them are tried */
#define STEPS_MAX 100000u /* something is wrong beyond */

/* What tracer and traced tell each other. */
struct stage {
	struct hammer hammer;
	int scenario;
	int is_said; /* the event in question, this round */
	int is_over;
};

static struct stage *stage;
static struct listener listener;
static char boxes[DEATH_PATH_BYTES], box[DEATH_PATH_BYTES];
static unsigned long stop_count, wrong_count;

static void interrupt(int signo)
{
	(void)signo;
	say(&stage->hammer, 0, MIX_HANDLER);
}

/* Bytes of that event's record: format-spec/records.md. */
static uint64_t record_bytes(const struct saying *saying)
{
	uint64_t bytes = 8 + 4 + 4 + 8 + 8 + 8;

	if (saying->n % 3 > 0)
		bytes += 2 + saying->string_bytes;
	if (saying->n % 3 == 2)
		bytes += 2 + (saying->string_bytes < 5 ? saying->string_bytes : 5);
	return (bytes + 7) / 8 * 8;
}

/* Is the prepared event the one that the scenario is about? */
static int is_wanted(const struct saying *saying)
{
	if (stage->scenario < SWITCH)
		return saying->n % 3 == (uint64_t)stage->scenario;
	return tt_impl_writer->cursor + record_bytes(saying) > tt_impl_writer->end;
}

static __attribute__((noreturn)) void be_traced(void)
{
	const struct tt_options options = {
		.size = sizeof(options), .blackbox_dir = boxes, .ring_bytes = 32768, .max_bytes = 1 << 20
	};
	struct tt_stats stats = { .size = sizeof(stats) };
	struct saying saying;

	alarm(120);
	signal(SIGUSR1, interrupt);
	if (tt_init(&options) < 0 || ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(2);
	say(&stage->hammer, 0, MIX_OWN);
	while (!stage->is_over) {
		for (say_prepare(&saying, &stage->hammer, 0, MIX_OWN); !is_wanted(&saying);
		     say_prepare(&saying, &stage->hammer, 0, MIX_OWN))
			say_prepared(&saying, &stage->hammer, 0, MIX_OWN);
		stage->is_said = 0;
		raise(SIGSTOP);
		say_prepared(&saying, &stage->hammer, 0, MIX_OWN);
		stage->is_said = 1;
	}
	tt_stats(&stats);
	_exit(stats.dropped == 0 ? 0 : 4);
}

static void look(unsigned step, const char *when, uint64_t more)
{
	int error = listener_hear(&listener, box, 1);

	if (error < 0)
		listener_wrong(&listener, "the black box: %s", strerror(-error));
	else
		listener_compare(&listener, &stage->hammer, more);
	if (listener.wrong > 0 && wrong_count++ < 10)
		printf("steps: FAILED scenario %d, %s instruction %u: %s\n", stage->scenario, when, step,
		       listener.first);
}

/* Lets it go on, with a signal; it stops again. */
static int go(pid_t pid, enum __ptrace_request how, int signo)
{
	int status;

	if (ptrace(how, pid, NULL, (void *)(intptr_t)signo) < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSTOPPED(status) ? 0 : -1;
}

/* How many instructions an event takes; 0: it does not go on. */
static unsigned count_steps(pid_t pid)
{
	unsigned steps = 0;

	while (!stage->is_said && steps < STEPS_MAX) {
		if (go(pid, PTRACE_SINGLESTEP, 0) < 0)
			return 0;
		steps++;
	}
	return go(pid, PTRACE_CONT, 0) == 0 ? steps : 0;
}

/*
 * Stops the next event after so many instructions, and goes on with a signal. (Not one stop after the other in one event: a look takes
 * so long that the kernel's clock_gettime, which begins anew when the time was updated meanwhile, would never end.)
 */
static int stop_after(pid_t pid, unsigned steps)
{
	for (unsigned i = 0; i < steps; i++)
		if (go(pid, PTRACE_SINGLESTEP, 0) < 0)
			return -1;
	look(steps, "stopped after", 1);
	if (go(pid, PTRACE_CONT, SIGUSR1) < 0)
		return -1;
	look(steps, "interrupted after", 0);
	stop_count++;
	return 0;
}

static int run_scenario(pid_t pid, int scenario)
{
	unsigned steps, stride;

	/* The event that waits is the old scenario's. */
	stage->scenario = scenario;
	if (go(pid, PTRACE_CONT, 0) < 0)
		return -1;
	steps = count_steps(pid);
	if (steps == 0)
		return -1;
	stride = steps / (scenario == SWITCH ? SWITCH_STOPS : STOPS_MAX) + 1;
	for (unsigned step = 0; step < steps; step += stride)
		if (stop_after(pid, step) < 0)
			return -1;
	return 0;
}

static int run_all(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return -1;
	if (trace_file_find(boxes, ".ttr", box, sizeof(box)) != 1)
		return -1;
	for (int scenario = 0; scenario <= SWITCH; scenario++)
		if (run_scenario(pid, scenario) < 0)
			return -1;
	stage->is_over = 1;
	if (ptrace(PTRACE_CONT, pid, NULL, NULL) < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	if (status != 0 && wrong_count++ == 0)
		printf("steps: FAILED events were dropped: %s\n", death_text(status));
	return 0;
}

/* Is a process allowed to trace its child here? */
static int can_trace(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0);
	return waitpid(pid, &status, 0) == pid && status == 0;
}

int main(int count, char **arguments)
{
	pid_t pid;

	if (count != 2)
		return 2;
	if (!can_trace()) {
		printf("steps: SKIPPED a process may not trace its child here\n");
		return 0;
	}
	mkdir(arguments[1], 0700);
	snprintf(boxes, sizeof(boxes), "%s/boxes", arguments[1]);
	stage = mmap(NULL, sizeof(*stage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid = stage == MAP_FAILED ? -1 : fork();
	if (pid == 0)
		be_traced();
	if (pid < 0)
		return 2;
	if (run_all(pid) < 0) {
		printf("steps: FAILED scenario %d: it did not go on\n", stage->scenario);
		kill(pid, SIGKILL);
		wrong_count++;
	}
	printf("steps: stopped and interrupted at %lu instructions of an event, %lu wrong\n", stop_count,
	       wrong_count);
	if (wrong_count == 0)
		trace_file_clear(arguments[1]);
	return wrong_count > 0;
}
