/*
 * record.h - the body of a record by its site's layout: records.md, "The body of an event".
 */
#ifndef TTDECODE_RECORD_H
#define TTDECODE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "sites.h"

/* Whether a body of that many bytes holds what the layout says: NULL, or what is wrong. */
const char *record_check(const struct site_layout *layout, const uint8_t *body, size_t bytes);

/* Fills the event's arguments from a body that record_check has passed. Texts point into the body. */
void record_decode(const struct site_layout *layout, const uint8_t *body, struct event *event);

#endif
