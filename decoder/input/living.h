/*
 * living.h - the regions of a process that lives, whatever it does: found in the memory that it has mapped.
 *
 * A region whose file is still there (its black box) is read through that file; any other in the process's memory by process_vm_readv. The process is not
 * stopped, signalled or asked: it may hang in a lock, spin, or sit in a debugger.
 */
#ifndef TTDECODE_LIVING_H
#define TTDECODE_LIVING_H

#include <stdint.h>

#include "source.h"

/* More regions than this are left out. */
#define LIVING_REGIONS_MAX 64u

struct living {
	struct source regions[LIVING_REGIONS_MAX];
	unsigned count;
};

/*
 * Finds them. `name` is what diagnostics say, and outlives the sources. 0, which may be none; -ESRCH if there is no such process; -ENXIO if it has no memory (any more); -EPERM without
 * permission to look into its memory; -ENOMEM; or another -errno. After an error there is nothing to close.
 */
int living_open(struct living *living, uint32_t pid, const char *name);

#endif
