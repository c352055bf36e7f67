/*
 * loop.h - for the loops that are timed around whatever is measured.
 *
 * They are all the same, so that the empty one can be subtracted. The optimiser may not see what the counter
 * and the arguments are, or it would unroll, vectorise, hoist or delete. None of this costs an instruction.
 */
#ifndef BENCH_LOOP_H
#define BENCH_LOOP_H

/* The variable may have any value from here on; what a pointer points to is used and changed. */
#define LOOP_OPAQUE(x) __asm__ volatile("" : "+r"(x) : : "memory")

/* The same for one in memory: every machine has its own name for the registers of doubles. */
#define LOOP_OPAQUE_MEMORY(x) __asm__ volatile("" : "+m"(x))

/* The same for a variable that has no value yet: it is what a register happens to hold. */
#define LOOP_ANY(x) __asm__ volatile("" : "=r"(x))

/* A burst stands on a line of its own: where it lies must not decide what it costs. */
#define LOOP_BURST __attribute__((noinline, aligned(64))) void

#endif
