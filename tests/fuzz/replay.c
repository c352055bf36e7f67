/*
 * replay.c - runs a fuzz target over inputs that are there, without a fuzzer: `TARGET-replay FILE|DIRECTORY...`.
 *
 * A child does the work. When it dies or takes too long, the input is named, and another child goes on behind it. Prints
 * one line, "INPUTS inputs, FAILED failed"; exit status 0 if none failed, 1 if some did, 2 if there is nothing to replay.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"

/* For one input: far more than any takes, also on a busy machine and with a sanitizer. */
#define SECONDS_MAX 60
#define INPUT_BYTES_MAX (4u * 1024 * 1024)

struct inputs {
	char **paths;
	size_t count;
	size_t room;
};

static void add(struct inputs *inputs, const char *path)
{
	if (inputs->count == inputs->room) {
		inputs->room = 2 * inputs->room + 64;
		inputs->paths = realloc(inputs->paths, inputs->room * sizeof(*inputs->paths));
	}
	fuzz_require(inputs->paths != NULL, "there is memory");
	inputs->paths[inputs->count++] = strdup(path);
}

static void add_all(struct inputs *inputs, const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	if (directory == NULL) {
		add(inputs, path);
		return;
	}
	while ((entry = readdir(directory)) != NULL) {
		char *below = NULL;

		if (entry->d_name[0] == '.')
			continue;
		fuzz_require(asprintf(&below, "%s/%s", path, entry->d_name) > 0, "there is memory");
		add_all(inputs, below);
		free(below);
	}
	closedir(directory);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void replay(int directory, const char *path)
{
	static uint8_t bytes[INPUT_BYTES_MAX];
	int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd >= 0 ? read(fd, bytes, sizeof(bytes)) : -1;
	uint8_t *exact;

	fuzz_require(got >= 0, "the input can be read");
	close(fd);
	exact = fuzz_exact(bytes, (size_t)got, false); /* its end is to be seen by the sanitizer */
	alarm(SECONDS_MAX);
	LLVMFuzzerTestOneInput(exact, (size_t)got);
	free(exact);
}

/* The child: from *next on, which says how far it came. The target may change the working directory. */
static void work(const struct inputs *inputs, volatile size_t *next)
{
	int directory = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (; *next < inputs->count; ++*next)
		replay(directory, inputs->paths[*next]);
	exit(EXIT_SUCCESS);
}

static void name_failure(const char *path, int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		printf("%s: took more than %d s\n", path, SECONDS_MAX);
	else if (WIFSIGNALED(status))
		printf("%s: killed by SIG%s\n", path, sigabbrev_np(WTERMSIG(status)));
	else
		printf("%s: ended with status %d\n", path, WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
	static struct inputs inputs; /* reachable to the end: no leak */
	volatile size_t *next =
		mmap(NULL, sizeof(*next), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	size_t failed = 0;

	for (int i = 1; i < argc; i++)
		add_all(&inputs, argv[i]);
	if (next == MAP_FAILED || inputs.count == 0) {
		fprintf(stderr, "%s: nothing to replay\n", argv[0]);
		return 2;
	}
	qsort(inputs.paths, inputs.count, sizeof(*inputs.paths), compare);
	while (*next < inputs.count) {
		int status = 0;
		pid_t child;

		fflush(stdout);
		child = fork();
		if (child == 0)
			work(&inputs, next);
		fuzz_require(child > 0 && waitpid(child, &status, 0) == child, "a child can be started");
		if (status == 0)
			break;
		failed++;
		name_failure(*next < inputs.count ? inputs.paths[*next] : "at the end", status);
		++*next;
	}
	printf("%zu inputs, %zu failed\n", inputs.count, failed);
	return failed != 0;
}
