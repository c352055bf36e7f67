#include "capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../decoder/cli/cli.h"

#define ARGUMENTS_MAX 32

/* Puts a file in memory in the place of a descriptor. Returns the old one. */
static int divert(int fd, int *memory)
{
	int old = dup(fd);

	*memory = memfd_create("capture", MFD_CLOEXEC);
	if (old < 0 || *memory < 0 || dup2(*memory, fd) < 0)
		abort();
	return old;
}

static size_t restore(int fd, int old, int memory, char *to)
{
	ssize_t got = pread(memory, to, CAPTURE_BYTES - 1, 0);
	off_t bytes = lseek(memory, 0, SEEK_END);

	if (got < 0 || bytes < 0 || dup2(old, fd) < 0)
		abort();
	to[got] = '\0';
	close(old);
	close(memory);
	return (size_t)bytes;
}

void capture_run(struct capture *capture, const char *const *arguments)
{
	char *argv[ARGUMENTS_MAX + 2] = { "ttdecode" };
	int argc = 1;
	int out;
	int err;
	int old_out;
	int old_err;

	for (; arguments[argc - 1] != NULL && argc <= ARGUMENTS_MAX; argc++)
		argv[argc] = (char *)(size_t)arguments[argc - 1];
	fflush(stdout);
	old_out = divert(STDOUT_FILENO, &out);
	old_err = divert(STDERR_FILENO, &err);
	capture->status = cli_run(argc, argv);
	capture->out_bytes = restore(STDOUT_FILENO, old_out, out, capture->out);
	capture->err_bytes = restore(STDERR_FILENO, old_err, err, capture->err);
}
