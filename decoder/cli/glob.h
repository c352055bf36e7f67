/*
 * glob.h - comma-separated patterns, in which `*` stands for any characters. Pure.
 */
#ifndef TTDECODE_GLOB_H
#define TTDECODE_GLOB_H

#include <stdbool.h>

#include "../reader/event.h"

/* Calls `matches` with each pattern of the list until it says yes. Spaces around a pattern do not count. */
bool glob_any(const char *list, bool (*matches)(struct text pattern, const void *context),
	      const void *context);

/* Whether the whole text matches. */
bool glob_matches(struct text pattern, struct text text);

/* Whether the target matches, or a part of it that ends before a dot: as the recorder's filter does. */
bool glob_matches_target(struct text pattern, struct text target);

#endif
