/*
 * child.h - forked children of soak.c: each finds a recorder of its own, and what it counts is compared by its parent.
 *
 * Of four kinds: one shuts down in order and goes on saying events, one just ends, one crashes and goes on, since an earlier handler wants
 * it to, and one has threads of its own, too many for its rings. Of all but the first the black box remains, and is read.
 */
#ifndef CHILD_H
#define CHILD_H

/* Makes what parent and children share. Before any other thread. */
void child_begin(void);

/* Forks the next one, waits for it, and checks what it leaves behind. */
void child_fork(void);

#endif
