#include "locked_malloc.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

/* glibc's own, under the names it keeps for those who interpose. */
extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *memory, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);
extern void __libc_free(void *memory);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static __thread int is_inside;
static __thread void (*inside_hook)(int argument);
static __thread int hook_argument;
static int is_forbidden;

static void tell(const char *text, size_t bytes)
{
	if (write(STDERR_FILENO, text, bytes) < 0)
		_exit(LOCKED_MALLOC_STATUS);
	_exit(LOCKED_MALLOC_STATUS);
}

static void enter(void)
{
	static const char nested[] = "malloc inside malloc\n", forbidden[] = "malloc after the crash\n";

	if (is_inside)
		tell(nested, sizeof(nested) - 1);
	if (__atomic_load_n(&is_forbidden, __ATOMIC_RELAXED))
		tell(forbidden, sizeof(forbidden) - 1);
	pthread_mutex_lock(&lock);
	is_inside = 1;
}

static void leave(void)
{
	is_inside = 0;
	pthread_mutex_unlock(&lock);
}

void locked_malloc_forbid(void)
{
	__atomic_store_n(&is_forbidden, 1, __ATOMIC_RELAXED);
}

void locked_malloc_inside(void (*hook)(int argument), int argument)
{
	hook_argument = argument;
	inside_hook = hook;
}

/* Everybody's, the libraries' too. */
#pragma GCC visibility push(default)

void *malloc(size_t bytes)
{
	void *memory;

	enter();
	if (inside_hook) {
		void (*hook)(int argument) = inside_hook;

		inside_hook = NULL;
		hook(hook_argument);
	}
	memory = __libc_malloc(bytes);
	leave();
	return memory;
}

void *calloc(size_t count, size_t bytes)
{
	void *memory;

	enter();
	memory = __libc_calloc(count, bytes);
	leave();
	return memory;
}

void *realloc(void *old, size_t bytes)
{
	void *memory;

	enter();
	memory = __libc_realloc(old, bytes);
	leave();
	return memory;
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
	void *memory;

	enter();
	memory = __libc_memalign(alignment, bytes);
	leave();
	return memory;
}

void free(void *memory)
{
	if (!memory)
		return;
	enter();
	__libc_free(memory);
	leave();
}

#pragma GCC visibility pop
