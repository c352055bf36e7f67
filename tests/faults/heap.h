/*
 * heap.h - the program's heap, which fails when it is told to, and sees leaks, overruns and double frees.
 *
 * heap.c defines malloc and its like, so that the C library's own allocations (of regular expressions, of paths) fail too.
 */
#ifndef HEAP_H
#define HEAP_H

#include <stdint.h>

/* The `number`th allocation from now on fails, 0: none; and if `is_ever` all after it. */
void heap_fail(uint64_t number, int is_ever);

/* Allocations since then. */
uint64_t heap_count(void);

/* Blocks that the program itself has allocated, and nobody freed: what the C library loses (regcomp does, without memory) is not its fault. */
int64_t heap_live(void);

#endif
