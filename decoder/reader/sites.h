/*
 * sites.h - the site table of one file: entries of records.md by id.
 *
 * Where each argument's field stands in a record's body is worked out once, when the site's entry is read. Memory: one allocation for each site, and a pointer for each id up to the highest.
 */
#ifndef TTDECODE_SITES_H
#define TTDECODE_SITES_H

#include <stdbool.h>
#include <stdint.h>

#include "../input/damage.h"
#include "event.h"
#include "../input/window.h"

struct sites {
	struct site **by_id;
	uint32_t room;
	uint32_t count;	      /* known ones */
	uint32_t unknown;     /* entries of a later version among them */
	uint8_t *reported;    /* a bit for each id that records name and nobody knows */
	uint64_t tried_bytes; /* of what looked like an entry, up to its CRC */
};

/*
 * So many bytes of what turned out to be none are tried, then no more entries are looked for. A damaged file has a few; in a hostile one entries of 32
 * KiB seem to begin everywhere, and trying them all would take hours.
 */
#define SITES_TRIED_MAX ((uint64_t)256 << 20)

/* Where entries are read: they begin in `from` to `to` and end until `limit`. All of it are offsets in the window's source. */
struct sites_range {
	uint64_t from; /* a multiple of 8; afterwards behind the last that was looked at */
	uint64_t to;
	uint64_t promised; /* up to here there are entries and nothing else: what is none is damage */
	uint64_t limit;
};

/*
 * Takes the intact entries of a range, each at the next multiple of 8 where one stands, and reports where one is missing. 0 or
 * -ENOMEM.
 */
int sites_read(struct sites *sites, struct window *window, struct sites_range *range, struct damage *damage);

/* The site of a record, or NULL if no entry described it. `id` may be anything. */
static inline struct site *sites_find(const struct sites *sites, uint32_t id)
{
	return id < sites->room ? sites->by_id[id] : NULL;
}

/* Finds where the site's fields stand, whose number and types are there, and which of them are strings. */
void site_lay_out(struct site *site);

/* Makes it empty, with room to note what was missed. 0 or -ENOMEM. */
int sites_open(struct sites *sites);

/* Whether this is the first time that an id is found to be unknown. */
bool sites_first_miss(struct sites *sites, uint32_t id);

/* Gives back each site's program. */
void sites_forget(struct sites *sites, void (*forget)(struct site *site));

/* `forget` as above; NULL if no program was made. */
void sites_free(struct sites *sites, void (*forget)(struct site *site));

#endif
