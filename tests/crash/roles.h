/*
 * roles.h - who is on the stage of the crash matrix, and what each says: shared by the victim and its judge.
 *
 * Every event is ("%u %s", n, text): n counts the role's own events from 0, text is the role's.
 */
#ifndef ROLES_H
#define ROLES_H

#include <stdint.h>

#define ROLE_FOLLOWERS_MAX 15

enum role {
	ROLE_CRASHER,  /* its last event comes right before its crash */
	ROLE_IDLE,     /* has recorded its events and sleeps */
	ROLE_BUSY,     /* records all the time */
	ROLE_FOLLOWER, /* the first of those that crash together with the crasher */
	ROLE_COUNT = ROLE_FOLLOWER + ROLE_FOLLOWERS_MAX
};

/* Longer than 16 bytes: these are copied by a call of memcpy, where a crash can be put. */
#define ROLE_CRASHER_TEXT "the last words of the one that crashes"
#define ROLE_IDLE_TEXT "nothing to do any more, going to sleep"
#define ROLE_BUSY_TEXT "busy all the time, whatever happens"
#define ROLE_NESTED_TEXT "said in a handler, in the middle of a record"
#define ROLE_CUT_TEXT "this is never said to its end, and must not be seen"

/* The program's own file, which takes the place of the snapshot's descriptor. */
#define ROLE_OWN_FILE "own-file"
#define ROLE_OWN_CONTENT "what the program itself has written\n"

#define ROLE_STATUS_SKIPPED 77 /* the victim cannot get to this place here */
#define ROLE_SIGINFO_BYTES 48u /* what the kernel carries of a siginfo_t */

/* What the earlier handler saw. */
struct seen {
	uint32_t count; /* how often it ran */
	uint32_t tid;	/* in which thread last */
	int32_t signo;
	int32_t code;
	uint64_t address;
	uint64_t pc;
	uint64_t address_place; /* independent of where the program was loaded */
	uint64_t pc_place;
	unsigned char info[ROLE_SIGINFO_BYTES];
};

struct roles {
	uint32_t tids[ROLE_COUNT];
	uint64_t counts[ROLE_COUNT]; /* events; of the busy one, a moment before the crash */
	uint32_t followers;
	uint64_t nested_count;
	uint64_t guard_start; /* of the stack that overflows */
	uint64_t guard_end;
	uint64_t busy_live;	/* counts[ROLE_BUSY] as it goes on */
	uint32_t is_staged;	/* the crash is next */
	uint32_t is_hit;	/* the memcpy that was to fault was called */
	int32_t child_status;	/* of the child that crashed before */
	struct seen child_seen; /* in it */
	struct seen seen;
};

#endif
