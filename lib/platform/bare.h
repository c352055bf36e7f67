/*
 * bare.h - a thread made by the bare system call, which needs neither memory nor locks of the C library.
 */
#ifndef TTLOG_BARE_H
#define TTLOG_BARE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Runs `run` in a new thread on `stack`, which has `bytes` bytes, and clears *until_gone, in the kernel, when the thread has left the stack. 0 or -errno.
 *
 * All signals are blocked in it. It has no thread-local memory: no errno, no call of the C library that sets one, nothing that allocates. There
 * may be one such thread at a time. Under ThreadSanitizer, which has to know every thread, always -ENOSYS. SIGNAL.
 */
int bare_start(void (*run)(void), char *stack, size_t bytes, uint32_t *until_gone);

/* For that thread: sleeps, without errno. */
void bare_sleep_ns(uint64_t ns);

#endif
