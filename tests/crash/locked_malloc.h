/*
 * locked_malloc.h - the program's malloc, with a lock around it that tells on whoever takes it wrongly.
 *
 * A signal that arrives inside malloc finds its lock held: a crash handler that allocated would hang. Here it ends the
 * program with LOCKED_MALLOC_STATUS instead, and so it does anywhere once malloc is forbidden.
 */
#ifndef LOCKED_MALLOC_H
#define LOCKED_MALLOC_H

#define LOCKED_MALLOC_STATUS 99

/* From here on whoever allocates or frees, in any thread, ends the program. */
void locked_malloc_forbid(void);

/* The next malloc of the calling thread calls this with its lock held. */
void locked_malloc_inside(void (*hook)(int argument), int argument);

#endif
