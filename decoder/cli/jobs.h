/*
 * jobs.h - how many threads are worth it.
 */
#ifndef TTDECODE_JOBS_H
#define TTDECODE_JOBS_H

#include "../crew/crew.h"
#include "../reader/trace.h"

/*
 * A crew of `jobs` threads, this one included. 0: as many as there are processors for this process, up to JOBS_USEFUL, and only where the
 * traces hold enough for it. NULL: one thread does best, or there is no memory.
 */
struct crew *jobs_crew(unsigned jobs, const struct trace *traces, unsigned count);

#endif
