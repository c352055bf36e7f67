/*
 * record.h - the body of a record by its site: records.md, "The body of an event".
 */
#ifndef TTDECODE_RECORD_H
#define TTDECODE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

/* As record_check, of a site that has strings and a body that has its fields. */
const char *record_check_strings(const struct site *site, const uint8_t *body, size_t bytes);

/* Whether a body of that many bytes holds what the site says: NULL, or what is wrong. */
static inline const char *record_check(const struct site *site, const uint8_t *body, size_t bytes)
{
	if (site->fixed_bytes > bytes)
		return "is shorter than its arguments";
	return site->strings == 0 ? NULL : record_check_strings(site, body, bytes);
}

#endif
