/*
 * filter.h - which events are shown.
 *
 * What depends on the site alone is decided once for each site and kept in site->verdict, what depends on the ring alone
 * once for each ring in a row; the message is made only for what is left.
 */
#ifndef TTDECODE_FILTER_H
#define TTDECODE_FILTER_H

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>

#include "../reader/event.h"
#include "../render/out.h"
#include "options.h"

struct filter {
	unsigned level;
	const char *targets;
	const char *threads;
	bool has_pattern;
	regex_t pattern;
	struct out message; /* of the event that the pattern is tried on */
	uint64_t since_ns;
	uint64_t until_ns;
	const struct ring *ring; /* the last one asked about */
	bool is_ring_shown;
};

/* 0; -EINVAL after a line on stderr: the pattern is none; or -ENOMEM. Then there is nothing to close. */
int filter_open(struct filter *filter, const struct options *options);

/* Moments before the end are known once the traces' end is. */
void filter_set_end(struct filter *filter, const struct options *options, uint64_t end_ns);

/* The verdict of a site, which may not have one yet. */
enum filter_verdict {
	FILTER_NOT_ASKED,
	FILTER_SHOWN,
	FILTER_HIDDEN,
};

/* Asks everything that the last event of the ring and the site did not answer. */
bool filter_asks(struct filter *filter, struct event *event);

/* Whether the event is shown. Also false where there is no memory to tell: ask for the error after it. */
static inline bool filter_shows(struct filter *filter, struct event *event)
{
	if (event->site->verdict == FILTER_HIDDEN || event->real_ns < filter->since_ns ||
	    event->real_ns > filter->until_ns)
		return false;
	if (event->site->verdict == FILTER_NOT_ASKED || event->ring != filter->ring || filter->has_pattern)
		return filter_asks(filter, event);
	return filter->is_ring_shown;
}

/* Whether later events may be shown too. */
static inline bool filter_is_over(const struct filter *filter, const struct event *event)
{
	return event->real_ns > filter->until_ns;
}

/* 0, or the first -errno of filter_shows. */
static inline int filter_error(const struct filter *filter)
{
	return filter->has_pattern ? -filter->message.error : 0;
}

void filter_close(struct filter *filter);

#endif
