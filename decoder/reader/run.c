#include "run.h"

#include "event.h"

__extension__ typedef unsigned __int128 wide;

void run_begin(struct run *run, uint64_t ticks)
{
	*run = (struct run){ .ticks = ticks };
}

void run_limit(struct run *run, uint64_t limit)
{
	run->limit = limit;
	run->has_limit = limit >= run->ticks;
}

uint64_t run_ticks(const struct run *run)
{
	if (run->index == 0 || !run->has_limit)
		return run->ticks;
	return run->ticks + (uint64_t)((wide)(run->limit - run->ticks) * run->index / (run->count + 1u));
}

uint64_t run_bound_ns(const struct run *run, const struct clock_piece *piece, uint64_t shown_ns)
{
	uint64_t least_ns = clock_mono(piece, run->ticks);
	uint64_t most_ns;

	if (!run->has_limit)
		return EVENT_NO_BOUND;
	most_ns = clock_mono(piece, run->limit);
	if (most_ns > shown_ns && (shown_ns < least_ns || most_ns - shown_ns > shown_ns - least_ns))
		return most_ns - shown_ns;
	return shown_ns > least_ns ? shown_ns - least_ns : 0;
}
