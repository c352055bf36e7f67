#include "machine.h"

#include <elf.h>
#include <ucontext.h>

#include "../../format-spec/twin/region.h"
#include "../include/ttlog/ticks.h"

uint32_t machine_counter(void)
{
	return TTF_CLOCK_CNTVCT;
}

bool machine_counter_is_constant(void)
{
	return true; /* Arm ARM, "The Generic Timer": one rate, for all CPUs */
}

uint64_t machine_counter_rate(void)
{
	uint64_t rate;

	__asm__("mrs %0, cntfrq_el0" : "=r"(rate));
	return rate;
}

uint64_t machine_ticks_after(void)
{
	__asm__ volatile("isb" ::: "memory"); /* Arm ARM, CNTVCT_EL0: else it may be read early */
	return tt_impl_ticks();
}

long machine_system_call(long number, long first, long second)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = first;
	register long x1 __asm__("x1") = second;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1) : "memory");
	return x0;
}

void machine_read_state(const void *ucontext, struct machine_state *state)
{
	const mcontext_t *context = &((const ucontext_t *)ucontext)->uc_mcontext;

	state->machine = EM_AARCH64;
	state->pc = context->pc;
	state->sp = context->sp;
	state->frame = context->regs[29];
	state->is_return_on_stack = false;
	state->return_address = context->regs[30];
	state->register_count = 34;
	for (int i = 0; i < 31; i++)
		state->registers[i] = context->regs[i];
	state->registers[31] = context->sp;
	state->registers[32] = context->pc;
	state->registers[33] = context->pstate;
}
