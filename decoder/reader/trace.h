/*
 * trace.h - one file as the reader understands it: the process, its clock, sites, rings and an index of chunks.
 *
 * Snapshot and region fill the same model, so nothing above this file knows which of the two it reads. No event is
 * held: memory is the sites, the rings and 80 bytes for each chunk.
 *
 * Invariants, once load_trace has returned 0: chunks are sorted by ring and number, without duplicates; each
 * ring's are trace->chunks[first_chunk] and the chunk_count that follow; none is empty.
 */
#ifndef TTDECODE_TRACE_H
#define TTDECODE_TRACE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "../../format-spec/twin/region.h"
#include "../../format-spec/twin/snapshot.h"
#include "clock.h"
#include "../input/damage.h"
#include "event.h"
#include "sites.h"
#include "../input/source.h"

enum trace_kind {
	TRACE_SNAPSHOT,
	TRACE_REGION,
};

/* A chunk that the scan accepted. */
struct chunk {
	uint64_t offset; /* of its data in trace->store; of the chunk itself where is_in_place */
	uint64_t home;	 /* of its section or itself in the file: where damage is reported */
	uint64_t number;
	uint64_t first_seq;
	uint64_t base_ticks;
	uint64_t base_ns;
	uint32_t ring;
	uint32_t stored_bytes; /* of its data, as encoded */
	uint16_t words;
	uint16_t encoding;
	bool is_cut;	  /* by the file's end: fewer words than were committed */
	bool is_stray;	  /* stands where it does not belong: one of its number that does counts before it */
	bool is_lost;	  /* it is not intact, and all that is known of it an INDEX says */
	bool is_unread;	  /* nor is it known whether its section is intact: an INDEX says all this */
	bool is_in_place; /* in a region that its process may still write: read with the chunk protocol */
	uint32_t events;
	uint32_t generation; /* that its state has in place: not that of its number where it is damaged */
};

struct trace_ring {
	struct ring ring;
	uint32_t use;	   /* TTF_RING_USE_* */
	bool is_missed;	   /* its identity was not, which has been reported */
	bool is_described; /* its identity was found */
	bool is_steady;	   /* no chunk's clock_floor is before an earlier one's */
	bool is_ordered;   /* nor any event after a later chunk's base */
	uint32_t chunk_count;
	size_t first_chunk;
	uint64_t first_number; /* chunks of lower number are an earlier thread's; 0 in a snapshot */
	uint64_t start_ns;     /* CLOCK_MONOTONIC */
	uint64_t end_ns;
	uint64_t held_ticks;  /* of a region's ring: events of these ticks ... */
	uint64_t until_ticks; /* ... had happened by then; 0: not known */
	uint64_t recorded;    /* events in all */
	uint64_t overwritten; /* of them */
	uint64_t retained;    /* events in the index's chunks */
	uint64_t dropped[TTF_DROP_CAUSES];
};

struct trace_module {
	uint64_t base;
	uint64_t end;
	struct text build_id;
	struct text path;
};

struct trace_crash {
	uint32_t tid;
	uint32_t machine;
	uint64_t pc;
	uint64_t sp;
	uint32_t register_count;
	uint32_t frame_count;
	uint8_t siginfo[TTF_CRASH_SIGINFO_BYTES];
	uint64_t registers[TTF_CRASH_REGISTERS_MAX];
	uint64_t frames[TTF_CRASH_FRAMES_MAX];
};

/* Where a trace comes from. */
enum trace_origin {
	ORIGIN_FILE,	/* a snapshot, or a black box: whether its process lives is to be found out */
	ORIGIN_CORE,	/* a region in a core file: its process writes it no more */
	ORIGIN_PROCESS, /* a region of a process that lives */
};

/* What the file says of its process. Numbers are 0 and texts empty where the file does not say. */
struct trace_info {
	uint64_t start_time;
	uint32_t chunk_bytes;
	uint32_t policy; /* TTF_POLICY_*; 0 in a region */
	int32_t signal;
	int32_t signal_code;
	uint32_t sender_pid;
	uint32_t sender_uid;
	uint64_t fault_address;
	uint32_t tid; /* that took the snapshot */
	uint64_t taken_ns;
	uint32_t region_state; /* TTF_STATE_* */
	enum trace_origin origin;
	bool is_alive; /* a region whose process runs on this machine */
	bool is_whole; /* a snapshot with its END */
	uint16_t major;
	uint16_t minor;
	struct text host;
	struct text boot_id;
	struct text version;
	struct text exe;
	struct text reason;
	uint64_t dropped[TTF_DROP_CAUSES];
	uint64_t retired_threads;
	uint64_t retired_recorded;
	uint64_t retired_dropped[TTF_DROP_CAUSES];
};

/* A chunk that could not be taken. */
#define TRACE_LOSS_ANY UINT32_MAX
struct trace_loss {
	uint64_t offset; /* where the damage was reported */
	uint64_t number; /* 0: not known */
	uint64_t events; /* 0: not known */
	uint32_t ring;	 /* TRACE_LOSS_ANY: not known, and it need not be a chunk */
	bool is_cut;	 /* by the file's end */
	bool is_claimed; /* ring and number stand in damaged bytes */
	bool is_told;	 /* for whoever lists them */
};

struct trace_memory;

struct trace {
	enum trace_kind kind;
	struct process process;
	struct trace_info info;
	struct source source; /* the file */
	struct source spool;  /* the copied chunks of a living process's region; closed otherwise */
	struct damage *damage;
	struct clock clock;
	struct sites sites;
	struct trace_ring **rings; /* by number; NULL where the file left one out */
	uint32_t ring_count;
	size_t ring_room;
	struct chunk *chunks;
	size_t chunk_count;
	size_t chunk_room;
	struct trace_module *modules;
	size_t module_count;
	size_t module_room;
	struct trace_crash *crash; /* NULL: none */
	struct trace_loss *losses;
	size_t loss_count;
	size_t loss_room;
	uint64_t torn;
	bool is_cut;	       /* the file ends before what it holds */
	uint64_t damage_count; /* reports while it was opened */
	char refusal[128];     /* why it is refused, after -EBADMSG */
	int failure;	       /* of a read, or of a lack of memory: the first -errno; 0: none */
	struct trace_memory *memory;
};

/* Frees everything; `forget` (may be NULL) gives back each site's program. */
void trace_close(struct trace *trace, void (*forget)(struct site *site));

/* The clock of the ring's chunk of that index. */
struct clock_piece trace_clock_piece(const struct trace *trace, const struct trace_ring *ring,
				     uint32_t index);

/* The time of the ring's chunk of that index at its base. */
uint64_t trace_base_ns(const struct trace *trace, const struct trace_ring *ring, uint32_t index);

/*
 * The index of the ring's first chunk that matters to events at or after a moment: all events of those before it are earlier, and none of
 * them makes one at or after the moment later.
 */
uint32_t trace_chunk_since(const struct trace *trace, const struct trace_ring *ring, uint64_t since_ns);

/* For snapshot and region, which fill the trace, and load, which finishes it. */

/* Sorts and hands out what was added: the invariants hold from here on. */
void trace_finish(struct trace *trace);

/* A copy of bytes that lives as long as the trace; NULL without memory. */
void *trace_keep(struct trace *trace, const void *bytes, size_t count);

/* The same as a text; empty without memory. */
struct text trace_keep_text(struct trace *trace, struct text text);

/* The ring of that number, made if needed; NULL without memory. `number` < TTF_RINGS_MAX. */
struct trace_ring *trace_ring(struct trace *trace, uint32_t number);

/* Makes room for so many chunks. 0 or -ENOMEM. */
int trace_expect_chunks(struct trace *trace, uint64_t count);

/* Adds to the index: 0 or -ENOMEM. */
int trace_add_chunk(struct trace *trace, const struct chunk *chunk);
void trace_lose(struct trace *trace, struct trace_loss loss); /* without memory the trace has failed */
int trace_add_module(struct trace *trace, const struct trace_module *module);

/* As damage_report, about the trace's file. What follows from a lack of memory is no damage of the file. */
#define trace_report(trace, offset, ...)                                                                     \
	((trace)->failure == -ENOMEM                                                                         \
		 ? (void)0                                                                                   \
		 : damage_report((trace)->damage, (trace)->source.name, (offset), __VA_ARGS__))

/* Where chunks' data is. */
static inline const struct source *trace_store(const struct trace *trace)
{
	return trace->spool.fd >= 0 ? &trace->spool : &trace->source;
}

__attribute__((format(printf, 2, 3))) int trace_refuse(struct trace *trace, const char *format, ...);

#endif
