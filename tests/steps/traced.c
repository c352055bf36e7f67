#include "traced.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

struct range {
	uint64_t from, to;
};

/* The child has the same mappings: it was forked. */
static struct range vdso, loader;

static void find_ranges(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];

	while (maps && fgets(line, sizeof(line), maps)) {
		unsigned long from, to;
		struct range *range = strstr(line, "[vdso]")	  ? &vdso
				      : strstr(line, "/ld-linux") ? &loader
								  : NULL;

		if (!range || !strstr(line, "r-xp") || sscanf(line, "%lx-%lx", &from, &to) != 2)
			continue;
		*range = (struct range){ from, to };
	}
	if (maps)
		fclose(maps);
}

static bool is_in(const struct range *range, uint64_t pc)
{
	return pc >= range->from && pc < range->to;
}

const char *traced_is_possible(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return "a process may not trace its child here";
	find_ranges();
	return NULL;
}

#define REGISTER(name) ((void *)offsetof(struct user_regs_struct, name))

uint64_t traced_pc(const struct traced *traced)
{
	return (uint64_t)ptrace(PTRACE_PEEKUSER, traced->pid, REGISTER(rip), NULL);
}

bool traced_is_loader(uint64_t pc)
{
	return is_in(&loader, pc);
}

/* Waits for its next stop. A signal on its way is delivered with the next step. */
static enum traced_stop await(struct traced *traced)
{
	pid_t got;

	do {
		got = waitpid(traced->pid, &traced->status, __WALL);
	} while (got < 0 && errno == EINTR);
	traced->signo = 0;
	if (got < 0 || !WIFSTOPPED(traced->status))
		return TRACED_ENDED;
	if (traced->status >> 8 == (SIGTRAP | PTRACE_EVENT_CLONE << 8))
		return TRACED_CLONE;
	if (WSTOPSIG(traced->status) == SIGTRAP)
		return TRACED_STEP;
	traced->signo = WSTOPSIG(traced->status);
	return TRACED_OTHER;
}

static enum traced_stop resume(struct traced *traced, enum __ptrace_request how)
{
	if (ptrace(how, traced->pid, NULL, (void *)(intptr_t)traced->signo) < 0)
		return TRACED_ENDED;
	return await(traced);
}

enum traced_stop traced_continue(struct traced *traced)
{
	return resume(traced, PTRACE_CONT);
}

/* At a function's first instruction: runs it to its end. */
static enum traced_stop run_function(struct traced *traced)
{
	long top = ptrace(PTRACE_PEEKUSER, traced->pid, REGISTER(rsp), NULL);
	long back = ptrace(PTRACE_PEEKDATA, traced->pid, (void *)top, NULL);
	long code = ptrace(PTRACE_PEEKTEXT, traced->pid, (void *)back, NULL);
	enum traced_stop stop;

	if (ptrace(PTRACE_POKETEXT, traced->pid, (void *)back, (void *)((code & ~0xffl) | 0xcc)) < 0)
		return TRACED_STEP; /* instruction by instruction, then */
	stop = traced_continue(traced);
	if (stop == TRACED_ENDED)
		return stop;
	ptrace(PTRACE_POKETEXT, traced->pid, (void *)back, (void *)code);
	ptrace(PTRACE_POKEUSER, traced->pid, REGISTER(rip), (void *)back);
	return stop;
}

enum traced_stop traced_step(struct traced *traced)
{
	bool was_in_vdso = is_in(&vdso, traced_pc(traced));
	enum traced_stop stop = resume(traced, PTRACE_SINGLESTEP);

	if (stop == TRACED_STEP && !was_in_vdso && is_in(&vdso, traced_pc(traced)))
		return run_function(traced);
	return stop;
}

int traced_new_thread(const struct traced *traced, struct traced *thread)
{
	unsigned long tid;

	if (ptrace(PTRACE_GETEVENTMSG, traced->pid, NULL, &tid) < 0)
		return -1;
	*thread = (struct traced){ .pid = (pid_t)tid };
	if (await(thread) == TRACED_ENDED)
		return -1;
	thread->signo = 0; /* the stop it begins with */
	return 0;
}

int traced_start(struct traced *traced, void (*be)(void *), void *argument)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 && raise(SIGSTOP) == 0)
			be(argument);
		_exit(1);
	}
	*traced = (struct traced){ .pid = pid };
	if (pid < 0 || await(traced) != TRACED_OTHER ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL)) < 0) {
		perror("a traced child");
		return -1;
	}
	traced->signo = 0;
	return 0;
}
