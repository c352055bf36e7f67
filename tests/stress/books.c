#include "books.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const causes[TT_DROP_CAUSES] = { "nested",	"no ring", "shutdown", "frozen",
						    "starting", "exiting", "cause 6",  "cause 7" };

static void expect(const char *who, const char *what, uint64_t found, uint64_t expected)
{
	char line[96];

	snprintf(line, sizeof(line), "%s: %s", who, what);
	account_expect(line, found, expected);
}

static void expect_dropped(const char *who, int cause, uint64_t found, uint64_t expected)
{
	char line[64];

	snprintf(line, sizeof(line), "dropped as '%s'", causes[cause]);
	expect(who, line, found, expected);
}

static uint64_t all_dropped(const struct books *books)
{
	uint64_t sum = 0;

	for (int cause = 0; cause < TT_DROP_CAUSES; cause++)
		sum += books->dropped[cause];
	return sum;
}

void books_check_stats(const struct books *books, const struct tt_stats *stats, const char *who)
{
	expect(who, "recorded", stats->recorded, books->recorded);
	expect(who, "dropped", stats->dropped, all_dropped(books));
	for (int cause = 0; cause < TT_DROP_CAUSES; cause++)
		expect_dropped(who, cause, stats->dropped_by_cause[cause], books->dropped[cause]);
}

void books_check_trace(const struct books *books, const struct tt_stats *stats,
		       const struct account_trace *trace, const char *who)
{
	const struct trace *file = &trace->file.trace;
	uint64_t overwritten = file->info.retired_recorded;

	/* Each ring's counters against its events, too. */
	expect(who, "recorded", account_sum(trace), books->recorded);
	for (uint32_t i = 0; i < file->ring_count; i++)
		overwritten += file->rings[i] ? file->rings[i]->overwritten : 0;
	expect(who, "overwritten", overwritten, stats->overwritten);
	for (int cause = 0; cause < TT_DROP_CAUSES; cause++) {
		uint64_t dropped = file->info.dropped[cause] + file->info.retired_dropped[cause];

		for (uint32_t i = 0; i < file->ring_count; i++)
			dropped += file->rings[i] ? file->rings[i]->dropped[cause] : 0;
		expect_dropped(who, cause, dropped, books->dropped[cause]);
	}
}

/* What --info says. */
struct info {
	unsigned long long recorded, retained, overwritten;
	unsigned long long retired_recorded, retired_dropped;
	unsigned long long dropped, torn;
	unsigned long long by_cause[TT_DROP_CAUSES];
};

/* "(12 nested, 3 no ring)" */
static void take_causes(struct info *info, const char *at)
{
	while (at && *at != ')') {
		char *name;
		unsigned long long dropped = strtoull(at + 1, &name, 10);

		for (int cause = 0; cause < TT_DROP_CAUSES; cause++)
			if (*name == ' ' && strncmp(name + 1, causes[cause], strlen(causes[cause])) == 0)
				info->by_cause[cause] = dropped;
		at = strpbrk(name, ",)");
	}
}

/* Returns 1 for the line of the events. */
static int take_line(struct info *info, const char *line)
{
	const char *retired = strstr(line, "whose rings were reused, with ");

	if (retired)
		sscanf(retired, "whose rings were reused, with %llu events, %llu dropped",
		       &info->retired_recorded, &info->retired_dropped);
	if (sscanf(line, " dropped %llu", &info->dropped) == 1)
		take_causes(info, strchr(line, '('));
	sscanf(line, " torn %llu", &info->torn);
	return sscanf(line, " events %llu recorded, %llu retained, %llu overwritten", &info->recorded,
		      &info->retained, &info->overwritten) == 3;
}

static bool read_info(struct info *info, const char *path)
{
	const char *program = getenv("TTDECODE");
	char command[4 * ACCOUNT_PATH_BYTES], line[1024];
	FILE *output;
	int found = 0;

	snprintf(command, sizeof(command), "'%s' --info '%s' 2>&1", program ? program : "ttdecode", path);
	output = popen(command, "re");
	while (output && fgets(line, sizeof(line), output))
		found += take_line(info, line);
	if (output && pclose(output) == 0 && found == 1)
		return true;
	account_wrong("%s: %d lines with events", command, found);
	return false;
}

void books_check_info(const struct books *books, const char *path, const char *who)
{
	struct info info = { 0 };

	if (!read_info(&info, path))
		return;
	expect(who, "recorded", info.recorded + info.retired_recorded, books->recorded);
	expect(who, "retained and overwritten", info.retained + info.overwritten, info.recorded);
	expect(who, "dropped", info.dropped + info.retired_dropped, all_dropped(books));
	expect(who, "torn", info.torn, 0);
	for (int cause = 0; cause < TT_DROP_CAUSES; cause++)
		expect_dropped(who, cause, info.by_cause[cause], books->dropped[cause]);
}
