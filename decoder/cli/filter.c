#include "filter.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../render/message.h"
#include "glob.h"
#include "say.h"

static int compile(struct filter *filter, const char *pattern)
{
	char why[256];
	int error = regcomp(&filter->pattern, pattern, REG_EXTENDED | REG_NOSUB);

	if (error == 0) {
		filter->has_pattern = true;
		return 0;
	}
	if (error == REG_ESPACE)
		return -ENOMEM;
	regerror(error, &filter->pattern, why, sizeof(why));
	say("--grep %s: %s (see ttdecode --help)", pattern, why);
	return -EINVAL;
}

int filter_open(struct filter *filter, const struct options *options)
{
	int error;

	*filter = (struct filter){ .level = options->level,
				   .targets = options->targets,
				   .threads = options->threads,
				   .until_ns = UINT64_MAX };
	if (options->pattern == NULL)
		return 0;
	error = compile(filter, options->pattern);
	if (error != 0)
		return error;
	error = out_open(&filter->message, -1);
	if (error != 0)
		filter_close(filter);
	return error;
}

void filter_set_end(struct filter *filter, const struct options *options, uint64_t end_ns)
{
	if (options->since.is_given)
		filter->since_ns = moment_resolve(&options->since, end_ns);
	if (options->until.is_given)
		filter->until_ns = moment_resolve(&options->until, end_ns);
}

static bool matches_target(struct text pattern, const void *context)
{
	const struct site *site = context;

	return glob_matches_target(pattern, site->target);
}

static bool shows_site(const struct filter *filter, struct site *site)
{
	if (site->verdict == FILTER_NOT_ASKED) {
		bool is_shown = site->level >= filter->level &&
				(filter->targets == NULL || glob_any(filter->targets, matches_target, site));

		site->verdict = is_shown ? FILTER_SHOWN : FILTER_HIDDEN;
	}
	return site->verdict == FILTER_SHOWN;
}

static bool matches_thread(struct text pattern, const void *context)
{
	const struct ring *ring = context;
	char tid[16];
	int bytes = snprintf(tid, sizeof(tid), "%" PRIu32, ring->tid);

	return glob_matches(pattern, ring->name) ||
	       glob_matches(pattern, (struct text){ tid, (size_t)bytes });
}

static bool shows_ring(struct filter *filter, const struct ring *ring)
{
	if (filter->ring != ring) {
		filter->ring = ring;
		filter->is_ring_shown =
			filter->threads == NULL || glob_any(filter->threads, matches_thread, ring);
	}
	return filter->is_ring_shown;
}

/* The message may hold zero bytes, which end a regular expression's text: it is given with its bounds. */
static bool shows_message(struct filter *filter, struct event *event)
{
	regmatch_t bounds = { .rm_so = 0 };
	int result;

	out_clear(&filter->message);
	message_render(&filter->message, event);
	bounds.rm_eo = (regoff_t)out_used(&filter->message);
	/* Where glibc's has no memory it finds no match; then only errno tells. */
	errno = 0;
	result = regexec(&filter->pattern, filter->message.start, 1, &bounds, REG_STARTEND);
	if (result != 0 && (result != REG_NOMATCH || errno == ENOMEM))
		out_fail(&filter->message, ENOMEM);
	return result == 0 && filter->message.error == 0;
}

bool filter_asks(struct filter *filter, struct event *event)
{
	if (!shows_site(filter, event->site) || !shows_ring(filter, event->ring))
		return false;
	return !filter->has_pattern || shows_message(filter, event);
}

void filter_close(struct filter *filter)
{
	if (!filter->has_pattern)
		return;
	regfree(&filter->pattern);
	out_close(&filter->message);
}
