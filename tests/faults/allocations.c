/*
 * allocations.c - runs ttdecode again and again, and lets its first allocation fail, then its second, until it needs no more of them.
 *
 *	allocations WORK FILE...
 *
 * Each file with each of the options below; once the Nth allocation fails alone, and once all from the Nth on. A run has to give the whole right
 * output and status, or status 3 with one line (of each file) that says that there is no memory, and of the output only what is right (of several
 * files, the last lines of those that could be read); an output file appears whole or not at all. And no crash, no leak, and no run without end.
 * Exit status: 0, or 1 after a line for each that is wrong.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../decoder/cli/cli.h"
#include "heap.h"

#define ARGUMENTS_MAX 16
#define SECONDS 60
#define COMPLAINTS_MAX 40

/* What the run says of itself, in memory shared with it. */
struct said {
	int status;
	int has_ended;
	uint64_t allocations;
	int64_t leaked;
};

/* What a run came to. */
struct result {
	struct said said;
	int wait_status;
	char *output, *errors; /* terminated */
	char *file;	       /* NULL: there is none */
};

/* What comes without a fault: of all files, and of each alone, which is what is left where the others cannot be read. */
#define FILES_MAX 2
struct references {
	struct result all;
	struct result each[FILES_MAX];
	unsigned count;
};

#define FILE_MARK "FILE" /* is replaced by the output file */

static const char *const options[][ARGUMENTS_MAX] = {
	{ NULL },
	{ "-f", "json", NULL },
	{ "--info", NULL },
	{ "--check", NULL },
	{ "--grep", "(e|a)+.*[a-z0-9]|x", "-f", "json", NULL },
	{ "--tail", "3", "--target", "app,net.*,*", "--thread", "*", NULL },
	{ "--last", "1h", "--level", "debug", "--head", "5", NULL },
	{ "--since", "1ms", "-o", FILE_MARK, NULL },
	{ "--repack", "--level", "best", "-o", FILE_MARK, NULL },
};
#define OPTIONS (sizeof(options) / sizeof(options[0]))

static struct said *shared;
static int output_fd, errors_fd;
static char output_path[4096];
static unsigned long runs, wrong, cases;
static uint64_t most;

static void complain(char *const *arguments, uint64_t number, int is_ever, const char *what,
		     const struct result *result)
{
	if (++wrong > COMPLAINTS_MAX)
		return;
	printf("allocations: FAILED ttdecode");
	for (; *arguments; arguments++)
		printf(" %s", *arguments);
	printf(": allocation %llu%s: %s (status %d: %.160s)\n", (unsigned long long)number,
	       is_ever ? " and all after it" : "", what, result->said.status, result->errors);
}

static char *take_all(int fd)
{
	off_t bytes = lseek(fd, 0, SEEK_END);
	char *all = malloc((size_t)bytes + 1);

	if (!all || pread(fd, all, (size_t)bytes, 0) != bytes)
		exit(2);
	all[bytes] = '\0';
	return all;
}

static char *take_file(void)
{
	int fd = open(output_path, O_RDONLY | O_CLOEXEC);
	char *all = NULL;

	if (fd >= 0) {
		all = take_all(fd);
		close(fd);
		unlink(output_path);
	}
	return all;
}

static __attribute__((noreturn)) void be_run(int count, char **arguments, uint64_t number, int is_ever)
{
	int64_t before;

	alarm(SECONDS);
	dup2(output_fd, STDOUT_FILENO);
	dup2(errors_fd, STDERR_FILENO);
	before = heap_live();
	heap_fail(number, is_ever);
	shared->status = cli_run(count, arguments);
	shared->allocations = heap_count();
	heap_fail(0, 0);
	shared->leaked = heap_live() - before;
	shared->has_ended = 1;
#ifdef HEAP_WRAPPED
	exit(0); /* LeakSanitizer looks around */
#else
	_exit(0);
#endif
}

static void empty(int fd)
{
	if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		exit(2);
}

static void run(struct result *result, int count, char **arguments, uint64_t number, int is_ever)
{
	pid_t pid;

	*shared = (struct said){ 0 };
	empty(output_fd);
	empty(errors_fd);
	pid = fork();
	if (pid < 0)
		exit(2);
	if (pid == 0)
		be_run(count, arguments, number, is_ever);
	while (waitpid(pid, &result->wait_status, 0) < 0 && errno == EINTR)
		continue;
	result->said = *shared;
	result->output = take_all(output_fd);
	result->errors = take_all(errors_fd);
	result->file = take_file();
	runs++;
}

static void forget(struct result *result)
{
	free(result->output);
	free(result->errors);
	free(result->file);
}

static int is_same(const char *one, const char *other)
{
	return one && other ? strcmp(one, other) == 0 : one == other;
}

/* Is each line of `part` one of `whole`, in that order, the last one perhaps not to its end? */
static int is_of(const char *part, const char *whole)
{
	while (*part != '\0') {
		size_t bytes = strcspn(part, "\n");
		int is_cut = part[bytes] == '\0';

		while (*whole != '\0' &&
		       (strncmp(whole, part, bytes) != 0 || (!is_cut && whole[bytes] != '\n')))
			whole += strcspn(whole, "\n") + (whole[strcspn(whole, "\n")] == '\n');
		if (*whole == '\0')
			return 0;
		part += bytes + (part[bytes] == '\n');
		if (!is_cut)
			whole += bytes + 1;
	}
	return 1;
}

static int says_no_memory(const char *line, size_t bytes)
{
	static const char *const words[] = { "ut of memory", "Cannot allocate memory", "Memory exhausted" };

	if (strncmp(line, "ttdecode: ", 10) != 0)
		return 0;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *found = strstr(line, words[i]);

		if (found && found < line + bytes)
			return 1;
	}
	return 0;
}

/* Lines about memory; -1: there is another one that the reference has not. */
static int count_lines(const char *errors, const char *reference)
{
	int count = 0;

	for (; *errors != '\0'; errors += strcspn(errors, "\n") + 1) {
		size_t bytes = strcspn(errors, "\n");
		const char *found;

		if (errors[bytes] == '\0')
			return -1;
		if (says_no_memory(errors, bytes)) {
			count++;
			continue;
		}
		for (found = reference; *found != '\0'; found += strcspn(found, "\n") + 1)
			if (strncmp(found, errors, bytes + 1) == 0)
				break;
		if (*found == '\0')
			return -1;
	}
	return count;
}

static int is_whole(const char *file, const struct references *references)
{
	for (unsigned i = 0; i < references->count; i++)
		if (is_same(file, references->each[i].file))
			return 1;
	return is_same(file, references->all.file);
}

/* NULL: that is how it has to be. */
static const char *judge(const struct result *result, const struct references *references,
			 unsigned most_lines)
{
	const struct result *reference = &references->all;
	int lines;

	if (!WIFEXITED(result->wait_status) || WEXITSTATUS(result->wait_status) != 0 ||
	    !result->said.has_ended)
		return WIFSIGNALED(result->wait_status) && WTERMSIG(result->wait_status) == SIGALRM
			       ? "it does not end"
			       : "it crashed, or leaked";
	if (result->said.leaked > reference->said.leaked)
		return "it leaked";
	if (result->file && !is_whole(result->file, references))
		return "the output file is not whole";
	if (result->said.status == reference->said.status && is_same(result->output, reference->output) &&
	    is_same(result->errors, reference->errors) && is_same(result->file, reference->file))
		return NULL;
	lines = count_lines(result->errors, reference->errors);
	if (result->said.status != CLI_IO)
		return "neither the right output nor status 3";
	if (lines < 1 || (unsigned)lines > most_lines)
		return "not one line about memory";
	for (unsigned i = 0; i < references->count; i++)
		if (is_of(result->output, references->each[i].output))
			return NULL;
	return is_of(result->output, reference->output) ? NULL : "wrong output";
}

/* Until it needs fewer allocations than that. */
static void fail_each(int count, char **arguments, const struct references *references, int is_ever)
{
	for (uint64_t number = 1;; number++) {
		struct result result;
		const char *what;
		int is_over;

		run(&result, count, arguments, number, is_ever);
		what = judge(&result, references, is_ever ? references->count + 1 : 1);
		if (what)
			complain(arguments + 1, number, is_ever, what, &result);
		is_over = result.said.has_ended && result.said.allocations < number;
		if (number > most)
			most = number;
		forget(&result);
		if (is_over || number > 1000000 || wrong > COMPLAINTS_MAX)
			return;
	}
}

static void try_case(const char *const *words, char *const *files, unsigned file_count)
{
	static char name[] = "ttdecode";
	char *arguments[2 * ARGUMENTS_MAX] = { name };
	struct references references = { .count = file_count };
	int count = 1;

	for (; *words; words++)
		arguments[count++] = strcmp(*words, FILE_MARK) == 0 ? output_path : (char *)(uintptr_t)*words;
	for (unsigned i = 0; i < file_count; i++) {
		arguments[count] = files[i];
		run(&references.each[i], count + 1, arguments, 0, 0);
	}
	for (unsigned i = 0; i < file_count; i++)
		arguments[count++] = files[i];
	run(&references.all, count, arguments, 0, 0);
	cases++;
	if (!references.all.said.has_ended)
		complain(arguments + 1, 0, 0, "it crashed without a fault", &references.all);
	fail_each(count, arguments, &references, 0);
	fail_each(count, arguments, &references, 1);
	for (unsigned i = 0; i < file_count; i++)
		forget(&references.each[i]);
	forget(&references.all);
}

int main(int count, char **arguments)
{
	if (count < 3)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(output_path, sizeof(output_path), "%s/output", arguments[1]);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	output_fd = memfd_create("output", MFD_CLOEXEC);
	errors_fd = memfd_create("errors", MFD_CLOEXEC);
	if (shared == MAP_FAILED || output_fd < 0 || errors_fd < 0)
		return 2;
	unlink(output_path);
	for (int i = 2; i < count; i++)
		for (unsigned k = 0; k < OPTIONS; k++)
			try_case(options[k], &arguments[i], 1);
	for (int i = 2; i + 1 < count; i += 2) /* several files at once */
		try_case(options[(unsigned)i / 2 % OPTIONS], &arguments[i], 2);
	printf("allocations: %d files, %lu command lines, %lu runs, up to %llu allocations in one, %lu wrong\n",
	       count - 2, cases, runs, (unsigned long long)most, wrong);
	return wrong > 0;
}
