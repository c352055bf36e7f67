/*
 * memory.h - the memory of a living process as a source.
 */
#ifndef TTDECODE_MEMORY_H
#define TTDECODE_MEMORY_H

#include <stdint.h>

#include "source.h"

/*
 * `bytes` bytes from an address on. Pages that were never touched are holes. 0; -ESRCH, -EPERM if the process may not be looked into, or another -errno.
 * What is not mapped is told when it is read: -ENODATA.
 */
int memory_open(struct source *source, uint32_t pid, uint64_t address, uint64_t bytes, const char *name);

/* source_read and source_next_data of such a source, within its bytes. */
int memory_read(const struct source *source, uint64_t offset, void *to, size_t bytes);
uint64_t memory_next_data(const struct source *source, uint64_t offset);

#endif
