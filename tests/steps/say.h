/*
 * say.h - says the next event of script.h, and what is tried: with the library's macros, compiled as the variant under test.
 */
#ifndef SAY_H
#define SAY_H

#include "script.h"

/* From here on every instruction counts, as stage->arm says. Inline: a call's own instructions are none of what is tried. */
static inline __attribute__((always_inline)) void say_arm(struct stage *stage)
{
	uint32_t arm = __atomic_load_n(&stage->arm, __ATOMIC_RELAXED);

	if (arm == ARM_NOT)
		return;
	__atomic_store_n(&stage->is_on, 1, __ATOMIC_RELAXED);
	if (arm == ARM_STOP)
		__asm__ volatile("int3" ::: "memory");
	else /* the red zone below the stack pointer may be in use */
		__asm__ volatile(
			"lea -128(%%rsp), %%rsp; pushfq; orq $0x100, (%%rsp); popfq; lea 128(%%rsp), %%rsp" ::
				: "memory", "cc");
}

static inline __attribute__((always_inline)) void say_disarm(struct stage *stage)
{
	uint32_t arm = __atomic_load_n(&stage->arm, __ATOMIC_RELAXED);

	__asm__ volatile("" ::: "memory");
	if (arm == ARM_NOT)
		return;
	if (arm == ARM_TRAP)
		__asm__ volatile(
			"lea -128(%%rsp), %%rsp; pushfq; andq $~0x100, (%%rsp); popfq; lea 128(%%rsp), %%rsp" ::
				: "memory", "cc");
	__atomic_store_n(&stage->is_on, 0, __ATOMIC_RELAXED);
}

/* Tries a call. */
#define SAY_TRY(stage, call)                                                                                 \
	do {                                                                                                 \
		say_arm(stage);                                                                              \
		call;                                                                                        \
		say_disarm(stage);                                                                           \
	} while (0)

/* Says the stream's next event. A handler's are not armed: they come wherever they come. */
void say(struct stage *stage, unsigned stream);

/* The same of KIND_MODULE, which a module's function says. */
void say_in_module(struct stage *stage, unsigned stream, void (*function)(uint64_t id, const char *string));

/* Notes the first thing that is wrong in the speaker's own eyes. */
void say_wrong(struct stage *stage, const char *what, long value);

#endif
