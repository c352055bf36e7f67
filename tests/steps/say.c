#include "say.h"

#include <errno.h>
#include <stdio.h>

#define TT_TARGET "steps"
#include <ttlog.h>

void say_wrong(struct stage *stage, const char *what, long value)
{
	if (stage->wrong_other++ == 0)
		snprintf(stage->what, sizeof(stage->what), "%s: %ld", what, value);
}

/* One call place, and that it leaves errno alone. */
#define SAID(macro, ...)                                                                                     \
	do {                                                                                                 \
		if (stream % 2 == 0)                                                                         \
			say_arm(stage);                                                                      \
		macro(__VA_ARGS__);                                                                          \
		if (stream % 2 == 0)                                                                         \
			say_disarm(stage);                                                                   \
	} while (0)

struct saying {
	uint64_t id;
	uint64_t bits;
	char string[SCRIPT_STRING_MAX];
};

/* noinline: else gcc -O3 makes one function of all, in which each place has registers to save that it does not need. */
static __attribute__((noinline)) void say_numbers(struct stage *stage, unsigned stream, enum script_kind kind,
						  const struct saying *saying)
{
	uint64_t id = saying->id, bits = saying->bits;

	if (kind == KIND_NONE)
		SAID(TT_INFO, FORMAT_NONE);
	else if (kind == KIND_INTS)
		SAID(TT_DEBUG, FORMAT_INTS, id, (int)bits, (unsigned)bits, (long)bits, (signed char)bits,
		     (short)bits, (int)(bits % 26 + 'a'));
	else if (kind == KIND_DOUBLES)
		SAID(TT_WARN, FORMAT_DOUBLES, id, (double)bits, (long double)bits);
	else if (kind == KIND_ERRNO)
		SAID(TT_ERROR, FORMAT_ERRNO, id, (int)bits);
	else
		SAID(TT_TRACE, FORMAT_MANY, id, (int)bits, bits + 1, 3, bits + 3, 5, bits + 5, 7, bits + 7, 9,
		     bits + 9, 11, bits + 11, 13, saying->string);
}

static __attribute__((noinline)) void say_strings(struct stage *stage, unsigned stream, enum script_kind kind,
						  const struct saying *saying)
{
	static const wchar_t *const wide[] = { L"", L"w", L"wide", L"wide enough" };
	const char *string = saying->string, *null = NULL;
	uint64_t id = saying->id, bits = saying->bits;

	__asm__("" : "+r"(null)); /* gcc warns of a NULL that it knows */
	if (kind == KIND_SHORT)
		SAID(TT_INFO, FORMAT_SHORT, id, string);
	else if (kind == KIND_LONG)
		SAID(TT_FATAL, FORMAT_LONG, id, string, string + 3);
	else if (kind == KIND_NULL)
		SAID(TT_INFO, FORMAT_NULL, id, null, (int)bits);
	else if (kind == KIND_PRECISION)
		SAID(TT_WARN, FORMAT_PRECISION, id, string, (int)(bits % 20), string);
	else
		SAID(TT_INFO, FORMAT_WIDE, id, wide[bits % 4], (const void *)(uintptr_t)bits);
}

/* Strings are short where their kind is, long enough for memcpy and more than a cache line where not. */
static void prepare(struct stage *stage, struct saying *saying, unsigned stream, uint64_t n,
		    enum script_kind kind)
{
	__atomic_store_n(&stage->is_preparing, 1, __ATOMIC_RELAXED);
	saying->id = script_id(stream, n);
	saying->bits = script_mix(saying->id);
	if (kind == KIND_LONG)
		script_string(saying->bits, 17, stream % 2 ? 40 : SCRIPT_STRING_MAX, saying->string);
	else
		script_string(saying->bits, 0, 17, saying->string);
	__atomic_store_n(&stage->is_preparing, 0, __ATOMIC_RELAXED);
}

static uint64_t begin(struct stage *stage, unsigned stream)
{
	uint64_t n = stage->said[stream];

	__atomic_store_n(&stage->begun[stream], n + 1, __ATOMIC_RELAXED);
	errno = SCRIPT_ERRNO + (int)(n % 100);
	return n;
}

static void end(struct stage *stage, unsigned stream, uint64_t n)
{
	if (errno != SCRIPT_ERRNO + (int)(n % 100))
		stage->wrong_errno++;
	__atomic_store_n(&stage->said[stream], n + 1, __ATOMIC_RELAXED);
	stage->is_inited = 1;
}

void say(struct stage *stage, unsigned stream)
{
	uint64_t n = stage->said[stream];
	enum script_kind kind = script_kind(stream, n);
	struct saying saying;

	prepare(stage, &saying, stream, n, kind);
	begin(stage, stream);
	if (kind >= KIND_SHORT && kind <= KIND_WIDE)
		say_strings(stage, stream, kind, &saying);
	else
		say_numbers(stage, stream, kind, &saying);
	end(stage, stream, n);
}

void say_in_module(struct stage *stage, unsigned stream, void (*function)(uint64_t id, const char *string))
{
	struct saying saying;
	uint64_t n = begin(stage, stream);

	prepare(stage, &saying, stream, n, KIND_MODULE);
	SAY_TRY(stage, function(saying.id, saying.string));
	end(stage, stream, n);
}
