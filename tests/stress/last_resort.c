#include "last_resort.h"

#include <errno.h>

#include "../../format-spec/twin/snapshot.h"
#include "../../lib/snapshot.h"

int last_resort(int fd)
{
	static struct snapshot_memory *memory;
	const struct snapshot_cause cause = { .policy = TTF_POLICY_DEMAND, .reason = "last resort" };

	if (!memory)
		memory = snapshot_memory_make(0);
	return memory ? snapshot_write(memory, &cause, fd) : -ENOMEM;
}
