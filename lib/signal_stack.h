/*
 * signal_stack.h - a thread's alternate signal stack, without which its stack overflow never reaches a handler.
 * SIGNAL.
 */
#ifndef TTLOG_SIGNAL_STACK_H
#define TTLOG_SIGNAL_STACK_H

/* Gives the calling thread an alternate stack with a guard page, unless it has one. NULL: it has, or there is no memory. */
void *signal_stack_make(void);

/* Takes back what signal_stack_make gave to the calling thread. */
void signal_stack_free(void *stack);

/* Unmaps the stack, which may be NULL, of a thread that is not there any more. */
void signal_stack_forget(void *stack);

#endif
