/*
 * print.h - the events of all traces, filtered, to an output.
 */
#ifndef TTDECODE_PRINT_H
#define TTDECODE_PRINT_H

#include <stdbool.h>

#include "../reader/trace.h"
#include "../render/out.h"
#include "diagnosis.h"
#include "options.h"

/*
 * Prints what the options ask for. Ends early when the output fails (out->error says so). 0 or -ENOMEM; -EINVAL after a
 * line on stderr if an option's value cannot be used.
 */
int print_events(struct out *out, struct trace *traces, unsigned count, const struct options *options,
		 bool is_colored, struct diagnosis *diagnosis);

#endif
