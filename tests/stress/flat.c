#include "flat.h"

#include <stdio.h>
#include <stdlib.h>

#include "account.h"

#define SAMPLES_MAX 8192u
#define SAMPLES_LEAST 6u

enum { RESIDENT, MAPPED, MAPPINGS, DESCRIPTORS, REGION, SITES, BOXES, FILES, QUANTITIES };

/* By how much each may rise: pages of heaps and stacks come and go; up to eight black boxes of the dead are kept, and the last one's. */
static const struct {
	const char *name;
	double tolerance;
} quantities[QUANTITIES] = {
	[RESIDENT] = { "KiB resident", 512 }, [MAPPED] = { "KiB mapped", 512 },
	[MAPPINGS] = { "mappings", 2 },	      [DESCRIPTORS] = { "descriptors", 0 },
	[REGION] = { "bytes of region", 0 },  [SITES] = { "call places", 0 },
	[BOXES] = { "black boxes", 9 },	      [FILES] = { "other files", 0 },
};

static double samples[SAMPLES_MAX][QUANTITIES];
static double times[SAMPLES_MAX];
static unsigned count;

static double lines_of(const char *path)
{
	FILE *file = fopen(path, "re");
	double lines = 0;
	int byte;

	while (file && (byte = getc_unlocked(file)) != EOF)
		lines += byte == '\n';
	if (file)
		fclose(file);
	return lines;
}

static double files_in(const char *directory)
{
	char path[ACCOUNT_PATH_BYTES];

	return trace_file_find(directory, ".tt", path, sizeof(path));
}

void flat_sample(const char *boxes, const char *files)
{
	struct tt_stats stats = account_stats();
	double *sample = samples[count];

	if (count == SAMPLES_MAX)
		return;
	times[count++] = (double)account_now_ns() / 1e9;
	sample[RESIDENT] = (double)(account_resident_bytes() >> 10);
	sample[MAPPED] = (double)(account_mapped_bytes() >> 10);
	sample[MAPPINGS] = lines_of("/proc/self/maps");
	sample[DESCRIPTORS] = account_descriptors();
	sample[REGION] = (double)stats.region_bytes;
	sample[SITES] = (double)stats.sites;
	sample[BOXES] = files_in(boxes);
	sample[FILES] = files_in(files);
}

/* The rise, from the first sample to the last, of the line of least squares through those from `from` on. */
static double rise(unsigned from, int quantity)
{
	double n = count - from, x = 0, y = 0, xx = 0, xy = 0, determinant;

	for (unsigned i = from; i < count; i++) {
		double t = times[i] - times[from];

		x += t;
		y += samples[i][quantity];
		xx += t * t;
		xy += t * samples[i][quantity];
	}
	determinant = n * xx - x * x;
	return determinant > 0 ? (n * xy - x * y) / determinant * (times[count - 1] - times[from]) : 0;
}

static bool is_equal(unsigned from, int quantity)
{
	for (unsigned i = from; i < count; i++)
		if (samples[i][quantity] < samples[from][quantity] ||
		    samples[i][quantity] > samples[from][quantity])
			return false;
	return true;
}

static bool is_flat(unsigned from, int quantity)
{
	if (ACCOUNT_IS_SANITIZED && quantity <= MAPPINGS)
		return true; /* sanitizers have memory of their own */
	if (quantities[quantity].tolerance <= 0)
		return is_equal(from, quantity);
	return rise(from, quantity) <= quantities[quantity].tolerance;
}

void flat_check(char *to, size_t room)
{
	unsigned from = count / 3;

	if (count < SAMPLES_LEAST)
		account_wrong("only %u samples of what must not grow", count);
	for (int i = 0; i < QUANTITIES && count > 0; i++) {
		double last = samples[count - 1][i], by = rise(from, i);
		int bytes = snprintf(to, room, "%s%.0f %s (%+.1f)", i == 0 ? "" : ", ", last,
				     quantities[i].name, by);

		to += bytes;
		room -= (size_t)bytes;
		if (!is_flat(from, i))
			account_wrong("%s: %.0f, then %.0f, a rise of %.1f in %.0f s; %.0f is allowed",
				      quantities[i].name, samples[from][i], last, by,
				      times[count - 1] - times[from], quantities[i].tolerance);
	}
}
