#include "machine.h"

#include <cpuid.h>
#include <elf.h>
#include <ucontext.h>

#include "../../format-spec/twin/region.h"
#include "../include/ttlog/ticks.h"

uint32_t machine_counter(void)
{
	return TTF_CLOCK_TSC;
}

bool machine_counter_is_constant(void)
{
	unsigned eax, ebx, ecx, edx;

	/* Intel SDM vol. 3, "Invariant TSC": CPUID.80000007H:EDX[8]. */
	return __get_cpuid(0x80000007, &eax, &ebx, &ecx, &edx) && (edx >> 8 & 1);
}

uint64_t machine_counter_rate(void)
{
	return 2500000000u; /* nothing tells in all machines; they have 2 to 4 GHz */
}

uint64_t machine_ticks_after(void)
{
	__asm__ volatile("lfence" ::: "memory"); /* Intel SDM vol. 2, RDTSC */
	return tt_impl_ticks();
}

long machine_system_call(long number, long first, long second)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(first), "S"(second)
			 : "rcx", "r11", "memory");
	return result;
}

void machine_read_state(const void *ucontext, struct machine_state *state)
{
	static const int order[] = { REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI,
				     REG_RBP, REG_RSP, REG_R8,	REG_R9,	 REG_R10, REG_R11,
				     REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP, REG_EFL };
	const greg_t *registers = ((const ucontext_t *)ucontext)->uc_mcontext.gregs;

	state->machine = EM_X86_64;
	state->pc = (uint64_t)registers[REG_RIP];
	state->sp = (uint64_t)registers[REG_RSP];
	state->frame = (uint64_t)registers[REG_RBP];
	state->is_return_on_stack = true;
	state->return_address = 0;
	state->register_count = sizeof(order) / sizeof(order[0]);
	for (uint32_t i = 0; i < state->register_count; i++)
		state->registers[i] = (uint64_t)registers[order[i]];
}
