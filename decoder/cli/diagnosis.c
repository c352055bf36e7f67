#include "diagnosis.h"

#include <inttypes.h>
#include <stdio.h>

#include "progress.h"

/* A hostile file can be damaged in every word. What comes after so many reports helps nobody. */
#define REPORTS_MAX 1000

static void raise_status(struct diagnosis *diagnosis, enum cli_status status)
{
	if (status > diagnosis->status)
		diagnosis->status = status;
}

static void print_damage(struct damage *damage, const char *file, uint64_t offset, const char *what)
{
	struct diagnosis *diagnosis = (struct diagnosis *)damage;

	raise_status(diagnosis, CLI_DAMAGED);
	if (damage->count > REPORTS_MAX)
		return;
	progress_wipe(diagnosis->progress);
	fprintf(stderr, "ttdecode: %s: offset %" PRIu64 ": %s\n", file, offset, what);
}

void diagnosis_begin(struct diagnosis *diagnosis)
{
	*diagnosis = (struct diagnosis){ .damage = { .report = print_damage } };
}

void diagnosis_fail(struct diagnosis *diagnosis, enum cli_status status, const char *file, const char *why)
{
	raise_status(diagnosis, status);
	progress_wipe(diagnosis->progress);
	fprintf(stderr, "ttdecode: %s: %s\n", file, why);
}

void diagnosis_end(struct diagnosis *diagnosis)
{
	if (diagnosis->damage.count > REPORTS_MAX)
		fprintf(stderr, "ttdecode: %" PRIu64 " more reports of damage are not shown\n",
			diagnosis->damage.count - REPORTS_MAX);
}
