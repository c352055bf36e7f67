/*
 * core_file.h - what a core file says of the death: the signal with its code and address, and where the thread stood.
 */
#ifndef CORE_FILE_H
#define CORE_FILE_H

#include <stdint.h>

struct core_file {
	int32_t signo;
	int32_t code;
	uint64_t address;
	int has_pc;
	uint64_t pc; /* of the thread that died; 0 where this processor's registers are not known */
};

/* Why there are no core files to look at in the working directory of a crash; NULL: there are. */
const char *core_file_unavailable(void);

/* Reads the core file. 0, or -1: it is none, or does not say. */
int core_file_read(const char *path, struct core_file *core);

#endif
