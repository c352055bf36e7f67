/*
 * crash.h - where a process crashed, as --info prints it.
 */
#ifndef TTDECODE_CRASH_H
#define TTDECODE_CRASH_H

#include "../reader/trace.h"
#include "../render/out.h"

/* Prints nothing if the trace holds no crash. */
void crash_print(struct out *out, const struct trace *trace);

#endif
