/*
 * hostile_test.c - ttdecode survives every truncation and every flipped bit of the files given as arguments.
 *
 * Runs ttdecode within this process, so that a hundred thousand runs take seconds and a sanitizer sees them all.
 * For each changed file, beside not crashing:
 *	- it ends: a watchdog of WATCHDOG_SECONDS goes over the whole of a file;
 *	- the exit status is 0 or 1, or 2 where the magic is cut or the version or flags are hit: see may_refuse;
 *	- something is on standard error if and only if the status is not 0, and every line of it begins with "ttdecode: ";
 *	- a shorter part of a file never shows more events than a longer one.
 * Long runs of zeros are looked at less densely: nothing there is told from its neighbours.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../decoder/cli/cli.h"
#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/region.h"

#define WATCHDOG_SECONDS 300
#define FILE_BYTES_MAX 65536u
#define LINE_BYTES 64u /* a line of bytes that is all zero is looked at once */

/* The input and what came out, all in memory. */
struct bench {
	uint8_t original[FILE_BYTES_MAX];
	size_t count;
	bool is_region;
	bool is_bare; /* it shows no event */
	int input;
	int output;
	int errors;
	int real_errors; /* where the test itself complains */
	const char *name;
	char change[64]; /* what was done to it */
	unsigned long runs;
};

static struct bench bench;

static void require(bool is_so, const char *what)
{
	if (is_so)
		return;
	dprintf(bench.real_errors, "hostile_test: %s: %s: %s\n", bench.name, bench.change, what);
	exit(EXIT_FAILURE);
}

static int memory_file(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	require(fd >= 0, "memfd_create failed");
	return fd;
}

static void empty(int fd)
{
	if (lseek(fd, 0, SEEK_CUR) == 0)
		return;
	require(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0, "cannot empty a file in memory");
}

/* How many lines the file has; each must begin with `start`. */
static unsigned count_lines(int fd, const char *start)
{
	struct stat stat;
	char *text;
	unsigned lines = 0;

	require(fstat(fd, &stat) == 0, "fstat failed");
	text = malloc((size_t)stat.st_size + 1);
	require(text != NULL && pread(fd, text, (size_t)stat.st_size, 0) == stat.st_size, "cannot read back");
	text[stat.st_size] = '\0';
	for (char *at = text; at < text + stat.st_size; lines++) {
		char *end = strchr(at, '\n');

		require(end != NULL, "a line without an end, or with a zero byte");
		require(strncmp(at, start, strlen(start)) == 0, "a line that begins wrongly");
		at = end + 1;
	}
	free(text);
	return lines;
}

/*
 * Where a change may make the reader refuse the whole file: version and flags of a region (of a snapshot a CRC guards
 * them), and the magic of a file that holds nothing else to be known by.
 */
static bool may_refuse(size_t at)
{
	if (at < 8)
		return bench.is_bare;
	return bench.is_region && ((at >= TTF_REGION_ABI_NUMBER && at < TTF_REGION_ABI_NUMBER + 4) ||
				   (at >= TTF_REGION_INCOMPATIBLE && at < TTF_REGION_INCOMPATIBLE + 4));
}

/* Decodes the input as it is now. Returns how many events were shown. */
static unsigned decode(bool is_refusal_right)
{
	char path[32];
	char *argv[] = { "ttdecode", "-f", "json", path, NULL };
	unsigned errors;
	unsigned events;
	int status;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", bench.input);
	empty(bench.output);
	empty(bench.errors);
	status = cli_run(4, argv);
	bench.runs++;
	events = count_lines(bench.output, "{\"ts\":\"");
	errors = count_lines(bench.errors, "ttdecode: ");
	require(status == CLI_FINE || status == CLI_DAMAGED || (status == CLI_REFUSED && is_refusal_right),
		"a wrong exit status");
	require((status != CLI_FINE) == (errors > 0), "the exit status does not go with standard error");
	require(status != CLI_REFUSED || (errors == 1 && events == 0), "a refusal is not one line");
	return events;
}

static void put(const uint8_t *from, size_t count, size_t at)
{
	require(pwrite(bench.input, from, count, (off_t)at) == (ssize_t)count, "cannot write the input");
}

static bool is_zero_line(size_t at)
{
	static const uint8_t zeros[LINE_BYTES];
	size_t line = at / LINE_BYTES * LINE_BYTES;
	size_t bytes = bench.count - line < LINE_BYTES ? bench.count - line : LINE_BYTES;

	return memcmp(bench.original + line, zeros, bytes) == 0;
}

/* From the longest to the shortest, so that the input need only be cut. */
static void truncate_everywhere(void)
{
	unsigned fewest = UINT32_MAX;

	for (size_t count = bench.count;; count--) {
		if (count == bench.count || count % LINE_BYTES == 0 || !is_zero_line(count)) {
			unsigned events;

			snprintf(bench.change, sizeof(bench.change), "cut to %zu bytes", count);
			require(ftruncate(bench.input, (off_t)count) == 0, "cannot cut the input");
			events = decode(count < 8);
			require(events <= fewest, "it shows more events than a longer part of the file");
			fewest = events;
			if (count == bench.count)
				bench.is_bare = events == 0;
		}
		if (count == 0)
			break;
	}
}

static void flip_everywhere(void)
{
	for (size_t at = 0; at < bench.count; at++) {
		if (at % LINE_BYTES != 0 && is_zero_line(at))
			continue;
		for (unsigned bit = 0; bit < 8; bit++) {
			uint8_t flipped = (uint8_t)(bench.original[at] ^ 1u << bit);

			snprintf(bench.change, sizeof(bench.change), "bit %u of byte %zu", bit, at);
			put(&flipped, 1, at);
			decode(may_refuse(at));
		}
		put(&bench.original[at], 1, at);
	}
}

static void load(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	bench.name = name;
	require(fd >= 0, "cannot be opened");
	got = read(fd, bench.original, FILE_BYTES_MAX);
	close(fd);
	require(got > 8 && got < (ssize_t)FILE_BYTES_MAX, "is too small or too large for this test");
	bench.count = (size_t)got;
	bench.is_region = ttf_load64(bench.original) == ttf_magic(TTF_REGION_MAGIC_MASKED);
}

/* A sanitizer's, if there is one: its report goes to what is standard error here. */
extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void say_last_words(void)
{
	char text[4096];
	off_t at = 0;
	ssize_t got;

	dprintf(bench.real_errors, "hostile_test: %s: %s: stopped by a sanitizer\n", bench.name,
		bench.change);
	while ((got = pread(bench.errors, text, sizeof(text), at)) > 0 &&
	       write(bench.real_errors, text, (size_t)got) == got)
		at += got;
}

int main(int argc, char **argv)
{
	bench.real_errors = dup(STDERR_FILENO);
	bench.name = "";
	bench.input = memory_file("input");
	bench.output = memory_file("output");
	bench.errors = memory_file("errors");
	require(argc > 1, "no file is given");
	require(dup2(bench.output, STDOUT_FILENO) >= 0 && dup2(bench.errors, STDERR_FILENO) >= 0,
		"dup2 failed");
	if (__sanitizer_set_death_callback != NULL)
		__sanitizer_set_death_callback(say_last_words);
	for (int i = 1; i < argc; i++) {
		load(argv[i]);
		alarm(WATCHDOG_SECONDS);
		put(bench.original, bench.count, 0);
		truncate_everywhere();
		put(bench.original, bench.count, 0);
		flip_everywhere();
	}
	dprintf(bench.real_errors, "%d files: %lu truncations and flipped bits survived\n", argc - 1,
		bench.runs);
	return EXIT_SUCCESS;
}
