#include "death.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "trace_file.h"

#define PATIENCE_NS 15000000000 /* less than the crash handler gives itself */

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void be(const char *directory, char *const *arguments, bool wants_core)
{
	struct rlimit limit = { 0, 0 };
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a judge that is killed leaves nobody */
	if (wants_core)
		limit.rlim_cur = limit.rlim_max = RLIM_INFINITY;
	setrlimit(RLIMIT_CORE, &limit);
	if (chdir(directory) < 0)
		_exit(126);
	fd = open("stderr", O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		_exit(126);
	close(fd);
	execv(arguments[0], arguments);
	_exit(127);
}

pid_t death_start(const char *directory, char *const *arguments, bool wants_core)
{
	pid_t pid = fork();

	if (pid == 0)
		be(directory, arguments, wants_core);
	if (pid < 0)
		perror("fork");
	return pid;
}

int death_wait(pid_t pid)
{
	int64_t give_up = now_ns() + PATIENCE_NS;
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		const struct timespec moment = { 0, 500000 };

		if (now_ns() > give_up) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -1;
		}
		nanosleep(&moment, NULL);
	}
	return status;
}

static void take_core(struct death *death, const char *directory, pid_t pid)
{
	char path[DEATH_PATH_BYTES];

	for (int has_pid = 0; has_pid < 2; has_pid++) {
		snprintf(path, sizeof(path), has_pid ? "%s/core.%d" : "%s/core", directory, (int)pid);
		if (access(path, F_OK) < 0)
			continue;
		death->has_core = core_file_read(path, &death->core) == 0;
		unlink(path);
	}
}

void death_take(struct death *death, const char *directory, pid_t pid)
{
	*death = (struct death){ .status = death_wait(pid) };
	take_core(death, directory, pid);
}

void death_of(struct death *death, const char *directory, char *const *arguments, bool wants_core)
{
	pid_t pid = death_start(directory, arguments, wants_core);

	*death = (struct death){ .status = -1 };
	if (pid >= 0)
		death_take(death, directory, pid);
}

const char *death_text(int status)
{
	static char texts[2][32];
	static unsigned turn;
	char *text = texts[turn++ % 2];

	if (status == -1)
		snprintf(text, sizeof(texts[0]), "no end");
	else if (WIFSIGNALED(status))
		snprintf(text, sizeof(texts[0]), "signal %d%s", WTERMSIG(status),
			 WCOREDUMP(status) ? " with core" : "");
	else
		snprintf(text, sizeof(texts[0]), "exit %d", WEXITSTATUS(status));
	return text;
}
