/*
 * check.h - --check: every byte of a trace is verified, and a line says how it went.
 */
#ifndef TTDECODE_CHECK_H
#define TTDECODE_CHECK_H

#include "../reader/trace.h"
#include "../render/out.h"

/*
 * Reads every record of every chunk; opening the trace has verified all else. Damage goes to the trace's sink, the
 * verdict to `out`. 0 or -ENOMEM.
 */
int check_trace(struct out *out, struct trace *trace);

#endif
