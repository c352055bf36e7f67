/*
 * victim.h - what the child of steps.c does, each scenario in a process of its own. Compiled as the variant under test.
 */
#ifndef VICTIM_H
#define VICTIM_H

#include "script.h"

enum victim_scenario {
	VICTIM_INIT,  /* tt_init, and the first event of the thread that called it */
	VICTIM_FIRST, /* a first event that makes the region too */
	VICTIM_PLAIN, /* events of all kinds, in both chunks and from one to the next, some after a long silence */
	VICTIM_NESTED, /* events that a handler interrupts which records: the judge sends SIGUSR1 */
	VICTIM_THREADS, /* threads from their start to their end, each taking over the ring of an earlier one when none is left */
	VICTIM_FILTER, /* tt_filter, tt_thread_name, tt_stats */
	VICTIM_MODULE, /* a module is loaded, records, and is unloaded */
	VICTIM_SHUTDOWN,
	VICTIM_SCENARIOS
};

/*
 * Begins with a stop by a breakpoint before each thing that is tried, and never returns: ends by _exit(0). `module` is the
 * path of the module; `turns` how often what can be repeated is; `seed` decides where in a chunk it begins.
 */
__attribute__((noreturn)) void victim_be(enum victim_scenario scenario, struct stage *stage,
					 const char *module, uint64_t turns, uint64_t seed);

#endif
