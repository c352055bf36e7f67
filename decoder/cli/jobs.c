#include "jobs.h"

#include <sched.h>

/* Reading and merging is one thread's; about so many can follow it. */
#define JOBS_USEFUL 4u

/* So many bytes of records are printed in the time that starting a thread takes, some hundred times over. */
#define BYTES_ENOUGH ((uint64_t)1 << 20)

static unsigned processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

static bool is_enough(const struct trace *traces, unsigned count)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < count; i++)
		for (size_t j = 0; j < traces[i].chunk_count && bytes < BYTES_ENOUGH; j++)
			bytes += traces[i].chunks[j].words * 8u;
	return bytes >= BYTES_ENOUGH;
}

struct crew *jobs_crew(unsigned jobs, const struct trace *traces, unsigned count)
{
	if (jobs == 0 && is_enough(traces, count))
		jobs = processors() < JOBS_USEFUL ? processors() : JOBS_USEFUL;
	return jobs > 1 ? crew_open(jobs) : NULL;
}
