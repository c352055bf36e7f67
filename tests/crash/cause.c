#include "cause.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TRAPPED_CALL SYS_acct /* nobody else makes it */
#define NEAR_BYTES (64u << 20)

static volatile char *volatile null_address =
	(volatile char *)CAUSE_NULL_ADDRESS; /* hidden from the compiler */
static volatile char *behind_the_end;
static uintptr_t libc_address;
static int has_filter;

static int map_truncated(void)
{
	FILE *file = tmpfile();
	void *map;

	if (!file || ftruncate(fileno(file), 4096) < 0)
		return -errno;
	map = mmap((void *)(uintptr_t)CAUSE_BUS_ADDRESS, 4096, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE,
		   fileno(file), 0);
	if (map == MAP_FAILED || ftruncate(fileno(file), 0) < 0)
		return -errno;
	behind_the_end = map;
	fclose(file);
	return 0;
}

static void make_filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TRAPPED_CALL, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	has_filter = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		     prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

int cause_prepare(void)
{
	libc_address = (uintptr_t)dlsym(RTLD_DEFAULT, "abort");
	make_filter();
	return map_truncated();
}

#if defined(__x86_64__)
#define UNDEFINED __asm__ volatile("ud2")
#define BREAKPOINT __asm__ volatile("int3")
#define DIVIDE                                                                                               \
	__asm__ volatile("xorl %%edx, %%edx; movl $1, %%eax; xorl %%ecx, %%ecx; idivl %%ecx" ::              \
				 : "eax", "ecx", "edx")
#elif defined(__aarch64__)
#define UNDEFINED __asm__ volatile("udf #0")
#define BREAKPOINT __asm__ volatile("brk #0")
#define DIVIDE raise(SIGFPE) /* the quotient by zero is zero there */
#else
#error "say how this processor faults"
#endif

/* One function, the same in every program, also with link-time optimization: its addresses are compared. */
#ifdef __clang__
__attribute__((noinline))
#else
__attribute__((noipa))
#endif
void cause(int signo)
{
	switch (signo) {
	case SIGSEGV:
		*null_address = 1;
		break;
	case SIGBUS:
		(void)*behind_the_end;
		break;
	case SIGILL:
		UNDEFINED;
		break;
	case SIGFPE:
		DIVIDE;
		break;
	case SIGABRT:
		abort();
	case SIGTRAP:
		BREAKPOINT;
		break;
	case SIGSYS:
		if (has_filter)
			syscall(TRAPPED_CALL, NULL);
		else
			raise(SIGSYS);
		break;
	default:
		raise(signo);
	}
}

uint64_t cause_place(const void *address)
{
	uintptr_t at = (uintptr_t)address;

	if (at - (uintptr_t)&cause < 4096)
		return at - (uintptr_t)&cause;
	if (at + NEAR_BYTES - libc_address < 2 * NEAR_BYTES)
		return at + NEAR_BYTES - libc_address;
	return at;
}
