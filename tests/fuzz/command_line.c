/*
 * command_line.c - fuzz target: ttdecode's arguments, from the table of options to the exit status.
 *
 * The first byte says how standard input stands, the rest is arguments, a zero byte after each. ttdecode runs within this process,
 * in a directory of its own below $FUZZ_DIRECTORY (default: /dev/shm) that holds a few files; who kills it takes that
 * away. It cannot leave that directory: `/` in an argument becomes `_`.
 *
 * Beside not crashing, it requires:
 *	- the exit status is 0 to 3, and 0 if and only if nothing is on standard error;
 *	- every line on standard error begins with "ttdecode: ", and what shown.h says is right holds for both outputs, also where
 *	  the name of a file or an argument is hostile;
 *	- standard output is text, or a whole snapshot;
 *	- no descriptor and no temporary file remains;
 *	- a moment that is taken is the same after it was printed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../decoder/cli/cli.h"
#include "../../decoder/cli/moment.h"
#include "../../decoder/reader/load.h"
#include "../../decoder/render/stamp.h"
#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/snapshot.h"
#include "fuzz.h"
#include "shown.h"

#define ARGUMENTS_MAX 24u
#define BYTES_MAX 1024u
#define REPEATS_MAX 6u /* of what multiplies the size of a regular expression */
#define NAME_BYTES_MAX 256u

/* The files of the directory, in the program itself so that they need not be found. */
#define FILE_BYTES(symbol, path)                                                                             \
	__asm__(".section .rodata\n" #symbol ":\n.incbin \"format-spec/vectors/" path "\"\n" #symbol         \
		"_end:\n.previous\n");                                                                       \
	extern const char symbol[], symbol##_end[] __attribute__((visibility("hidden")))

FILE_BYTES(fuzz_types, "good/all-types.tts");
FILE_BYTES(fuzz_crash, "good/crash.tts");
FILE_BYTES(fuzz_region, "good/nested-ring.ttr");
FILE_BYTES(fuzz_damaged, "bad/body-crc-chunk.tts");
FILE_BYTES(fuzz_foreign, "bad/foreign.txt");

static const struct master {
	const char *name;
	const char *from;
	const char *to;
} masters[] = {
	{ "a", fuzz_types, fuzz_types_end },
	{ "b", fuzz_crash, fuzz_crash_end },
	{ "c", fuzz_region, fuzz_region_end },
	{ "d", fuzz_damaged, fuzz_damaged_end },
	{ "f", fuzz_foreign, fuzz_foreign_end },
	/* The names are hostile as well: of a snapshot its program has a say in it. */
	{ "g\x1b]0;g\a\n\xe2\x80\xaeg\xff", fuzz_damaged, fuzz_damaged_end },
	{ "h\x1b[2J\xc2\x9b", fuzz_foreign, fuzz_foreign_end },
};

#define MASTERS (sizeof(masters) / sizeof(masters[0]))

/* Where a sanitizer's report goes. */
void __sanitizer_set_report_fd(void *fd) __attribute__((weak));

/* What stands around a run. */
static struct stage {
	struct fuzz_file input;
	struct fuzz_file output;
	struct fuzz_file errors;
	int real_output;
	struct stat stats[MASTERS];
	char directory[4096];
	pid_t owner;
} stage;

static void write_master(unsigned which)
{
	const struct master *master = &masters[which];
	int fd = open(master->name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t bytes = master->to - master->from;

	fuzz_require(fd >= 0 && write(fd, master->from, (size_t)bytes) == bytes &&
			     fstat(fd, &stage.stats[which]) == 0 && close(fd) == 0,
		     "a file can be written");
}

static void clean_up(void)
{
	if (stage.owner != getpid())
		return;
	for (unsigned i = 0; i < MASTERS; i++)
		unlink(masters[i].name);
	rmdir("dir");
	if (chdir("/") == 0)
		rmdir(stage.directory);
}

static void set_up(void)
{
	const char *above = getenv("FUZZ_DIRECTORY");

	stage.owner = getpid();
	snprintf(stage.directory, sizeof(stage.directory), "%s/ttlog-fuzz-XXXXXX",
		 above != NULL ? above : "/dev/shm");
	fuzz_require(mkdtemp(stage.directory) != NULL && chdir(stage.directory) == 0 &&
			     mkdir("dir", 0700) == 0,
		     "there can be a directory");
	atexit(clean_up);
	for (unsigned i = 0; i < MASTERS; i++)
		write_master(i);
	fuzz_file_make(&stage.input, "input");
	fuzz_file_make(&stage.output, "output");
	fuzz_file_make(&stage.errors, "errors");
	stage.real_output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
	fuzz_errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	if (__sanitizer_set_report_fd != NULL)
		__sanitizer_set_report_fd((void *)(intptr_t)fuzz_errors);
	setenv("TMPDIR", "/dev/shm", 1);
	unsetenv("NO_COLOR");
}

/* Puts back what a run has written over, and takes away what it has made. */
static void restore(void)
{
	DIR *directory = opendir(".");
	struct dirent *entry;

	fuzz_require(directory != NULL, "the directory can be read");
	while ((entry = readdir(directory)) != NULL) {
		bool is_known = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
				strcmp(entry->d_name, "dir") == 0;

		for (unsigned i = 0; i < MASTERS; i++)
			is_known |= strcmp(entry->d_name, masters[i].name) == 0;
		if (!is_known) {
			size_t bytes = strlen(entry->d_name);

			fuzz_require(bytes < 4 || strcmp(entry->d_name + bytes - 4, ".tmp") != 0,
				     "no temporary file remains");
			unlink(entry->d_name);
		}
	}
	closedir(directory);
	for (unsigned i = 0; i < MASTERS; i++) {
		struct stat now;

		if (stat(masters[i].name, &now) != 0 || now.st_ino != stage.stats[i].st_ino ||
		    now.st_size != stage.stats[i].st_size)
			write_master(i);
	}
}

/*
 * What would leave the directory, or make glibc's regular expressions need more than there is: whoever gives a pattern gives it
 * to himself.
 */
static void tame(char *argument)
{
	unsigned repeats = 0;

	for (char *at = argument; *at != '\0'; at++) {
		if (*at == '/' || *at == '{')
			*at = '_';
		if (*at == '\\' && at[1] >= '0' && at[1] <= '9')
			at[1] = '.';
		if ((*at == '+' || *at == '*' || *at == '?' || *at == '(') && ++repeats > REPEATS_MAX)
			*at = '.';
	}
	/* A name that a run leaves is not to be taken for a temporary one of ttdecode's. */
	for (char *at = argument; (at = strstr(at, ".tmp")) != NULL;)
		*at = '_';
}

/* Fills argv, each with nothing around it. Returns how many; the caller frees. */
static unsigned take_arguments(struct fuzz_input *input, char **argv)
{
	unsigned count = 0;

	argv[count++] = fuzz_exact("ttdecode", 8, true);
	while (input->left > 0 && count < ARGUMENTS_MAX) {
		size_t bytes = strnlen((const char *)input->at, input->left);
		size_t end = bytes + 1;

		argv[count] = fuzz_exact(input->at, bytes, true);
		tame(argv[count++]);
		fuzz_bytes(input, &end);
	}
	argv[count] = NULL;
	return count;
}

static void check_moment(const char *text)
{
	struct moment moment;
	struct moment again;
	struct out out;

	if (!moment_parse(text, &moment))
		return;
	fuzz_require(moment.is_given && moment.ns <= INT64_MAX, "a moment is in bounds");
	fuzz_require(moment_resolve(&moment, 0) == (moment.is_before_end ? 0 : moment.ns),
		     "a moment is where it is");
	if (moment.is_before_end)
		return;
	fuzz_require(out_open(&out, -1) == 0, "there is memory");
	stamp_render(&out, moment.ns);
	out_byte(&out, '\0');
	fuzz_require(moment_parse(out.start, &again) && !again.is_before_end && again.ns == moment.ns,
		     "a moment is the same after it was printed");
	out_close(&out);
}

static int lowest_descriptor(void)
{
	int fd = dup(fuzz_errors);

	close(fd);
	return fd;
}

static int run(int argc, char **argv)
{
	int status;

	fuzz_require(dup2(stage.input.fd, STDIN_FILENO) >= 0 && dup2(stage.output.fd, STDOUT_FILENO) >= 0 &&
			     dup2(stage.errors.fd, STDERR_FILENO) >= 0,
		     "descriptors can be set");
	status = cli_run(argc, argv);
	fflush(stderr);
	dup2(fuzz_errors, STDERR_FILENO);
	dup2(stage.real_output, STDOUT_FILENO);
	return status;
}

static void ignore_report(struct damage *damage, const char *file, uint64_t offset, const char *what)
{
	(void)damage;
	(void)file;
	(void)offset;
	(void)what;
}

/* What --repack writes is no text, but a snapshot that can be read. */
static bool is_snapshot(const char *text, size_t bytes)
{
	struct damage damage = { .report = ignore_report };
	struct trace trace;

	if (bytes < 8 || ttf_load64(text) != TTF_FILE_MAGIC_VALUE)
		return false;
	fuzz_require(load_trace(&trace, stage.output.path, 0, &damage) == 0 && trace.info.is_whole,
		     "what --repack writes is a snapshot");
	trace_close(&trace, NULL);
	return true;
}

static void judge(int status, bool has_colors)
{
	size_t bytes;
	char *text = fuzz_file_take(&stage.errors, &bytes);
	const char *wrong = shown_text(text, bytes, false);

	fuzz_require(status >= CLI_FINE && status <= CLI_IO, "the exit status is 0 to 3");
	fuzz_require((status == CLI_FINE) == (bytes == 0), "the exit status goes with standard error");
	fuzz_require(wrong == NULL, wrong);
	for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1)
		fuzz_require(strncmp(line, "ttdecode: ", 10) == 0, "a diagnosis begins with ttdecode:");
	free(text);
	text = fuzz_file_take(&stage.output, &bytes);
	wrong = is_snapshot(text, bytes) ? NULL : shown_any(text, bytes, has_colors);
	fuzz_require(wrong == NULL, wrong);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size < BYTES_MAX ? size : BYTES_MAX };
	char *argv[ARGUMENTS_MAX + 1];
	unsigned argc;
	unsigned count;
	bool has_colors = false;
	uint8_t mode = fuzz_u8(&input);
	const struct master *in = &masters[mode % MASTERS];
	int descriptor;
	int status;
	char *given[ARGUMENTS_MAX + 1];

	if (stage.owner != getpid())
		set_up();
	count = argc = take_arguments(&input, argv);
	for (unsigned i = 0; i < argc; i++) {
		check_moment(argv[i]);
		has_colors |= strstr(argv[i], "a") != NULL;
	}
	memcpy(given, argv, sizeof(argv)); /* getopt changes the order */
	fuzz_file_fill(&stage.input, in->from, (size_t)(in->to - in->from));
	fuzz_file_fill(&stage.output, "", 0);
	fuzz_file_fill(&stage.errors, "", 0);
	lseek(stage.input.fd, mode >= 128 ? 8 : 0, SEEK_SET);
	descriptor = lowest_descriptor();
	status = run((int)argc, argv);
	fuzz_require(lowest_descriptor() == descriptor, "no descriptor remains open");
	judge(status, has_colors);
	restore();
	while (count > 0)
		free(given[--count]);
	return 0;
}
