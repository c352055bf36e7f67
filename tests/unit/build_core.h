/*
 * build_core.h - core files for tests: segments of memory and notes, put together as the kernel does.
 */
#ifndef BUILD_CORE_H
#define BUILD_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "build_trace.h"

#define BUILD_SEGMENTS_MAX 100u

struct build_core {
	uint16_t machine; /* 0: x86-64 */
	bool has_many;	  /* say PN_XNUM where the number of segments stands */
	unsigned count;
	struct {
		uint32_t type; /* PT_LOAD, PT_NOTE */
		uint64_t address;
		struct build bytes;
	} segments[BUILD_SEGMENTS_MAX];
};

/* Adds memory at an address. */
void build_core_memory(struct build_core *core, uint64_t address, const void *bytes, size_t count);

/* Adds an empty segment of notes, and returns it. */
struct build *build_core_notes(struct build_core *core);

void build_note(struct build *notes, const char *name, uint32_t type, const void *bytes, size_t count);

/* NT_PRSTATUS: of 27 registers, each its own number + 1000 */
void build_note_status(struct build *notes, int signal, uint32_t tid);

/* NT_PRPSINFO */
void build_note_process(struct build *notes, uint32_t pid);

/* Puts it together. */
void build_core(struct build *to, const struct build_core *core);

void build_core_free(struct build_core *core);

#endif
