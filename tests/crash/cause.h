/*
 * cause.h - signals as they come in real life: from the processor where it can, from the kernel elsewhere.
 *
 * SIGSEGV a store to a small address; SIGBUS a load from behind the end of a file; SIGILL an undefined instruction;
 * SIGFPE a division by zero (where the processor traps it, else raise); SIGABRT abort(); SIGTRAP a breakpoint; SIGSYS a
 * system call that seccomp traps (raise where there is no seccomp).
 */
#ifndef CAUSE_H
#define CAUSE_H

#include <stdint.h>

#define CAUSE_NULL_ADDRESS 0x20u	 /* what SIGSEGV comes with */
#define CAUSE_BUS_ADDRESS 0x70000000000u /* and SIGBUS */

/* Makes the mapping and the filter that SIGBUS and SIGSYS need. Before threads. 0 or -errno. */
int cause_prepare(void);

/* Causes the signal. Uses little stack. */
void cause(int signo);

/* Of an address the part that does not depend on where it was loaded: equal in two programs that have this file. */
uint64_t cause_place(const void *address);

#endif
