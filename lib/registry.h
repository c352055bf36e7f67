/*
 * registry.h - modules enter with their sites when they are loaded, and leave when they are unloaded; filters set the slots.
 *
 * One lock guards all changes. CONTROL throughout.
 */
#ifndef TTLOG_REGISTRY_H
#define TTLOG_REGISTRY_H

#include <stdint.h>

#include "include/ttlog/impl.h"

/* Enters the sites [from, to). The second time for one module it does nothing. */
void registry_enter(struct tt_impl_site *const *from, struct tt_impl_site *const *to);

/* The module that entered with `from` is about to be unmapped. */
void registry_leave(struct tt_impl_site *const *from);

/* Makes `spec` (checked) the filter, and sets all slots by it. */
void registry_filter(const char *spec);

uint64_t registry_count(void);
uint64_t registry_refused_count(void);

#endif
