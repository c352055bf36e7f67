#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../format-spec/twin/region.h"
#include "../../format-spec/twin/snapshot.h"
#include "../input/input.h"
#include "../reader/load.h"
#include "../reader/trace.h"
#include "../render/message.h"
#include "../render/out.h"
#include "../writer/repack.h"
#include "check.h"
#include "diagnosis.h"
#include "info.h"
#include "options.h"
#include "output.h"
#include "print.h"
#include "progress.h"
#include "say.h"
#include "version.h"

/* One run. */
struct run {
	struct options options;
	struct diagnosis diagnosis;
	struct input *inputs;
	unsigned input_count; /* of those that could be opened */
	struct trace *traces;
	unsigned count; /* of those that could be read */
};

static const char *reason_of(int error)
{
	switch (error) {
	case -ENODATA:
		return "the file is empty: neither a ttlog snapshot nor a black box nor a core file";
	case -EINVAL:
		return "neither a file nor a pipe";
	case -ENOPKG:
		return "it is compressed with zstd, and there is no libzstd.so.1 to read it with";
	case -ESRCH:
		return "there is no such process";
	case -ENXIO:
		return "it has no memory: a thread of the kernel, or a process that has ended";
	case -EPERM:
		return "no permission to look into it";
	case -EFBIG:
		return "it expands to more than a trace would";
	case -EBADMSG:
		return "a core file, but not of a 64-bit little-endian machine";
	default:
		return strerror(-error);
	}
}

/* What gives nothing at all. */
static void fail_file(struct run *run, const char *path, int error)
{
	bool is_refused = error == -ENODATA || error == -EFBIG || error == -EBADMSG;

	diagnosis_fail(&run->diagnosis, is_refused ? CLI_REFUSED : CLI_IO, path, reason_of(error));
}

/* A core without a region: the kernel leaves out files that are mapped, unless they have been unlinked. */
static void fail_core(struct run *run, const struct input *input)
{
	char why[128];

	snprintf(why, sizeof(why),
		 "the core holds no region of ttlog; a black box of its process would be *-%" PRIu32 "-*.ttr",
		 input->core.process.pid);
	diagnosis_fail(&run->diagnosis, CLI_REFUSED, input->name, why);
}

static void show_progress(void *user, uint64_t done, uint64_t all)
{
	progress_show(user, done, all);
}

/* Opens one of them; without it the others are read all the same. */
static void open_input(struct run *run, const char *path)
{
	struct input *input = &run->inputs[run->input_count];
	struct progress progress;
	const struct stream_watch watch = { show_progress, &progress };
	int error;

	progress_begin(&progress, false);
	run->diagnosis.progress = &progress;
	error = input_open(input, path, &run->diagnosis.damage, &watch);
	progress_wipe(&progress);
	run->diagnosis.progress = NULL;
	if (error != 0) {
		fail_file(run, path, error);
		return;
	}
	if (input_count(input) == 0)
		fail_core(run, input);
	run->input_count++;
}

/* A living process, in the same way. */
static void open_process(struct run *run, uint32_t pid)
{
	struct input *input = &run->inputs[run->input_count];
	int error = input_open_process(input, pid);

	if (error != 0) {
		fail_file(run, input->name, error);
		return;
	}
	if (input_count(input) == 0)
		diagnosis_fail(&run->diagnosis, CLI_REFUSED, input->name,
			       "it has recorded nothing with ttlog");
	run->input_count++;
}

static void load_one(struct run *run, struct input *input, unsigned index)
{
	static const enum trace_origin origins[] = {
		[INPUT_FILE] = ORIGIN_FILE, [INPUT_CORE] = ORIGIN_CORE, [INPUT_PROCESS] = ORIGIN_PROCESS
	};
	struct trace *trace = &run->traces[run->count];
	int error = load_source(trace, input_take(input, index), origins[input->kind],
				input->kind == INPUT_CORE ? &input->core.process : NULL, run->count,
				&run->diagnosis.damage, run->options.action == ACTION_PRINT);

	if (error == 0)
		run->count++;
	else if (error == -EBADMSG)
		diagnosis_fail(&run->diagnosis, CLI_REFUSED, input->name, trace->refusal);
	else
		fail_file(run, input->name, error);
}

static bool is_colored(const struct run *run, int fd)
{
	const char *no_color = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	if (run->options.color != COLOR_AUTO)
		return run->options.color == COLOR_ALWAYS;
	return isatty(fd) && (no_color == NULL || *no_color == '\0') &&
	       (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

static int repack(struct run *run, struct out *out)
{
	struct progress progress = { 0 };
	struct repack how = { .is_best = run->options.is_best, .progress = show_progress, .user = &progress };
	int error;

	progress_begin(&progress, false);
	run->diagnosis.progress = &progress;
	error = repack_trace(out, &run->traces[0], &how);
	progress_wipe(&progress);
	run->diagnosis.progress = NULL;
	return error;
}

static int produce(struct run *run, struct out *out, int fd)
{
	int error = 0;

	if (run->options.action == ACTION_PRINT)
		return run->count > 0 ? print_events(out, run->traces, run->count, &run->options,
						     is_colored(run, fd), &run->diagnosis)
				      : 0;
	if (run->options.action == ACTION_REPACK)
		return run->count > 0 ? repack(run, out) : 0;
	for (unsigned i = 0; i < run->count && error == 0; i++) {
		if (i > 0 && run->options.action == ACTION_INFO)
			out_byte(out, '\n');
		error = run->options.action == ACTION_INFO ? info_print(out, &run->traces[i])
							   : check_trace(out, &run->traces[i]);
	}
	return error;
}

static void fail_output(struct run *run, const char *name, int error)
{
	diagnosis_fail(&run->diagnosis, CLI_IO, error == -ENOMEM ? "decoding" : name, strerror(-error));
}

/* A reader that has gone away (`| head`) is nobody's fault. */
static void judge_output(struct run *run, const char *name, int error)
{
	if (error != 0 && error != -EPIPE)
		fail_output(run, name, error);
}

/* Once a file; what is missing for it has been reported as damage, place by place. A lack of memory has mostly ended the output, with a line. */
static void judge_input(struct run *run)
{
	for (unsigned i = 0; i < run->count; i++)
		if (run->traces[i].failure != 0 &&
		    (run->traces[i].failure != -ENOMEM || run->diagnosis.status < CLI_IO))
			diagnosis_fail(&run->diagnosis, CLI_IO, run->traces[i].source.name,
				       strerror(-run->traces[i].failure));
}

/* Makes the output. A file appears even if the input was damaged, but not if it could not be written whole. */
static void write_output(struct run *run)
{
	struct output output;
	struct out out;
	int error = output_open(&output, run->options.output);
	int result;
	int close_error;

	if (error != 0) {
		fail_output(run, output.name, error);
		return;
	}
	result = out_open(&out, output.fd);
	if (result == 0)
		result = produce(run, &out, output.fd);
	error = out_close(&out);
	if (result == -EINVAL)
		run->diagnosis.status = CLI_REFUSED; /* with its line already */
	else if (result != 0)
		fail_output(run, output.name, result);
	close_error = output_close(&output, result == 0 && error == 0 && run->count > 0);
	if (result == 0)
		judge_output(run, output.name, error != 0 ? error : close_error);
}

/* All inputs come first, since only then it is known how many traces there are. False without memory. */
static bool load_all(struct run *run)
{
	unsigned sources = 0;

	run->inputs = calloc((size_t)run->options.file_count + run->options.pid_count, sizeof(*run->inputs));
	for (unsigned i = 0; run->inputs != NULL && i < run->options.pid_count; i++)
		open_process(run, run->options.pids[i]);
	for (int i = 0; run->inputs != NULL && i < run->options.file_count; i++)
		open_input(run, run->options.files[i]);
	for (unsigned i = 0; i < run->input_count; i++)
		sources += input_count(&run->inputs[i]);
	run->traces = calloc((size_t)sources + 1, sizeof(*run->traces));
	if (run->inputs == NULL || run->traces == NULL)
		return false;
	for (unsigned i = 0; i < run->input_count; i++)
		for (unsigned index = 0; index < input_count(&run->inputs[i]); index++)
			load_one(run, &run->inputs[i], index);
	return true;
}

static void close_all(struct run *run)
{
	for (unsigned i = 0; i < run->count; i++)
		trace_close(&run->traces[i], message_forget);
	for (unsigned i = 0; i < run->input_count; i++)
		input_close(&run->inputs[i]);
	free(run->traces);
	free(run->inputs);
}

static int decode(struct run *run)
{
	diagnosis_begin(&run->diagnosis);
	if (load_all(run)) {
		write_output(run);
		judge_input(run);
	} else {
		say("out of memory");
		run->diagnosis.status = CLI_IO;
	}
	close_all(run);
	diagnosis_end(&run->diagnosis);
	return (int)run->diagnosis.status;
}

/*
 * A descriptor 0, 1 or 2 that we were started without would be given to the next file that is opened. In its place comes
 * one that fails as a closed one does.
 */
static void hold_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/", O_PATH | O_DIRECTORY);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int cli_run(int argc, char **argv)
{
	struct run run = { 0 };

	hold_standard_descriptors();
	signal(SIGPIPE, SIG_IGN); /* a write then says EPIPE, and a temporary file can be taken away */
	if (!options_parse(&run.options, argc, argv))
		return CLI_REFUSED;
	switch (run.options.action) {
	case ACTION_HELP:
		options_help(STDOUT_FILENO);
		return CLI_FINE;
	case ACTION_VERSION:
		dprintf(STDOUT_FILENO, "ttdecode %s (snapshot format %u.%u, region layout %u)\n",
			TTDECODE_VERSION, TTF_MAJOR, TTF_MINOR, TTF_REGION_ABI);
		return CLI_FINE;
	default:
		return decode(&run);
	}
}
