/*
 * quiet.c - a million events make no allocation, take no lock and make no system call; many chunks are filled meanwhile.
 *
 * The allocator and the locks are interposed here; system calls are trapped by a seccomp filter and counted.
 */
#include <dlfcn.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TT_TARGET "api.quiet"
#include "api.h"

#define EVENTS 1000000

static unsigned long allocations, locks, system_calls;
static int first_system_call;

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *memory, size_t bytes);
extern void __libc_free(void *memory);

void *malloc(size_t bytes)
{
	allocations++;
	return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
	allocations++;
	return __libc_calloc(count, bytes);
}

void *realloc(void *memory, size_t bytes)
{
	allocations++;
	return __libc_realloc(memory, bytes);
}

void free(void *memory)
{
	allocations += memory != NULL;
	__libc_free(memory);
}

/* Every function of the C library that takes a lock, counted before the real one runs. */
#define COUNT_LOCK(name, type)                                                                               \
	int name(type *lock)                                                                                 \
	{                                                                                                    \
		static int (*real)(type *);                                                                  \
                                                                                                             \
		locks++;                                                                                     \
		if (!real)                                                                                   \
			*(void **)&real = dlsym(RTLD_NEXT, #name);                                           \
		return real(lock);                                                                           \
	}
COUNT_LOCK(pthread_mutex_lock, pthread_mutex_t)
COUNT_LOCK(pthread_mutex_trylock, pthread_mutex_t)
COUNT_LOCK(pthread_rwlock_rdlock, pthread_rwlock_t)
COUNT_LOCK(pthread_rwlock_wrlock, pthread_rwlock_t)

int pthread_spin_lock(pthread_spinlock_t *lock)
{
	static int (*real)(pthread_spinlock_t *);

	locks++;
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "pthread_spin_lock");
	return real(lock);
}

static void on_system_call(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	if (system_calls++ == 0)
		first_system_call = info->si_syscall;
}

/* From here on every system call but the few that end the test is a SIGSYS. */
static void trap_system_calls(void)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof(program) / sizeof(program[0]), program };
	struct sigaction action = { .sa_sigaction = on_system_call, .sa_flags = SA_SIGINFO };

	MUST(sigaction(SIGSYS, &action, NULL) == 0);
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
}

static void record(int events)
{
	const char *volatile text = "some text that is longer than sixteen bytes";
	char *volatile null = NULL;

	for (int i = 0; i < events; i += 5) {
		TT_INFO("nothing");
		TT_INFO("%d %d", i, events);
		TT_INFO("%s %d", text, i);
		TT_INFO("%.*s %s %ls %f %Lf", 4, text, null, L"wide", 1.5, 2.5L);
		TT_INFO("%m %p", (const void *)text);
	}
}

static void say(const char *line)
{
	MUST(write(STDOUT_FILENO, line, strlen(line)) == (ssize_t)strlen(line));
}

int main(void)
{
	char line[200];

	record(5); /* the thread's first event makes its ring, and may do all of it */
	trap_system_calls();
	allocations = locks = 0;
	record(EVENTS);
	tt_filter("off");
	locks--; /* the filter's own, which shows that locks are seen */
	record(EVENTS);
	snprintf(line, sizeof(line), "quiet: %d events: %lu allocations, %lu locks, %lu system calls\n",
		 EVENTS, allocations, locks, system_calls);
	say(line);
	if (system_calls > 0) {
		snprintf(line, sizeof(line), "quiet: the first was system call %d\n", first_system_call);
		say(line);
	}
	_exit(allocations + locks + system_calls != 0);
}
