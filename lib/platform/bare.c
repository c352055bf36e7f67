#include "bare.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

#include "../include/ttlog/impl.h"
#include "machine.h"

#ifdef TT_IMPL_STRICT_ATOMICS

int bare_start(void (*run)(void), char *stack, size_t bytes, uint32_t *until_gone)
{
	(void)run;
	(void)stack;
	(void)bytes;
	(void)until_gone;
	return -ENOSYS;
}

#else

/* What the thread pointer shows: a compiler's stack protector reads its canary near it, and nothing else does. */
static _Alignas(64) char no_locals[512];

static int enter(void *run)
{
	((void (*)(void))(uintptr_t)run)();
	return 0;
}

int bare_start(void (*run)(void), char *stack, size_t bytes, uint32_t *until_gone)
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
			  CLONE_SETTLS | CLONE_CHILD_CLEARTID;
	sigset_t all, before;
	int error = 0;

	sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
		return -EINVAL;
	if (clone(enter, stack + bytes, flags, (void *)(uintptr_t)run, NULL,
		  no_locals + sizeof(no_locals) / 2, until_gone) < 0)
		error = -errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

#endif

void bare_sleep_ns(uint64_t ns)
{
	struct timespec time = { .tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u) };

	machine_system_call(SYS_nanosleep, (long)(uintptr_t)&time, 0);
}
