/*
 * blackbox.c - fuzz target: hostile regions.
 *
 * The first byte says what the rest is: see enum mode. In all but the first mode checksums are put right, so that what they
 * protect is reached; the second byte says which are left as they are (enum seal_part), so that salvage is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/region.h"
#include "decode.h"
#include "seal.h"

enum mode {
	AS_IT_IS,
	SEALED,	     /* the file, with its checksums put right */
	PARTS,	     /* what is not zero in it: seal_region_of */
	PARTS_ALIVE, /* and its process lives: it is this one */
	MODES,
};

/* This process, as life.h tells one from another. */
struct self {
	char boot_id[TTF_REGION_BOOT_ID_BYTES];
	uint64_t start_time;
};

static void read_line(const char *path, char *line, int capacity)
{
	FILE *file = fopen(path, "re");

	fuzz_require(file != NULL && fgets(line, capacity, file) != NULL, "/proc can be read");
	fclose(file);
}

/* Field 22 of /proc/self/stat; the second one is in brackets and may hold anything. */
static uint64_t start_time(void)
{
	char line[1024];
	char *at;

	read_line("/proc/self/stat", line, sizeof(line));
	at = strrchr(line, ')');
	fuzz_require(at != NULL, "/proc/self/stat is as it was");
	for (unsigned field = 2; field < 22 && at != NULL; field++)
		at = strchr(at + 1, ' ');
	return at != NULL ? strtoull(at, NULL, 10) : 0;
}

static const struct self *self(void)
{
	static struct self self;

	if (self.start_time == 0) {
		char boot_id[64];

		/* The copies of a living process's chunks are to stay in memory. */
		setenv("TMPDIR", "/dev/shm", 1);
		read_line("/proc/sys/kernel/random/boot_id", boot_id, sizeof(boot_id));
		boot_id[strcspn(boot_id, "\n")] = '\0';
		memcpy(self.boot_id, boot_id, strnlen(boot_id, sizeof(self.boot_id)));
		self.start_time = start_time();
	}
	return &self;
}

static void enliven(uint8_t *file)
{
	ttf_store32(file + TTF_REGION_PID, (uint32_t)getpid());
	ttf_store32(file + TTF_REGION_STATE, TTF_STATE_RUNNING);
	ttf_store64(file + TTF_REGION_START_TIME, self()->start_time);
	memcpy(file + TTF_REGION_BOOT_ID, self()->boot_id, sizeof(self()->boot_id));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	enum mode mode = (enum mode)(fuzz_u8(&input) % MODES);
	unsigned left_alone = mode != AS_IT_IS ? fuzz_u8(&input) : 0;
	size_t bytes = input.left;
	uint8_t *file = mode >= PARTS ? seal_region_of(input, &bytes) : fuzz_exact(input.at, bytes, false);

	if (mode == PARTS_ALIVE)
		enliven(file);
	if (mode != AS_IT_IS)
		seal_region(file, bytes, left_alone);
	decode_file(file, bytes);
	free(file);
	return 0;
}
