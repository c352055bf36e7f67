/*
 * machine.h - what differs between architectures: machine_<arch>.c, which the Makefile picks.
 */
#ifndef TTLOG_MACHINE_H
#define TTLOG_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#define MACHINE_REGISTERS_MAX 64
#define MACHINE_FRAMES_MAX 128

/* Where a thread stood when the signal came. */
struct machine_state {
	uint32_t machine; /* ELF e_machine */
	uint64_t pc;
	uint64_t sp;
	uint64_t frame;		 /* frame pointer */
	bool is_return_on_stack; /* a call leaves the return address at sp; else it is: */
	uint64_t return_address;
	uint32_t register_count;
	uint64_t registers[MACHINE_REGISTERS_MAX]; /* in the order of format-spec/snapshot.md, CRASH */
};

/* The region's code of the counter that tt_impl_ticks reads; 0: this machine has none. */
uint32_t machine_counter(void);

/* Does the counter run at one rate, on all CPUs, in all states of sleep? */
bool machine_counter_is_constant(void);

/* Its ticks a second, about. */
uint64_t machine_counter_rate(void);

/* The counter, read not before all loads and fences that stand before it are done. */
uint64_t machine_ticks_after(void);

/* A system call that sets no errno: its result, or -errno. */
long machine_system_call(long number, long first, long second);

/* Takes the state out of a signal handler's third argument. SIGNAL. */
void machine_read_state(const void *ucontext, struct machine_state *state);

#endif
