/*
 * modules.h - the executable files mapped in the process, with their build-ids: what addresses refer to.
 *
 * Read from /proc/self/maps, since dl_iterate_phdr takes a lock. SIGNAL.
 */
#ifndef TTLOG_MODULES_H
#define TTLOG_MODULES_H

#include <stdbool.h>
#include <stdint.h>

#include "../format-spec/twin/snapshot.h"

#define MODULES_LINE_BYTES 1024
#define MODULES_PATH_BYTES 512
#define MODULES_NOTES_BYTES 4096

struct module_info {
	uint64_t base;
	uint64_t end;
	char path[MODULES_PATH_BYTES];
	uint8_t build_id[TTF_BUILD_ID_MAX];
	uint8_t build_id_bytes;
};

/* A reading position in /proc/self/maps. */
struct modules {
	int fd;
	uint32_t bytes;
	uint32_t at;
	bool is_line_read; /* a line of the next module has been read ahead */
	struct module_info ahead;
	char buffer[4096];
	char line[MODULES_LINE_BYTES]; /* here and not on a signal handler's stack */
	char notes[MODULES_NOTES_BYTES];
};

/* 0, or why there is no list. */
int modules_begin(struct modules *modules);

/* The next module, lowest address first. False: there is none. */
bool modules_next(struct modules *modules, struct module_info *info);

void modules_end(struct modules *modules);

#endif
