/*
 * crash.c - the crash handler.
 *
 * 1. A process that is not the owner (a vfork or clone child): passed on untouched.
 * 2. The first thread claims the crash; others that crash meanwhile wait for it, and then a little longer, so that the signal
 *    that ends the process is the one that the snapshot tells of.
 * 3. A watchdog bounds the time; the writers are told to stop, which is a hint.
 * 4. The reserved file gets its name first and its content then, newest chunks first: whatever stops us, what is there decodes.
 * 5. The earlier action is restored and the signal sent again as it came: earlier handlers, exit status and core file stay what
 *    they would have been.
 *
 * Everything in here is async-signal-safe; memory that may be bad is read by system call.
 */
#include "crash.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../format-spec/twin/snapshot.h"
#include "config.h"
#include "life.h"
#include "platform/atomic.h"
#include "platform/machine.h"
#include "platform/os.h"
#include "region.h"
#include "report.h"
#include "snapshot.h"
#include "snapshot_file.h"
#include "thread.h"
#include "writer.h"

#define WATCHDOG_SECONDS 20
#define LINGER_NS 1500000000u /* how long the losers wait after the winner is done */
#define POLL_NS 10000000u
#define RESERVED_BYTES_MAX (16u << 20) /* of a snapshot; the newest chunks come first */
#define HIGH_DESCRIPTOR 900	       /* out of the way of programs that close or count low ones */

static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS };
#define SIGNAL_COUNT (sizeof(signals) / sizeof(signals[0]))

static bool is_installed;
static struct sigaction earlier[NSIG];
static struct snapshot_memory *memory;
static struct snapshot_file *file;
static pid_t owner_pid;	 /* whose reserved file it is */
static uint32_t claimer; /* tid of the thread that writes the snapshot */
static uint32_t is_done;
static uint64_t started_ns; /* the claim */
static sigjmp_buf give_up;
static bool is_written; /* and reported */
static struct machine_state state;
static uint64_t frames[MACHINE_FRAMES_MAX];

/* Ends our part: the signal comes again, to whoever had it before us. */
static void pass_on(int signo, siginfo_t *info)
{
	struct sigaction action = earlier[signo];

	/* What the kernel itself causes it does not let anyone ignore; what is sent could be, and here it is sent again. */
	if (info->si_code > 0 && !(action.sa_flags & SA_SIGINFO) && action.sa_handler == SIG_IGN)
		action.sa_handler = SIG_DFL;
	sigaction(signo, &action, NULL);
	if (syscall(SYS_rt_tgsigqueueinfo, os_pid(), os_tid(), signo, info) < 0)
		syscall(SYS_tgkill, os_pid(), os_tid(), signo);
}

/*
 * The snapshot hangs: give it up, and let the program die as it would have. The alarm may come to any thread, and it may be the
 * program's own; what was interrupted is never gone on with, so it can be left in the middle.
 */
static void watchdog(int signo)
{
	uint32_t tid = __atomic_load_n(&claimer, __ATOMIC_RELAXED);
	int saved = errno;

	if (os_monotonic_ns() - started_ns < (WATCHDOG_SECONDS - 1) * 1000000000ull)
		return;
	if (tid == (uint32_t)os_tid())
		siglongjmp(give_up, 1);
	syscall(SYS_tgkill, os_pid(), tid, signo);
	errno = saved;
}

/*
 * Return addresses by frame pointers: each frame is {caller's frame, return address}, and lies above the one before. Code without
 * frame pointers ends the walk early or skips callers; nothing that is read is trusted.
 */
static uint32_t walk_stack(void)
{
	uint64_t frame = state.frame, pair[2];
	uint32_t count = 0;

	frames[count++] = state.pc;
	/* A call through a bad pointer: nothing of what was called has run, so the caller's address is where the call left it. */
	if (os_read_memory((const void *)(uintptr_t)state.pc, pair, 1) < 0) {
		if (!state.is_return_on_stack)
			frames[count++] = state.return_address;
		else if (os_read_memory((const void *)(uintptr_t)state.sp, pair, sizeof(pair[0])) == 0)
			frames[count++] = pair[0];
	}
	while (count < MACHINE_FRAMES_MAX && frame % 8 == 0 && frame >= state.sp &&
	       os_read_memory((const void *)(uintptr_t)frame, pair, sizeof(pair)) == 0 && pair[1] != 0) {
		frames[count++] = pair[1];
		if (pair[0] <= frame)
			break;
		frame = pair[0];
	}
	return count;
}

static int reserve(void)
{
	int error, high;

	error = snapshot_file_name(file);
	if (error == 0)
		error = snapshot_file_open(file);
	if (error < 0)
		return error;
	high = fcntl(file->fd, F_DUPFD_CLOEXEC, HIGH_DESCRIPTOR);
	if (high >= 0) {
		os_close(file->fd);
		file->fd = high;
	}
	/* KEEP_SIZE: if writing is cut short, the file ends where it was cut. Where it is not known nothing is reserved. */
	error = os_reserve(file->fd,
			   config.max_bytes < RESERVED_BYTES_MAX ? config.max_bytes : RESERVED_BYTES_MAX);
	if (error == -EOPNOTSUPP || error == -ENOSYS)
		error = 0;
	if (error < 0)
		snapshot_file_close(file);
	return error;
}

/* The program may have closed our descriptor, and it may be another file's by now, which is not ours to close. */
static void forget_if_reused(void)
{
	if (file->fd < 0 || snapshot_file_is_ours(file))
		return;
	file->fd = -1;
	snapshot_file_close(file);
}

static void write_snapshot(int signo, siginfo_t *info, const void *context)
{
	struct snapshot_cause cause = {
		.policy = TTF_POLICY_CRASH, .signo = signo, .info = info, .state = &state, .frames = frames
	};
	int error = 0;

	machine_read_state(context, &state);
	cause.frame_count = walk_stack();
	forget_if_reused();
	if (file->fd < 0)
		error = snapshot_file_open(file);
	if (error == 0)
		error = snapshot_file_name(file);
	if (error == 0)
		error = snapshot_file_publish(file);
	if (error == 0) {
		off_t end;

		error = snapshot_write(memory, &cause, file->fd);
		end = lseek(file->fd, 0, SEEK_CUR);
		if (end >
		    0) /* gives the rest of the reserve back; without that the snapshot is no less whole */
			os_truncate(file->fd, (uint64_t)end);
		snapshot_file_close(file);
	}
	snapshot_note(error);
	is_written = true;
	if (error < 0)
		report("no snapshot of the crash, or not all of it", file->path, error);
	else
		report("crashed, snapshot written", file->path, 0);
}

/* As far as it goes within the watchdog's time. */
static void try_to_write(int signo, siginfo_t *info, const void *context)
{
	if (sigsetjmp(give_up, 0) == 0) {
		write_snapshot(signo, info, context);
	} else if (!is_written) {
		snapshot_note(-ETIMEDOUT);
		report("no snapshot of the crash, or not all of it", file->path, -ETIMEDOUT);
	}
}

/* Only one thread: it claimed the crash. */
static void handle_first(int signo, siginfo_t *info, const void *context)
{
	struct sigaction alarm_action = { .sa_handler = watchdog }, alarm_before;
	unsigned alarm_left;
	sigset_t alarm_set;

	started_ns = os_monotonic_ns();
	sigaction(SIGALRM, &alarm_action, &alarm_before);
	alarm_left = alarm(WATCHDOG_SECONDS);
	sigemptyset(&alarm_set);
	sigaddset(&alarm_set, SIGALRM);
	/* The program may have blocked it. The mask is what it was when we return from the signal. */
	pthread_sigmask(SIG_UNBLOCK, &alarm_set, NULL);
	writer_stop(TTF_DROP_FROZEN);
	thread_interrupt_all();
	if (life_is_ready())
		try_to_write(signo, info, context);
	alarm(alarm_left);
	sigaction(SIGALRM, &alarm_before, NULL);
	__atomic_store_n(&is_done, 1, __ATOMIC_RELEASE); /* C1: pairs with handle_late; the file is whole */
}

static void handle_late(void)
{
	uint64_t waited = 0;

	/* C1: pairs with handle_first. */
	for (; waited < WATCHDOG_SECONDS * 1000000000ull && !__atomic_load_n(&is_done, __ATOMIC_ACQUIRE);
	     waited += POLL_NS)
		os_sleep_ns(POLL_NS);
	os_sleep_ns(LINGER_NS);
}

static void handle(int signo, siginfo_t *info, void *context)
{
	int saved = errno;
	uint32_t nobody = 0;

	if (os_pid() == owner_pid) {
		/* One thread is the first; the others see that it is not they. */
		if (__atomic_compare_exchange_n(&claimer, &nobody, (uint32_t)os_tid(), 0, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			handle_first(signo, info, context);
		else if (nobody != (uint32_t)os_tid())
			handle_late();
	}
	pass_on(signo, info);
	errno = saved;
}

void crash_adopt(void)
{
	if (!__atomic_load_n(&is_installed, __ATOMIC_RELAXED) || owner_pid == os_pid())
		return;
	if (file->fd >= 0)
		os_close(file->fd); /* the parent's */
	file->fd = -1;
	if (reserve() == 0)
		owner_pid = os_pid();
}

/* The handlers that are still ours, and the reserved file. */
static void give_back(void)
{
	for (size_t i = 0; i < SIGNAL_COUNT; i++) {
		struct sigaction now;

		if (sigaction(signals[i], NULL, &now) == 0 && (now.sa_flags & SA_SIGINFO) &&
		    now.sa_sigaction == handle)
			sigaction(signals[i], &earlier[signals[i]], NULL);
	}
	forget_if_reused();
	if (file->fd >= 0)
		snapshot_file_close(file);
}

static int install(void)
{
	struct sigaction action = { .sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	int error;

	if (!memory)
		memory = snapshot_memory_make(0);
	if (!file)
		file = os_map(sizeof(*file));
	if (!memory || !file)
		return -ENOMEM;
	error = reserve();
	if (error < 0)
		return error;
	owner_pid = os_pid();
	thread_want_signal_stacks();
	thread_interrupt_all(); /* those that are at work get theirs with their next event, not with their next chunk */
	sigfillset(&action.sa_mask);
	sigdelset(&action.sa_mask, SIGALRM);
	for (size_t i = 0; i < SIGNAL_COUNT && error == 0; i++)
		if (sigaction(signals[i], NULL, &earlier[signals[i]]) < 0 ||
		    sigaction(signals[i], &action, NULL) < 0)
			error = -errno;
	if (error < 0)
		give_back();
	return error;
}

int crash_install(void)
{
	int error;

	if (__atomic_exchange_n(&is_installed, true, __ATOMIC_RELAXED))
		return 0;
	error = install();
	if (error < 0)
		__atomic_store_n(&is_installed, false, __ATOMIC_RELAXED);
	return error;
}

void crash_remove(void)
{
	if (is_installed && owner_pid == os_pid() && __atomic_load_n(&claimer, __ATOMIC_RELAXED) == 0) {
		give_back();
		is_installed = false;
	}
}
