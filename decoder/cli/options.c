#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../format-spec/twin/record.h"
#include "../crew/crew.h"
#include "say.h"

#define USAGE "usage: ttdecode [OPTION]... [-p PID]... [FILE]..."

/* One option. `set` returns false if the value is none. */
struct rule {
	const char *name;
	char letter;	   /* 0: none */
	const char *value; /* its name in the help; NULL: takes none */
	bool (*set)(struct options *options, const char *value);
	const char *help;
};

static bool set_format(struct options *options, const char *value)
{
	options->format = strcmp(value, "json") == 0 ? FORMAT_JSON : FORMAT_TEXT;
	return options->format == FORMAT_JSON || strcmp(value, "text") == 0;
}

static bool set_output(struct options *options, const char *value)
{
	options->output = strcmp(value, "-") == 0 ? NULL : value;
	return *value != '\0';
}

static bool set_info(struct options *options, const char *value)
{
	(void)value;
	options->action = ACTION_INFO;
	return true;
}

static bool set_check(struct options *options, const char *value)
{
	(void)value;
	options->action = ACTION_CHECK;
	return true;
}

static bool set_help(struct options *options, const char *value)
{
	(void)value;
	options->action = ACTION_HELP;
	return true;
}

static bool set_version(struct options *options, const char *value)
{
	(void)value;
	options->action = ACTION_VERSION;
	return true;
}

static bool set_repack(struct options *options, const char *value)
{
	(void)value;
	options->action = ACTION_REPACK;
	return true;
}

static bool set_level(struct options *options, const char *value)
{
	static const char *const names[] = { "", "trace", "debug", "info", "warn", "error", "fatal" };

	options->is_best = strcmp(value, "best") == 0;
	if (options->is_best)
		return true;
	for (unsigned level = TTF_LEVEL_TRACE; level < TTF_LEVEL_END; level++)
		if (strcmp(value, names[level]) == 0)
			options->level = level;
	return options->level != 0 && strcmp(value, names[options->level]) == 0;
}

static bool set_targets(struct options *options, const char *value)
{
	options->targets = value;
	return *value != '\0';
}

static bool set_threads(struct options *options, const char *value)
{
	options->threads = value;
	return *value != '\0';
}

static bool set_pattern(struct options *options, const char *value)
{
	options->pattern = value;
	return true;
}

static bool set_since(struct options *options, const char *value)
{
	return moment_parse(value, &options->since);
}

static bool set_until(struct options *options, const char *value)
{
	return moment_parse(value, &options->until);
}

static bool set_last(struct options *options, const char *value)
{
	options->since.is_given = options->since.is_before_end = true;
	return moment_parse_duration(value, &options->since.ns);
}

static bool parse_count(const char *value, uint64_t *count)
{
	char *end;

	errno = 0;
	*count = strtoull(value, &end, 10);
	return errno == 0 && *value >= '0' && *value <= '9' && *end == '\0';
}

static bool set_head(struct options *options, const char *value)
{
	return parse_count(value, &options->head);
}

static bool set_tail(struct options *options, const char *value)
{
	return parse_count(value, &options->tail);
}

static bool set_pid(struct options *options, const char *value)
{
	uint64_t pid;

	if (!parse_count(value, &pid) || pid == 0 || pid > INT32_MAX ||
	    options->pid_count == OPTIONS_PIDS_MAX)
		return false;
	options->pids[options->pid_count++] = (uint32_t)pid;
	return true;
}

static bool set_jobs(struct options *options, const char *value)
{
	uint64_t jobs;

	if (!parse_count(value, &jobs) || jobs == 0 || jobs > CREW_MAX)
		return false;
	options->jobs = (unsigned)jobs;
	return true;
}

static bool set_color(struct options *options, const char *value)
{
	static const char *const names[] = { "auto", "always", "never" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(value, names[i]) != 0)
			continue;
		options->color = (enum color)i;
		return true;
	}
	return false;
}

static const struct rule rules[] = {
	{ "format", 'f', "text|json", set_format,
	  "print events as lines of text (the default) or JSON objects" },
	{ "output", 'o', "FILE", set_output, "write to FILE, which appears when it is whole" },
	{ "info", 0, NULL, set_info, "say what is in the file: process, threads, counts, crash; no events" },
	{ "check", 0, NULL, set_check, "verify every byte and say what is damaged; no events" },
	{ "repack", 0, NULL, set_repack,
	  "write the file anew as a snapshot (-o), packed; with --level best as small\n"
	  "as it gets" },
	{ "pid", 'p', "PID", set_pid,
	  "a living process, beside files or instead; it is not stopped. May be repeated" },
	{ "level", 0, "LEVEL", set_level,
	  "only events of LEVEL and above: trace debug info warn error fatal" },
	{ "target", 0, "LIST", set_targets, "only events of these targets and what is below them: net,db.*" },
	{ "thread", 0, "LIST", set_threads, "only events of these threads, by name or tid: worker-*,4711" },
	{ "since", 0, "TIME", set_since,
	  "only events from TIME on: 2026-11-21T01:02:03.5Z, or 10ms or -5s before\n"
	  "the last event" },
	{ "until", 0, "TIME", set_until, "only events up to TIME" },
	{ "last", 0, "DURATION", set_last,
	  "only the last DURATION before the last event: 500ms 5s 1m30s 2h" },
	{ "head", 0, "N", set_head, "only the first N of the events that are left" },
	{ "tail", 0, "N", set_tail, "only the last N of the events that are left" },
	{ "grep", 0, "REGEX", set_pattern,
	  "only events whose message matches this POSIX extended expression" },
	{ "jobs", 'j', "N", set_jobs,
	  "print with N threads, 1 to 64 (default: as many as there are processors, up\n"
	  "to 4; for small files 1); what is printed is the same" },
	{ "color", 0, "WHEN", set_color,
	  "auto (the default: on a terminal without NO_COLOR), always or never" },
	{ "help", 'h', NULL, set_help, "print this and exit" },
	{ "version", 'V', NULL, set_version, "print the version and exit" },
};

#define RULES (sizeof(rules) / sizeof(rules[0]))

/* Long options are known to getopt by numbers above every letter. */
#define LONG_BASE 256

static void fill_getopt(struct option *longs, char *shorts)
{
	*shorts++ = ':'; /* a missing value is told from an unknown option */
	for (size_t i = 0; i < RULES; i++) {
		longs[i] =
			(struct option){ .name = rules[i].name,
					 .has_arg = rules[i].value != NULL ? required_argument : no_argument,
					 .val = LONG_BASE + (int)i };
		if (rules[i].letter == 0)
			continue;
		*shorts++ = rules[i].letter;
		if (rules[i].value != NULL)
			*shorts++ = ':';
	}
	longs[RULES] = (struct option){ 0 };
	*shorts = '\0';
}

static const struct rule *rule_of(int found)
{
	for (size_t i = 0; i < RULES; i++)
		if (found == LONG_BASE + (int)i || (found != 0 && found == rules[i].letter))
			return &rules[i];
	return NULL;
}

static bool complain(const char *what, const char *about)
{
	say("%s%s (see ttdecode --help)", what, about);
	return false;
}

static bool take_option(struct options *options, int found, char **argv)
{
	const struct rule *rule = rule_of(found);

	if (found == ':')
		return complain("a value is missing: ", argv[optind - 1]);
	if (rule == NULL)
		return complain("unknown option: ", argv[optind - 1]);
	if (rule->set(options, optarg))
		return true;
	say("--%s %s: not a value of %s (see ttdecode --help)", rule->name, optarg, rule->value);
	return false;
}

static bool has_selection(const struct options *options)
{
	return options->level != 0 || options->targets != NULL || options->threads != NULL ||
	       options->pattern != NULL || options->since.is_given || options->until.is_given ||
	       options->head != UINT64_MAX || options->tail != UINT64_MAX;
}

static bool fits_repack(const struct options *options)
{
	if (has_selection(options))
		return complain("--repack keeps all events: there is nothing to select", "");
	if ((unsigned)options->file_count + options->pid_count > 1)
		return complain("--repack takes one file at a time", "");
	if (options->output == NULL && isatty(STDOUT_FILENO))
		return complain("--repack writes a binary file: give it a name with -o", "");
	return true;
}

bool options_parse(struct options *options, int argc, char **argv)
{
	struct option longs[RULES + 1];
	char shorts[2 * RULES + 2];
	int found;

	*options = (struct options){ .head = UINT64_MAX, .tail = UINT64_MAX };
	fill_getopt(longs, shorts);
	optind = 0; /* begins anew, after an earlier run too */
	opterr = 0;
	while ((found = getopt_long(argc, argv, shorts, longs, NULL)) != -1)
		if (!take_option(options, found, argv))
			return false;
	options->files = argv + optind;
	options->file_count = argc - optind;
	if (options->action == ACTION_HELP || options->action == ACTION_VERSION)
		return true;
	if (options->file_count == 0 && options->pid_count == 0)
		return complain("no file is given", "");
	if (options->format == FORMAT_JSON && options->action != ACTION_PRINT)
		return complain("--info, --check and --repack have no JSON form", "");
	if (options->is_best && options->action != ACTION_REPACK)
		return complain("--level best is how --repack compresses", "");
	return options->action != ACTION_REPACK || fits_repack(options);
}

static void help_option(int fd, const struct rule *rule)
{
	char head[64];
	const char *line = rule->help;

	snprintf(head, sizeof(head), "%s%c%s --%s%s%s", rule->letter != 0 ? "-" : " ",
		 rule->letter != 0 ? rule->letter : ' ', rule->letter != 0 ? "," : " ", rule->name,
		 rule->value != NULL ? " " : "", rule->value != NULL ? rule->value : "");
	while (line != NULL) {
		const char *end = strchr(line, '\n');

		dprintf(fd, "  %-24s %.*s\n", head, end != NULL ? (int)(end - line) : (int)strlen(line),
			line);
		line = end != NULL ? end + 1 : NULL;
		head[0] = '\0';
	}
}

void options_help(int fd)
{
	dprintf(fd, USAGE
		"\n\n"
		"Prints the events of ttlog snapshots (*.tts), black boxes (*.ttr) and core files, of living and dead\n"
		"processes, merged by time. \"-\" is standard input.\n\n");
	for (size_t i = 0; i < RULES; i++)
		help_option(fd, &rules[i]);
	dprintf(fd,
		"\nEvents go to standard output, what is wrong with a file to standard error.\n"
		"Exit status: 0 fine; 1 something is damaged or missing, all that can be read was printed;\n"
		"2 wrong usage, or a file that is foreign or too new; 3 a file cannot be read or written.\n");
}
