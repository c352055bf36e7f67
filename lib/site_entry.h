/*
 * site_entry.h - a site's description as the bytes of format-spec/records.md, "The site".
 *
 * Pure, allocates nothing. SIGNAL.
 */
#ifndef TTLOG_SITE_ENTRY_H
#define TTLOG_SITE_ENTRY_H

#include <stdint.h>

#include "include/ttlog/impl.h"

/* Bytes of the entry; 0 if the site exceeds a limit of the format (an empty or overlong target, a format over 8191 bytes). */
uint32_t site_entry_bytes(const struct tt_impl_site *site);

/* Writes the entry of site_entry_bytes bytes to `to`, which is zeroed. `types` are the types as the format resolved them. */
void site_entry_write(const struct tt_impl_site *site, uint32_t id, const uint8_t *types, char *to);

#endif
