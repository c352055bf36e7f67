/*
 * quick.h - doubles of the usual sizes in decimal, exactly, where 128 bits are enough. real.h does all the others, and says the same of these.
 */
#ifndef TTDECODE_QUICK_H
#define TTDECODE_QUICK_H

#include <stdint.h>

/* The largest precision, and the room that is needed. */
#define QUICK_PRECISION_MAX 19u
#define QUICK_BYTES_MAX 48u

/*
 * `%.<precision>f` of a double below 2^64, written at `at`; returns the end, or NULL for every other value. Exact: what
 * real_render would have given.
 */
char *quick_fixed(char *at, uint64_t bits, unsigned precision);

/*
 * The first of `%.15g`, `%.16g` and `%.17g` that reads back as the same double, if its size is usual, else NULL; as quick_fixed.
 */
char *quick_shortest(char *at, uint64_t bits);

#endif
