#include "diagnosis.h"

#include <inttypes.h>

#include "progress.h"
#include "say.h"

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
	say("%s: offset %" PRIu64 ": %s", file, offset, what);
}

void diagnosis_begin(struct diagnosis *diagnosis)
{
	*diagnosis = (struct diagnosis){ .damage = { .report = print_damage } };
}

void diagnosis_fail(struct diagnosis *diagnosis, enum cli_status status, const char *file, const char *why)
{
	raise_status(diagnosis, status);
	progress_wipe(diagnosis->progress);
	say("%s: %s", file, why);
}

void diagnosis_end(struct diagnosis *diagnosis)
{
	if (diagnosis->damage.count > REPORTS_MAX)
		say("%" PRIu64 " more reports of damage are not shown",
		    diagnosis->damage.count - REPORTS_MAX);
}
