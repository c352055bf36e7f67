/*
 * traced.h - a child that is run by single steps (ptrace). x86-64 only.
 *
 * The vDSO's clock functions begin anew when the kernel has updated the time meanwhile, so between two looks they would never end: and
 * nothing of ours is there to be looked at. They are run as one step, by a breakpoint at their return address.
 */
#ifndef TRACED_H
#define TRACED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum traced_stop {
	TRACED_STEP,  /* after an instruction, or at a breakpoint */
	TRACED_CLONE, /* a thread was made: traced_new_thread */
	TRACED_OTHER, /* at a signal: it goes on with the next step */
	TRACED_ENDED, /* exited, or killed */
};

struct traced {
	pid_t pid;
	int status; /* after TRACED_ENDED, as waitpid says */
	int signo;  /* to be delivered with the next step; 0: none */
};

/* NULL, or why nothing can be traced here. */
const char *traced_is_possible(void);

/* Calls `be`, which does not return, in a child that stops at once. 0, or -1 after a message. */
int traced_start(struct traced *traced, void (*be)(void *), void *argument);

/* Lets it run until it stops by itself; or one instruction. */
enum traced_stop traced_continue(struct traced *traced);
enum traced_stop traced_step(struct traced *traced);

/* After TRACED_CLONE: the new thread, which has not begun. 0 or -1. */
int traced_new_thread(const struct traced *traced, struct traced *thread);

/* Where it is. */
uint64_t traced_pc(const struct traced *traced);

/* Is this the loader's code? The recorder never calls it, but for being loaded. */
bool traced_is_loader(uint64_t pc);

#endif
