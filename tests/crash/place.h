/*
 * place.h - the places where the victim crashes: what it has done to itself right before the signal, and where it stands.
 */
#ifndef PLACE_H
#define PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "roles.h"

enum place_thread {
	PLACE_MAIN,	   /* the main thread crashes */
	PLACE_WORKER,	   /* a thread of its own stack, with a guard below */
	PLACE_SMALL_WORKER /* the same with the smallest stack that there is */
};

struct place {
	const char *name;
	enum place_thread thread;
	void (*crash)(void);
	bool is_silent;	      /* the thread that crashes has never recorded */
	bool is_quiet;	      /* nobody is busy any more after the crash: it takes long */
	bool is_together;     /* others crash at the same time */
	bool aborts;	      /* the earlier handler ends by abort() */
	bool is_watched_late; /* the snapshot on a crash is asked for when all threads are at work already */
	bool needs_own_stack; /* for an earlier handler to run at all */
};

/* The place of that name, or NULL. */
const struct place *place_find(const char *name);

/* What places go by: set by the victim before it goes to one. */
struct place_stage {
	struct roles *roles;
	int signo;
	uint32_t run; /* number of this run, for places that differ from run to run */
};
extern struct place_stage place_stage;

/* What the crashing thread has said so far. */
extern __thread uint32_t place_said;

#define PLACE_EVENTS 300u /* of everyone who crashes, before it */

#endif
