/*
 * atomic.h - loads and stores of words of the region, named by their order.
 *
 * The region is shared with other threads, with other processes and with whoever reads it after our death. Every
 * access to it that may race goes through here. Words are little endian, as the hosts we record on are.
 * Context: HOT.
 */
#ifndef TTLOG_ATOMIC_H
#define TTLOG_ATOMIC_H

#include <stddef.h>
#include <stdint.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	       "the recorder writes the region in the host's order");

static inline uint64_t *word64(const void *base, uint64_t offset)
{
	return (uint64_t *)((uintptr_t)base + offset);
}

static inline uint32_t *word32(const void *base, uint64_t offset)
{
	return (uint32_t *)((uintptr_t)base + offset);
}

static inline uint64_t load64_relaxed(const void *base, uint64_t offset)
{
	return __atomic_load_n(word64(base, offset), __ATOMIC_RELAXED);
}

static inline uint64_t load64_acquire(const void *base, uint64_t offset)
{
	return __atomic_load_n(word64(base, offset), __ATOMIC_ACQUIRE);
}

static inline void store64_relaxed(void *base, uint64_t offset, uint64_t value)
{
	__atomic_store_n(word64(base, offset), value, __ATOMIC_RELAXED);
}

static inline void store64_release(void *base, uint64_t offset, uint64_t value)
{
	__atomic_store_n(word64(base, offset), value, __ATOMIC_RELEASE);
}

static inline uint64_t add64_relaxed(void *base, uint64_t offset, uint64_t value)
{
	return __atomic_fetch_add(word64(base, offset), value, __ATOMIC_RELAXED);
}

static inline uint32_t load32_relaxed(const void *base, uint64_t offset)
{
	return __atomic_load_n(word32(base, offset), __ATOMIC_RELAXED);
}

static inline uint32_t load32_acquire(const void *base, uint64_t offset)
{
	return __atomic_load_n(word32(base, offset), __ATOMIC_ACQUIRE);
}

static inline void store32_relaxed(void *base, uint64_t offset, uint32_t value)
{
	__atomic_store_n(word32(base, offset), value, __ATOMIC_RELAXED);
}

static inline void store32_release(void *base, uint64_t offset, uint32_t value)
{
	__atomic_store_n(word32(base, offset), value, __ATOMIC_RELEASE);
}

/* Raises a counter to at least `value`: for counters that are kept in two places. */
static inline void raise64_relaxed(void *base, uint64_t offset, uint64_t value)
{
	uint64_t now = load64_relaxed(base, offset);

	while (now < value && !__atomic_compare_exchange_n(word64(base, offset), &now, value, 1,
							   __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		continue;
}

static inline void fence_acquire(void)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
}

static inline void fence_release(void)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

/* Between two flags that two threads raise and then look at: at least one sees the other's. */
static inline void fence_seq_cst(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Order against a signal handler of the same thread: for the compiler only. */
static inline void fence_signal(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/* Copies whole words out of memory that another thread may be writing. */
static inline void copy_words(uint64_t *to, const uint64_t *from, size_t words)
{
	for (size_t i = 0; i < words; i++)
		to[i] = __atomic_load_n(from + i, __ATOMIC_RELAXED);
}

/* The same into such memory. */
static inline void store_words(uint64_t *to, const uint64_t *from, size_t words)
{
	for (size_t i = 0; i < words; i++)
		__atomic_store_n(to + i, from[i], __ATOMIC_RELAXED);
}

#endif
