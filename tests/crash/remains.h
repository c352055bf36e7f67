/*
 * remains.h - what a victim of the crash matrix has left, compared with what it said: its snapshot, its black box, its files.
 */
#ifndef REMAINS_H
#define REMAINS_H

#include <stdbool.h>

#include "death.h"
#include "roles.h"

/* One death, and what the victim itself knew of it. */
struct run {
	struct death death;
	struct roles roles;
};

enum remains_snapshot {
	REMAINS_NONE,  /* the black box only */
	REMAINS_PART,  /* a snapshot cut short, what is there decodes */
	REMAINS_WHOLE, /* a snapshot of all */
};

struct remains {
	const char *work;     /* the directory of the victim */
	const char *boxes;    /* and of its black box */
	const char *ttdecode; /* NULL: not run */
	int signo;
	bool is_together; /* others have crashed too: any one of them may be told of */
	bool may_lack;	  /* the handler itself faulted: a part of a snapshot will do, or none */
	bool has_own_file;
	/* Says what is wrong. */
	__attribute__((format(printf, 1, 2))) void (*wrong)(const char *format, ...);
};

/* Checks the lot. Returns what there is of a snapshot. */
enum remains_snapshot remains_check(const struct remains *remains, const struct run *run);

#endif
