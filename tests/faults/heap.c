/*
 * heap.c - see heap.h. A block lies between two guards, new memory is not zero, and freed memory not what it was.
 *
 * With HEAP_WRAPPED, for AddressSanitizer, which does all that better, only the calls of the program's own objects are caught: the linker's --wrap.
 */
#include "heap.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t fail_at, count;
static int64_t live;
static int fails_ever;

void heap_fail(uint64_t number, int is_ever)
{
	count = 0;
	fail_at = number;
	fails_ever = is_ever;
}

uint64_t heap_count(void)
{
	return count;
}

int64_t heap_live(void)
{
	return live;
}

/* Is it this one's turn? */
static int fails(void)
{
	count++;
	if (fail_at == 0 || count < fail_at || (count > fail_at && !fails_ever))
		return 0;
	errno = ENOMEM;
	return 1;
}

#ifdef HEAP_WRAPPED

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t elements, size_t bytes);
void *__real_realloc(void *memory, size_t bytes);
void *__real_reallocarray(void *memory, size_t elements, size_t bytes);
char *__real_strdup(const char *string);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t elements, size_t bytes);
void *__wrap_realloc(void *memory, size_t bytes);
void *__wrap_reallocarray(void *memory, size_t elements, size_t bytes);
char *__wrap_strdup(const char *string);

void *__wrap_malloc(size_t bytes)
{
	return fails() ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t elements, size_t bytes)
{
	return fails() ? NULL : __real_calloc(elements, bytes);
}

void *__wrap_realloc(void *memory, size_t bytes)
{
	return fails() ? NULL : __real_realloc(memory, bytes);
}

void *__wrap_reallocarray(void *memory, size_t elements, size_t bytes)
{
	return fails() ? NULL : __real_reallocarray(memory, elements, bytes);
}

char *__wrap_strdup(const char *string)
{
	return fails() ? NULL : __real_strdup(string);
}

#else

#define GUARD_BEFORE UINT64_C(0x7474677561726431)
#define GUARD_FREED UINT64_C(0x7474677561726432)
#define GUARD_AFTER 0xc3
#define GUARD_BYTES 16u
#define FRESH 0xa5
#define STALE 0x5a

struct head {
	uint64_t guard;
	uint64_t bytes : 63;
	uint64_t is_own : 1;
};

_Static_assert(sizeof(struct head) % _Alignof(max_align_t) == 0, "what follows is aligned");

void *__libc_malloc(size_t bytes);
void __libc_free(void *memory);

static void die(const char *why)
{
	ssize_t ignored = write(STDERR_FILENO, why, strlen(why));

	(void)ignored;
	abort();
}

static unsigned char *tail_of(struct head *head)
{
	return (unsigned char *)(head + 1) + head->bytes;
}

extern const char __executable_start[], etext[];

/* Is it the program, and not a library, that has called? */
static _Bool is_own(const void *caller)
{
	return (const char *)caller >= __executable_start && (const char *)caller < etext;
}

static void *make(size_t bytes, const void *caller)
{
	struct head *head;

	if (fails() || bytes > SIZE_MAX / 2)
		return NULL;
	head = __libc_malloc(sizeof(*head) + bytes + GUARD_BYTES);
	if (!head)
		return NULL;
	*head = (struct head){ GUARD_BEFORE, bytes & INT64_MAX, is_own(caller) };
	memset(head + 1, FRESH, bytes);
	memset(tail_of(head), GUARD_AFTER, GUARD_BYTES);
	live += head->is_own;
	return head + 1;
}

static struct head *check(void *memory)
{
	struct head *head = (struct head *)memory - 1;

	if (head->guard == GUARD_FREED)
		die("heap: freed twice\n");
	if (head->guard != GUARD_BEFORE)
		die("heap: not a block, or overwritten from below\n");
	for (unsigned i = 0; i < GUARD_BYTES; i++)
		if (tail_of(head)[i] != GUARD_AFTER)
			die("heap: written beyond a block\n");
	return head;
}

void *malloc(size_t bytes)
{
	return make(bytes, __builtin_return_address(0));
}

void free(void *memory)
{
	struct head *head;
	int saved = errno;

	if (!memory)
		return;
	head = (struct head *)memory - 1;
	if (head->guard != GUARD_BEFORE && head->guard != GUARD_FREED) {
		__libc_free(
			memory); /* some of the C library's functions do not ask us; what is no block at all it sees itself */
		return;
	}
	head = check(memory);
	memset(head + 1, STALE, head->bytes);
	head->guard = GUARD_FREED;
	live -= head->is_own;
	__libc_free(head);
	errno = saved;
}

void *calloc(size_t elements, size_t bytes)
{
	size_t all;
	void *memory =
		__builtin_mul_overflow(elements, bytes, &all) ? NULL : make(all, __builtin_return_address(0));

	return memory ? memset(memory, 0, all) : NULL;
}

/* Always moves, so that nobody can rely on the old place. */
void *realloc(void *memory, size_t bytes)
{
	void *larger = make(bytes, __builtin_return_address(0));
	size_t before = memory ? check(memory)->bytes : 0;

	if (!larger)
		return NULL;
	if (before > 0)
		memcpy(larger, memory, before < bytes ? before : bytes);
	free(memory);
	return larger;
}

/* glibc's does not come back to us. */
void *reallocarray(void *memory, size_t elements, size_t bytes)
{
	size_t all;

	return __builtin_mul_overflow(elements, bytes, &all) ? NULL : realloc(memory, all);
}

#endif
