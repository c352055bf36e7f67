/*
 * real.h - floating-point numbers as printf prints them, exactly, for every type on every host.
 *
 * A value is taken apart into sign, significand and exponent, and all else is integer arithmetic: no host type, no
 * libc and no rounding mode takes part. Rounding is to nearest, halves to even.
 */
#ifndef TTDECODE_REAL_H
#define TTDECODE_REAL_H

#include <stddef.h>

#include "../reader/event.h"
#include "number.h"
#include "out.h"

/* Appends an argument of type f64, f80 or f128; `letter` is one of e E f F g G a A. */
void real_render(struct out *to, const struct argument *argument, char letter,
		 const struct number_shape *shape);

/* Whether the argument is infinite or no number: JSON has no way to write these. */
enum real_class {
	REAL_ZERO,
	REAL_FINITE,
	REAL_INFINITE,
	REAL_NAN,
};

enum real_class real_classify(const struct argument *argument, bool *is_negative);

#endif
