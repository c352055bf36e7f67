/*
 * snapshot.h - the one mechanism that writes snapshots: rings and sites to a descriptor, as format-spec/snapshot.md.
 *
 * Policies decide when, and where to: snapshot_file.c on demand, on_signal.c, crash.c. The threads go on meanwhile. All
 * memory comes from the caller, so this runs in a signal handler, with whatever is broken around it. SIGNAL.
 */
#ifndef TTLOG_SNAPSHOT_H
#define TTLOG_SNAPSHOT_H

#include <signal.h>
#include <stdint.h>

struct machine_state;

/* Why a snapshot is made. */
struct snapshot_cause {
	uint32_t policy;		   /* TTF_POLICY_* */
	const char *reason;		   /* may be NULL */
	int signo;			   /* 0: no signal */
	const siginfo_t *info;		   /* of the signal, or NULL */
	const struct machine_state *state; /* of a crash, or NULL */
	const uint64_t *frames;		   /* return addresses, with state */
	uint32_t frame_count;
};

/* Memory for one snapshot at a time. `stage_bytes` is how much of the rings is copied before any of it is written. */
struct snapshot_memory;

/* Room for staging everything (is_whole), or chunk by chunk. NULL: no memory. */
struct snapshot_memory *snapshot_memory_make(int is_whole);
void snapshot_memory_free(struct snapshot_memory *memory);

/* Writes a snapshot to fd, newest chunks first. 0, or the first error; then what was written is still readable. */
int snapshot_write(struct snapshot_memory *memory, const struct snapshot_cause *cause, int fd);

/* How many were written, and how many failed. */
void snapshot_count(uint64_t *written, uint64_t *failed);
void snapshot_note(int error); /* by whoever knows that the file is there, 0, or why it is not */

#endif
