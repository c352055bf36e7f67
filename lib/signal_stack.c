#include "signal_stack.h"

#include <signal.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "platform/os.h"

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

/* The guard below the stack: one page, which is up to 64 KiB on AArch64. */
static size_t guard_bytes(void)
{
	size_t bytes = getauxval(AT_PAGESZ);

	return bytes < 4096 ? 4096 : bytes;
}

/* What the kernel pushes grows with the CPU's registers (12 KiB with AMX): the classic 16 KiB is too small. */
static size_t stack_bytes(void)
{
	size_t bytes = 2 * getauxval(AT_MINSIGSTKSZ) + 32768;

	return bytes < 65536 ? 65536 : (bytes + 4095) / 4096 * 4096;
}

void *signal_stack_make(void)
{
	size_t guard = guard_bytes();
	stack_t stack;
	char *memory;

	if (sigaltstack(NULL, &stack) < 0 || !(stack.ss_flags & SS_DISABLE))
		return NULL; /* never replace another's */
	memory = os_map(guard + stack_bytes());
	if (!memory)
		return NULL;
	mprotect(memory, guard, PROT_NONE);
	stack = (stack_t){ .ss_sp = memory + guard, .ss_size = stack_bytes() };
	if (sigaltstack(&stack, NULL) < 0) {
		os_unmap(memory, guard + stack_bytes());
		return NULL;
	}
	return memory;
}

void signal_stack_free(void *stack)
{
	stack_t now;

	if (sigaltstack(NULL, &now) < 0 || now.ss_sp != (char *)stack + guard_bytes() ||
	    (now.ss_flags & SS_ONSTACK))
		return; /* somebody has put another in its place */
	now.ss_flags = SS_DISABLE;
	sigaltstack(&now, NULL);
	os_unmap(stack, guard_bytes() + stack_bytes());
}

void signal_stack_forget(void *stack)
{
	if (stack)
		os_unmap(stack, guard_bytes() + stack_bytes());
}
