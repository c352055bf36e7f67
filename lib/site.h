/*
 * site.h - the list of sites by module (the program, a shared library), and their way into the region.
 *
 * The list only grows, so that whoever makes a region may walk it without a lock, even in a signal handler or a
 * forked child. It grows by what is new: a library that is loaded again takes its old place. It is changed by registry.c alone,
 * under a lock.
 *
 * The invariant: a site's description is committed in the region before the first record of that site can be
 * seen in a ring. Whoever makes a region writes all sites of the list before the region is ready (no ring can exist before);
 * whoever enters a module when a region is ready, or being made, writes them itself before it sets the slots.
 * Both first announce themselves and then look at the other (S1 and S2, sequentially consistent fences), so at least one
 * sees the other.
 */
#ifndef TTLOG_SITE_H
#define TTLOG_SITE_H

#include <stdbool.h>
#include <stdint.h>

#include "include/ttlog/impl.h"

struct module {
	struct tt_impl_site *const *sites;
	uint32_t count;
	uint32_t first_id;
	uint32_t begun_in;   /* serial of the region that `entries` is about */
	uint32_t written_in; /* serial of the region that has all the sites */
	int is_gone;	     /* unmapped: the sites may no longer be touched */
	struct module *next;
	uint64_t entries[]; /* of each site: where in the region its description is; 0: nowhere */
};

/* The first module, and the one after; NULL at the end. SIGNAL. */
struct module *site_first(void);
struct module *site_next(const struct module *module);

/* Puts a module at the list's end. Under the registry's lock. */
void site_append(struct module *module);

/*
 * Could these sites have the ids of the module, which is gone? They could if the region describes none of the ids otherwise. Under
 * the registry's lock, while no region is being made.
 */
bool site_fits(const struct module *module, struct tt_impl_site *const *sites, uint32_t count);

/* Puts the module's sites into the region that is ready or being made, if they are not there. -ENOSPC: no room. SIGNAL. */
int site_write(struct module *module);

/* The same for the whole list; for who makes the region. Ends with the first that has no room. SIGNAL. */
int site_write_all(void);

#endif
