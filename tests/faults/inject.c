/*
 * inject.c - runs a program and makes one of its marked system calls (mark.h) fail, the Kth of all its threads.
 *
 *	inject [-o LIST] [-n CALL]... [-k K FAULT [-a]] PROGRAM [ARGUMENT]...
 *
 *	-o LIST   writes a line for each marked call: its number K, thread, name, which of that name it is in its thread (marked or not),
 *	          phase, three arguments; "injected" lines; and how the program ended
 *	-n CALL   as if the system had no such call: tmpfile (open with O_TMPFILE), populate (madvise with MADV_POPULATE_WRITE), readv
 *	          (process_vm_readv)
 *	FAULT     -e ERRNO: it fails and has done nothing; -s: it reads or writes half of what it was asked to; -x: SIGKILL instead of it
 *	-a        from the Kth on every call of that name
 *
 * strace does the same for one thread, by name and number, and cannot cut a write short: its retval= writes nothing at all.
 * Exit status: the program's, or 128 + its signal; 125: something is wrong here; 126: it cannot be traced.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mark.h"

#define TASKS_MAX 64
#define CALLS_MAX 512
#define POPULATE_WRITE 23

enum fault { FAULT_NONE, FAULT_ERROR, FAULT_SHORT, FAULT_KILL };

struct task {
	pid_t tid; /* 0: free */
	enum mark_phase phase;
	int is_inside; /* of a system call */
	int error;     /* that it is to return instead of doing anything */
	unsigned short counts[CALLS_MAX];
};

static struct task tasks[TASKS_MAX];
static FILE *list;
static unsigned long wanted, seen;
static enum fault fault;
static int fault_error, is_ever;
static long ever_call = -1;
static int lacks_tmpfile, lacks_populate, lacks_readv;
static int status_of_program = 125;

#define CALL(name) [SYS_##name] = #name
static const char *const names[CALLS_MAX] = {
	CALL(read),
	CALL(write),
	CALL(open),
	CALL(close),
	CALL(fstat),
	CALL(lstat),
	CALL(lseek),
	CALL(mmap),
	CALL(mprotect),
	CALL(munmap),
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
	CALL(rt_sigreturn),
	CALL(ioctl),
	CALL(pread64),
	CALL(pwrite64),
	CALL(madvise),
	CALL(nanosleep),
	CALL(getpid),
	CALL(clone),
	CALL(fork),
	CALL(exit),
	CALL(uname),
	CALL(fcntl),
	CALL(fallocate),
	CALL(ftruncate),
	CALL(rename),
	CALL(mkdir),
	CALL(unlink),
	CALL(readlink),
	CALL(rt_sigpending),
	CALL(rt_sigtimedwait),
	CALL(rt_tgsigqueueinfo),
	CALL(sigaltstack),
	CALL(prctl),
	CALL(gettid),
	CALL(tgkill),
	CALL(kill),
	CALL(getdents64),
	CALL(exit_group),
	CALL(openat),
	CALL(unlinkat),
	CALL(linkat),
	CALL(newfstatat),
	CALL(pipe2),
	CALL(prlimit64),
	CALL(getrandom),
	CALL(brk),
	CALL(process_vm_readv),
	CALL(alarm),
	CALL(flock),
	CALL(geteuid),
	CALL(getuid),
	CALL(futex),
	CALL(clone3),
	CALL(sched_yield),
	CALL(clock_nanosleep),
	CALL(stat),
	CALL(memfd_create),
	CALL(poll),
	CALL(ppoll),
	CALL(access),
	CALL(faccessat2),
	CALL(mremap),
	CALL(renameat2),
	CALL(renameat),
	CALL(getrlimit),
	CALL(faccessat),
	CALL(getcwd),
	CALL(rseq),
	CALL(set_robust_list),
	CALL(fchmod),
	CALL(link),
};

static void fail(const char *what)
{
	fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
	exit(errno == EPERM || errno == EACCES ? 126 : 125);
}

static const char *name_of(long call)
{
	static char number[32];

	if (call >= 0 && call < CALLS_MAX && names[call])
		return names[call];
	snprintf(number, sizeof(number), "call_%ld", call);
	return number;
}

static struct task *task_of(pid_t tid)
{
	struct task *free_one = NULL;

	for (int i = 0; i < TASKS_MAX; i++) {
		if (tasks[i].tid == tid)
			return &tasks[i];
		if (tasks[i].tid == 0 && !free_one)
			free_one = &tasks[i];
	}
	if (!free_one) {
		errno = ENOBUFS;
		fail("too many threads");
	}
	*free_one = (struct task){ .tid = tid };
	return free_one;
}

/* The registers of a system call. x86-64: the Makefile knows. */
static struct user_regs_struct registers_of(const struct task *task)
{
	struct user_regs_struct registers;

	if (ptrace(PTRACE_GETREGS, task->tid, NULL, &registers) < 0)
		fail("PTRACE_GETREGS");
	return registers;
}

static void set_registers(const struct task *task, struct user_regs_struct *registers)
{
	if (ptrace(PTRACE_SETREGS, task->tid, NULL, registers) < 0)
		fail("PTRACE_SETREGS");
}

/* Instead of the call there is none; at its end its result is replaced. */
static void refuse(struct task *task, int error)
{
	struct user_regs_struct registers = registers_of(task);

	registers.orig_rax = (unsigned long long)-1;
	set_registers(task, &registers);
	task->error = error;
}

static void halve(struct task *task)
{
	struct user_regs_struct registers = registers_of(task);

	if (registers.rdx > 1)
		registers.rdx /= 2;
	set_registers(task, &registers);
}

static void inject(struct task *task, long call)
{
	fprintf(list, "injected %lu %s\n", seen, name_of(call));
	if (fault == FAULT_ERROR)
		refuse(task, fault_error);
	else if (fault == FAULT_SHORT)
		halve(task);
	else
		kill(task->tid, SIGKILL);
	if (is_ever)
		ever_call = call;
}

/* What the system pretends not to have. 0: it has this. */
static int lacking(long call, const unsigned long long *arguments)
{
	unsigned long long flags = call == SYS_openat ? arguments[2] : arguments[1];

	if ((call == SYS_openat || call == SYS_open) && lacks_tmpfile && (flags & O_TMPFILE) == O_TMPFILE)
		return EOPNOTSUPP;
	if (call == SYS_madvise && lacks_populate && arguments[2] == POPULATE_WRITE)
		return EINVAL;
	return call == SYS_process_vm_readv && lacks_readv ? EPERM : 0;
}

/* Those that cannot fail (brk says it in another way, to malloc), or that end what is in question. */
static int is_out_of_question(long call)
{
	return call == SYS_getpid || call == SYS_gettid || call == SYS_geteuid || call == SYS_brk ||
	       call == SYS_rt_sigreturn || call == SYS_exit || call == SYS_exit_group;
}

static void enter(struct task *task, long call, const unsigned long long *arguments)
{
	int error;

	if (call >= 0 && call < CALLS_MAX)
		task->counts[call]++;
	if (call == MARK_CALL && (long)arguments[0] >= MARK_BASE && (long)arguments[0] < MARK_BASE + 256) {
		task->phase = (enum mark_phase)(arguments[0] - MARK_BASE);
		return;
	}
	if (task->phase == MARK_NONE || is_out_of_question(call))
		return;
	seen++;
	fprintf(list, "call %lu %d %s %u %d %llx %llx %llx\n", seen, (int)(task - tasks), name_of(call),
		call >= 0 && call < CALLS_MAX ? task->counts[call] : 0u, (int)task->phase, arguments[0],
		arguments[1], arguments[2]);
	error = lacking(call, arguments);
	if (seen == wanted || call == ever_call)
		inject(task, call);
	else if (error)
		refuse(task, error);
}

static void leave(struct task *task)
{
	struct user_regs_struct registers;

	if (!task->error)
		return;
	registers = registers_of(task);
	registers.rax = (unsigned long long)-(long long)task->error;
	set_registers(task, &registers);
	task->error = 0;
}

static void at_call(struct task *task)
{
	struct user_regs_struct registers = registers_of(task);
	unsigned long long arguments[3] = { registers.rdi, registers.rsi, registers.rdx };

	task->is_inside = !task->is_inside;
	if (task->is_inside)
		enter(task, (long)registers.orig_rax, arguments);
	else
		leave(task);
}

/* Lets the stopped task go on, with the signal that it has stopped for. */
static void go_on(struct task *task, int status)
{
	int signo = WSTOPSIG(status), event = status >> 16;

	if (signo == (SIGTRAP | 0x80)) {
		at_call(task);
		signo = 0;
	} else if (event != 0) {
		signo = 0;
	}
	/* It may have been killed meanwhile. */
	if (ptrace(PTRACE_SYSCALL, task->tid, NULL, (void *)(intptr_t)signo) < 0 && errno != ESRCH)
		fail("PTRACE_SYSCALL");
}

static void follow(pid_t program)
{
	for (;;) {
		int status;
		pid_t tid = waitpid(-1, &status, __WALL);

		if (tid < 0 && errno == EINTR)
			continue;
		if (tid < 0)
			return;
		if (WIFSTOPPED(status)) {
			go_on(task_of(tid), status);
			continue;
		}
		task_of(tid)->tid = 0;
		if (tid != program)
			continue;
		fprintf(list, WIFEXITED(status) ? "exit %d\n" : "signal %d\n",
			WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
		status_of_program = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
}

/* The child waits until it is traced. */
static pid_t start(char **arguments)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE |
			     PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;
	int gate[2];
	char byte;
	pid_t pid = -1;

	if (pipe2(gate, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		fail("fork");
	if (pid == 0) {
		close(gate[1]);
		while (read(gate[0], &byte, 1) < 0 && errno == EINTR)
			continue;
		execv(arguments[0], arguments);
		fail(arguments[0]);
	}
	close(gate[0]);
	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)options) < 0)
		fail("ptrace is not permitted");
	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		fail("PTRACE_INTERRUPT");
	close(gate[1]);
	return pid;
}

static void lack(const char *what)
{
	lacks_tmpfile |= strcmp(what, "tmpfile") == 0;
	lacks_populate |= strcmp(what, "populate") == 0;
	lacks_readv |= strcmp(what, "readv") == 0;
}

int main(int count, char **arguments)
{
	const char *path = "/dev/null";
	int option;

	while ((option = getopt(count, arguments, "+o:n:k:e:sxa")) != -1) {
		switch (option) {
		case 'o':
			path = optarg;
			break;
		case 'n':
			lack(optarg);
			break;
		case 'k':
			wanted = strtoul(optarg, NULL, 10);
			break;
		case 'e':
			fault = FAULT_ERROR;
			fault_error = atoi(optarg);
			break;
		case 's':
			fault = FAULT_SHORT;
			break;
		case 'x':
			fault = FAULT_KILL;
			break;
		case 'a':
			is_ever = 1;
			break;
		default:
			return 125;
		}
	}
	list = fopen(path, "we");
	if (!list || optind == count || (wanted != 0) != (fault != FAULT_NONE))
		fail("usage, or the list");
	follow(start(arguments + optind));
	return fclose(list) == 0 ? status_of_program : 125;
}
