/*
 * region.h - the one mapping that holds all that outlives us: header, sites, rings (format-spec/region.md).
 *
 * A process has one region; a child made by fork has its own. Space is taken block by block and backed with pages at once: a
 * full file system is an error here, never a SIGBUS on the hot path. life.h says when there is a region; only then may the rest
 * of this be called.
 */
#ifndef TTLOG_REGION_H
#define TTLOG_REGION_H

#include <stdbool.h>
#include <stdint.h>

#include "../format-spec/twin/region.h"

/* Makes the memory in which drops are counted from then on: a forked child finds none of its parent's. CONTROL, before other threads. */
void region_load(void);

/* In a forked child, where the kernel does not wipe what is its parent's: as thread_forked. */
void region_forked(void);

/* Maps the memory and writes the header. 0, or why there is no memory. For life.c alone. SIGNAL. */
int region_open(void);

/*
 * The file of the region just opened has no room, for the reason `why`: begins anew, in anonymous memory. 0, or `why` if it was there before, or
 * cannot be had. For life.c alone. SIGNAL.
 */
int region_use_memory(int why);

/* The region's first byte; NULL: there is none, nor was there one in the process that forked us. */
char *region_base(void);
uint64_t region_used_bytes(void);
uint64_t region_max_bytes(void);

/* Counts the regions of this process and its forebears, from 1; of the one that is being made or ready. */
uint32_t region_serial(void);

/* Takes a block of `bytes`, a multiple of TTF_PAGE, zeroed and backed. Returns its address, or NULL: no room. SIGNAL. */
char *region_take(uint32_t type, uint64_t bytes);

/* Copies what the header's CRCs cover into a ring's header, which has room for it: it outlives damage to the first page. SIGNAL. */
void region_copy_header(char *ring);

/* The block's header is filled: makes it visible. R3 pairs with A7; publishes the header. */
void region_publish(char *block);

/* Room for a site's entry of `bytes`; NULL: none. region_site_commit makes it visible. One caller at a time, see site.h. */
char *region_site_room(uint32_t bytes);
void region_site_commit(uint32_t bytes);

/* Counts a drop of a thread that has no ring; also without a region. HOT. */
void region_count_drop(enum ttf_drop cause);
uint64_t region_dropped(enum ttf_drop cause);

/* Accounts for a ring that is going to be reused; a thread is counted with its main ring. SIGNAL. */
void region_retire(bool is_main, uint64_t recorded, const uint64_t dropped[TTF_DROP_CAUSES]);

/* The sums of what was retired. */
struct region_retired {
	uint64_t threads;
	uint64_t recorded;
	uint64_t dropped[TTF_DROP_CAUSES];
};
void region_read_retired(struct region_retired *retired);

/* Takes a new clock triple, if at `now_ns` of CLOCK_MONOTONIC the last is older than `age_ns`. SIGNAL. */
void region_renew_clock(uint64_t now_ns, uint64_t age_ns);

/* The program ends in order: unlinks the black box; the memory stays. */
void region_close(void);

#endif
