#include "machine.h"

#include <elf.h>
#include <ucontext.h>

#include "../../format-spec/twin/region.h"

uint32_t machine_counter(void)
{
	return TTF_CLOCK_CNTVCT;
}

bool machine_counter_is_constant(void)
{
	return true; /* Arm ARM, "The Generic Timer": one rate, for all CPUs */
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
