/*
 * core.h - regions in a core file: found by their magic numbers, wherever they were mapped.
 *
 * A core is read once from its first byte to its last, so that it may come from a pipe, and be compressed. What belongs to a region goes to a
 * spool, which from then on is what a black box would have been. Cores are those of ELF, 64 bits, little endian, as Linux and gdb write them
 * (elf(5), and fs/binfmt_elf.c for the order of notes).
 */
#ifndef TTDECODE_CORE_H
#define TTDECODE_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "damage.h"
#include "source.h"
#include "stream.h"

/* More regions than this are left out: each has a descriptor. */
#define CORE_REGIONS_MAX 64u
#define CORE_REGISTERS_MAX 34u
#define CORE_SIGINFO_BYTES 128u
#define CORE_PATH_BYTES 4096u

/* A file that was mapped. */
struct core_module {
	uint64_t base;
	uint64_t end;
	char *path; /* as the process saw it: never to be opened */
};

/* What the notes say. Numbers are 0 where they say nothing. */
struct core_process {
	uint32_t pid;
	uint32_t machine; /* ELF e_machine */
	int32_t signal;	  /* that ended it */
	uint32_t tid;	  /* of the thread that was first: it died of the signal, if any */
	uint64_t pc;
	uint64_t sp;
	uint32_t register_count; /* in the order of the snapshot's CRASH section */
	uint64_t registers[CORE_REGISTERS_MAX];
	bool has_status;
	bool has_siginfo;
	uint8_t siginfo[CORE_SIGINFO_BYTES];
	struct core_module *modules;
	size_t module_count;
};

struct core_region {
	uint64_t base; /* its address */
	uint64_t end;  /* UINT64_MAX: as far as it goes without a gap */
	struct source spool;
};

struct core {
	struct core_process process;
	struct core_region *regions;
	uint32_t region_count;
};

/* Whether bytes that begin like this are a core. */
bool core_is(const uint8_t *bytes, size_t count);

/*
 * Reads a core from its first byte on. What is wrong with it is reported, and all that could be read is there. 0; -ENOMEM; -EBADMSG if it is of another kind
 * of machine than those above; or -errno of a read of the core, or a write of a spool. In each case core_close is to be called.
 */
int core_read(struct core *core, struct stream *stream, const char *name, struct damage *damage);

/* Frees what it holds, but for spools that somebody has taken: whose fd is -1. */
void core_close(struct core *core);

#endif
