/*
 * options.c - reads the command line with getopt_long.
 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char help[] =
	"Usage: ttlog-demo [OPTION]... [DIRECTORY]\n"
	"Index and LZ4-compress the files below DIRECTORY (default /usr/share/doc) with several threads,\n"
	"and record with ttlog what each of them does. Only what is measured is kept, no compressed data.\n"
	"\n"
	"  -t, --threads=N      number of worker threads, 1 to 64 (default 3)\n"
	"  -s, --snapshot=FILE  at the end, take a snapshot of the recording\n"
	"  -i, --index=FILE     at the end, write the index as text\n"
	"  -r, --repeat         begin again and again, until killed\n"
	"  -c, --crash-after=N  after N files a worker dereferences a null pointer; on a crash ttlog leaves a\n"
	"                       snapshot in $TTLOG_DIR (default: the working directory)\n"
	"  -q, --quiet          no progress, no report\n"
	"  -h, --help           print this help\n"
	"\n"
	"Exit status: 0 all done, 1 some files could not be read or indexed, 2 usage, 3 I/O or memory.\n";

static const struct option table[] = {
	{ "threads", required_argument, NULL, 't' },
	{ "snapshot", required_argument, NULL, 's' },
	{ "index", required_argument, NULL, 'i' },
	{ "repeat", no_argument, NULL, 'r' },
	{ "crash-after", required_argument, NULL, 'c' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static enum options_result point_to_help(void)
{
	fputs("Try 'ttlog-demo --help'.\n", stderr);
	return OPTIONS_WRONG;
}

static enum options_result wrong(const char *what, const char *value)
{
	fprintf(stderr, "ttlog-demo: %s%s\n", what, value);
	return point_to_help();
}

/* Decimal digits only: strtoull would take "-1" and " 7" too. */
static bool parse_number(const char *text, uint64_t minimum, uint64_t maximum, uint64_t *number)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0' && *number >= minimum && *number <= maximum;
}

static enum options_result take(struct options *options, int letter)
{
	uint64_t number;

	switch (letter) {
	case 't':
		if (!parse_number(optarg, 1, OPTIONS_THREADS_MAX, &number))
			return wrong("--threads wants a number from 1 to 64, not ", optarg);
		options->thread_count = (unsigned)number;
		return OPTIONS_RUN;
	case 'c':
		options->has_crash_after = true;
		if (!parse_number(optarg, 0, UINT64_MAX - 1, &options->crash_after_count))
			return wrong("--crash-after wants a number of files, not ", optarg);
		return OPTIONS_RUN;
	case 's':
		options->snapshot_path = optarg;
		return OPTIONS_RUN;
	case 'i':
		options->index_path = optarg;
		return OPTIONS_RUN;
	case 'r':
		options->is_repeated = true;
		return OPTIONS_RUN;
	case 'q':
		options->is_quiet = true;
		return OPTIONS_RUN;
	case 'h':
		fputs(help, stdout);
		return OPTIONS_HELP;
	default: /* getopt_long has said what is wrong */
		return point_to_help();
	}
}

enum options_result options_parse(struct options *options, int argc, char **argv)
{
	int letter;

	*options = (struct options){ .directory = "/usr/share/doc", .thread_count = 3 };
	while ((letter = getopt_long(argc, argv, "t:s:i:rc:qh", table, NULL)) != -1) {
		enum options_result result = take(options, letter);

		if (result != OPTIONS_RUN)
			return result;
	}
	if (argc - optind > 1)
		return wrong("only one DIRECTORY, please; the second is ", argv[optind + 1]);
	if (optind < argc)
		options->directory = argv[optind];
	if (options->is_repeated && (options->snapshot_path || options->index_path))
		return wrong("--repeat has no end, so --snapshot and --index would never be written", "");
	return OPTIONS_RUN;
}
