/*
 * hostile_test.c - ttdecode survives every truncation and every flipped bit of the files given as arguments.
 *
 * Runs ttdecode within this process, so that a hundred thousand runs take seconds and a sanitizer sees them all.
 * For each changed file, beside not crashing:
 *	- it ends: a watchdog of WATCHDOG_SECONDS goes over the whole of a file;
 *	- the exit status is 0 or 1, or 2 where the magic is cut or the version or flags are hit, as MAY_REFUSE says;
 *	- something is on standard error if and only if the status is not 0, and every line of it begins with "ttdecode: ";
 *	- a longer prefix of a file never shows fewer events than a shorter one.
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
	uint8_t bytes[FILE_BYTES_MAX];
	size_t count;
	bool is_region;
	int input;
	int output;
	int errors;
	int real_errors; /* where the test itself complains */
	const char *name;
	unsigned long runs;
};

static struct bench bench;

static void require(bool is_so, const char *what)
{
	if (is_so)
		return;
	dprintf(bench.real_errors, "hostile_test: %s: %s\n", bench.name, what);
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

/* Where a change may make the reader refuse the whole file. Of a snapshot a CRC guards these fields. */
static bool may_refuse(size_t at)
{
	return bench.is_region && ((at >= TTF_REGION_ABI_NUMBER && at < TTF_REGION_ABI_NUMBER + 4) ||
				   (at >= TTF_REGION_INCOMPATIBLE && at < TTF_REGION_INCOMPATIBLE + 4));
}

/* Decodes the first `count` of bench.bytes. Returns how many events were shown. */
static unsigned decode(size_t count, bool is_refusal_right)
{
	char path[32];
	char *argv[] = { "ttdecode", "-f", "json", path, NULL };
	unsigned errors;
	unsigned events;
	int status;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", bench.input);
	empty(bench.input);
	empty(bench.output);
	empty(bench.errors);
	require(pwrite(bench.input, bench.bytes, count, 0) == (ssize_t)count, "cannot write the input");
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

static bool is_zero_line(size_t at)
{
	static const uint8_t zeros[LINE_BYTES];
	size_t line = at / LINE_BYTES * LINE_BYTES;
	size_t bytes = bench.count - line < LINE_BYTES ? bench.count - line : LINE_BYTES;

	return memcmp(bench.original + line, zeros, bytes) == 0;
}

static void truncate_everywhere(void)
{
	unsigned most = 0;

	memcpy(bench.bytes, bench.original, bench.count);
	for (size_t count = 0; count <= bench.count; count++) {
		unsigned events;

		if (count < bench.count && count % LINE_BYTES != 0 && is_zero_line(count))
			continue;
		events = decode(count, count < 8);
		require(events >= most, "a longer prefix shows fewer events");
		most = events;
	}
}

static void flip_everywhere(void)
{
	for (size_t at = 0; at < bench.count; at++) {
		if (at % LINE_BYTES != 0 && is_zero_line(at))
			continue;
		for (unsigned bit = 0; bit < 8; bit++) {
			bench.bytes[at] ^= (uint8_t)(1u << bit);
			decode(bench.count, may_refuse(at));
			bench.bytes[at] ^= (uint8_t)(1u << bit);
		}
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
	for (int i = 1; i < argc; i++) {
		load(argv[i]);
		alarm(WATCHDOG_SECONDS);
		truncate_everywhere();
		flip_everywhere();
	}
	dprintf(bench.real_errors, "%d files: %lu truncations and flipped bits survived\n", argc - 1,
		bench.runs);
	return EXIT_SUCCESS;
}
