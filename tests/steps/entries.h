/*
 * entries.h - what the child of interrupts.c does: one entry point of the recorder, while SIGTRAP comes after its instructions.
 *
 * The processor's trap flag makes the signal come after every single instruction, in the system's libraries and the vDSO too. Its handler
 * counts them, and records an event at those that the policy picks. Compiled as the variant under test.
 */
#ifndef ENTRIES_H
#define ENTRIES_H

#include "script.h"

enum entry {
	ENTRY_EVENT,	    /* of each kind: `which` */
	ENTRY_EVENT_SWITCH, /* one that begins a new chunk */
	ENTRY_EVENT_SYNC,   /* one after a long silence */
	ENTRY_FIRST_EVENT,  /* makes the region too */
	ENTRY_THREAD_FIRST, /* of a second thread: a ring is made */
	ENTRY_THREAD_EXIT,
	ENTRY_INIT,
	ENTRY_SNAPSHOT,
	ENTRY_ON_CRASH,
	ENTRY_ON_SIGNAL,
	ENTRY_THREAD_NAME,
	ENTRY_FILTER,
	ENTRY_STATS,
	ENTRY_SHUTDOWN,
	ENTRIES
};

enum policy {
	POLICY_NONE, /* counts how often each instruction is passed */
	POLICY_ALL,  /* an event at every instruction */
	POLICY_PLACES, /* at each instruction when it is passed for the 1st, 2nd, 4th, 8th ... time, and for the last */
	POLICY_ONE, /* at one: `at` */
	POLICIES
};

#define PLACES (1u << 15)

/* What the handler knows of an instruction: a hash table by address. */
struct place {
	uint64_t pc;
	uint32_t passed;	/* in this run */
	uint32_t passed_before; /* in the run of POLICY_NONE */
};

struct interruption {
	struct stage stage;
	enum entry entry;
	unsigned which;
	enum policy policy;
	uint64_t at;
	uint64_t stride; /* from one `at` to the next */
	unsigned count;	 /* of times that it is tried in this child: more than once under POLICY_ONE alone */
	uint64_t traps;	 /* instructions so far, of this time */
	uint64_t place_count;
	uint64_t snapshot_from, snapshot_to; /* the thread's events before and after it */
	struct place places[PLACES];
	char snapshot[1024]; /* its path */
};

/* Stops twice, by SIGSTOP: before and after what is tried. Does not return. */
__attribute__((noreturn)) void entries_be(struct interruption *interruption);

#endif
