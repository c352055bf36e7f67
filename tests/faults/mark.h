/*
 * mark.h - how a program tells inject.c which of its system calls are in question: those of a thread between two marks.
 *
 * A mark is a harmless system call with a number that nobody uses otherwise, and that strace shows as well.
 */
#ifndef MARK_H
#define MARK_H

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MARK_CALL SYS_getpgid
#define MARK_BASE 0x74740000L

/* Numbers, since inject.c prints them, and recorder.py reads their names here. */
enum mark_phase {
	MARK_NONE = 0,	    /* the program's own calls */
	MARK_LOAD = 1,	    /* before main */
	MARK_START = 2,	    /* the region is made: tt_init, or the first event */
	MARK_THREAD = 3,    /* a thread's first event, and those after it */
	MARK_EXIT = 4,	    /* a thread's exit */
	MARK_DEMAND = 5,    /* tt_snapshot */
	MARK_INSTALL = 6,   /* tt_snapshot_on_crash, tt_snapshot_on_signal */
	MARK_SIGNAL = 7,    /* a snapshot on a signal */
	MARK_CRASH = 8,	    /* the crash handler */
	MARK_FORKED = 9,    /* a forked child's first event */
	MARK_SHUTDOWN = 10, /* tt_shutdown, by itself too */
	MARK_DECODE = 11    /* ttdecode */
};

static inline void mark(enum mark_phase phase)
{
	int saved = errno;

	syscall(MARK_CALL, MARK_BASE + (long)phase);
	errno = saved;
}

#endif
