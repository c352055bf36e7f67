#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define FIRST_NS 1000000000u
#define STEP_NS 100000000u

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void progress_begin(struct progress *progress, bool prints)
{
	*progress =
		(struct progress){ .is_wanted = isatty(STDERR_FILENO) && !(prints && isatty(STDOUT_FILENO)),
				   .next_ns = now_ns() + FIRST_NS };
}

void progress_show(struct progress *progress, uint64_t done, uint64_t all)
{
	uint64_t now = progress->is_wanted ? now_ns() : 0;

	if (!progress->is_wanted || now < progress->next_ns)
		return;
	progress->next_ns = now + STEP_NS;
	progress->is_shown = true;
	if (all > 0)
		fprintf(stderr, "\rttdecode: %3u %%", (unsigned)(done * 100 / all));
	else
		fprintf(stderr, "\rttdecode: %" PRIu64 " MiB", done >> 20);
}

void progress_wipe(struct progress *progress)
{
	if (progress == NULL || !progress->is_shown)
		return;
	progress->is_shown = false;
	fputs("\r\033[K", stderr);
}
