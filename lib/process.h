/*
 * process.h - who we are: what goes into headers and file names and never changes after the program's start.
 *
 * Gathered once by config_load, in CONTROL context, so that a signal handler only reads it.
 */
#ifndef TTLOG_PROCESS_H
#define TTLOG_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../format-spec/twin/region.h"

/* All terminated, and padded with zeros as the region wants them. */
struct process {
	char host[TTF_REGION_HOST_BYTES];
	char boot_id[TTF_REGION_BOOT_ID_BYTES];
	char exe[TTF_REGION_EXE_BYTES];
};

extern struct process process;

void process_load(void);

/* The start of a process in clock ticks since boot (field 22 of /proc/<pid>/stat); 0: there is none such, or nobody says. SIGNAL. */
uint64_t process_start_time(pid_t pid);

/* Is the process gone that had this number and started then (0: not known)? False also if nobody says. SIGNAL. */
bool process_is_gone(pid_t pid, uint64_t start);

#endif
