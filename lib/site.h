/*
 * site.h - the registry of sites: every module's call places, their ids, their slots and their descriptions.
 *
 * A module (the program, a shared library) enters with its constructor and leaves with its destructor. The list
 * of modules only grows, so that whoever makes a region may walk it without a lock, even in a signal handler or a
 * forked child; changes are made under a lock, in CONTROL context.
 *
 * The invariant: a site's description is committed in the region before the first record of that site can be
 * seen in a ring. Whoever makes a region writes all sites of the list before the region is ready (no ring can exist before);
 * whoever enters a module when a region is ready, or being made, writes them itself before it sets the slots.
 * Both first announce themselves and then look at the other (S1 and S2, sequentially consistent fences), so at least one
 * sees the other.
 */
#ifndef TTLOG_SITE_H
#define TTLOG_SITE_H

#include <stdint.h>

#include "include/ttlog/impl.h"

/* Enters the sites [from, to). The second time for one module it does nothing. CONTROL. */
void site_enter(struct tt_impl_site *const *from, struct tt_impl_site *const *to);

/* The module that entered with `from` is about to be unmapped. CONTROL. */
void site_leave(struct tt_impl_site *const *from);

/* Writes all sites that the region does not have yet into it. SIGNAL; only for who makes the region. */
void site_write_all(void);

/* Makes `spec` (checked) the filter, and sets all slots by it. CONTROL. */
void site_filter(const char *spec);

uint64_t site_count(void);
uint64_t site_refused_count(void);

/* Sets how string arguments are to be read, and whether errno is wanted, as the format says. -EINVAL: it cannot be recorded. For tests. */
int site_prepare(struct tt_impl_site *site);

/* Measures a string that the inline path leaves to us: NULL, a precision, wide, or a pointer. HOT. */
struct tt_impl_string site_measure(uint64_t bits, uint32_t rule, uint64_t before, uint32_t left);

#endif
