/*
 * decode.c - how fast ttdecode is: events a second of processor time, its peak memory, and what a second thread does for it.
 *
 *	decode TTDECODE WORKLOAD EVENTS FILE
 *
 * Each format is run once into a pipe, to see that there is a line for every event, and then several times into /dev/null.
 * With one thread user and system time of the child count, so that one core is meant whatever else the machine does. A C program,
 * because a child's peak memory never shows less than its parent had when it was forked.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sample.h"

#define RUNS 5
#define PAIRS 21

struct job {
	const char *ttdecode;
	const char *jobs; /* threads */
	const char *format;
	const char *file;
};

static void fail(const char *what, const char *name)
{
	fprintf(stderr, "decode: %s: %s\n", what, name);
	exit(1);
}

static void run_child(const struct job *job, int out)
{
	if (dup2(out, STDOUT_FILENO) < 0)
		_exit(126);
	execl(job->ttdecode, job->ttdecode, "-j", job->jobs, "-f", job->format, job->file, (char *)NULL);
	_exit(127);
}

static pid_t start(const struct job *job, int out)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("fork", strerror(errno));
	if (pid == 0)
		run_child(job, out);
	return pid;
}

static void finish(const struct job *job, pid_t pid, struct rusage *usage)
{
	int status;

	if (wait4(pid, &status, 0, usage) < 0 || status != 0)
		fail("it did not end well", job->ttdecode);
}

static unsigned long count_lines(int from)
{
	static char buffer[1 << 16];
	unsigned long lines = 0;
	ssize_t bytes;

	while ((bytes = read(from, buffer, sizeof(buffer))) > 0)
		for (ssize_t i = 0; i < bytes; i++)
			lines += buffer[i] == '\n';
	return lines;
}

static void check_lines(const struct job *job, unsigned long events)
{
	unsigned long lines;
	struct rusage usage;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		fail("pipe", strerror(errno));
	pid = start(job, ends[1]);
	close(ends[1]);
	lines = count_lines(ends[0]);
	close(ends[0]);
	finish(job, pid, &usage);
	if (lines != events)
		fail("not a line for every event", job->file);
}

static double seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static void measure(const struct job *job, const char *workload, unsigned long events)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	double speeds[RUNS], peak_bytes = 0;
	struct rusage usage;

	for (int run = 0; run < RUNS; run++) {
		finish(job, start(job, null), &usage);
		speeds[run] = (double)events / (seconds(&usage.ru_utime) + seconds(&usage.ru_stime)) / 1e6;
		peak_bytes = (double)usage.ru_maxrss * 1024;
	}
	close(null);
	sample_begin("decode", job->format, workload, "M events/s", speeds, RUNS);
	printf(",\"events\":%lu,\"peak_mib\":%.2f", events, peak_bytes / (1 << 20));
	sample_end();
}

/* Of the wall's clock. */
static double seconds_of_run(const struct job *job, int null)
{
	uint64_t begin = sample_now_ns();
	struct rusage usage;

	finish(job, start(job, null), &usage);
	return (double)(sample_now_ns() - begin) / 1e9;
}

/* How many times as fast two threads are as one, from runs in turn. */
static void measure_two_threads(const struct job *job, const char *workload)
{
	struct job two = *job;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	double ratios[PAIRS];
	char name[32];

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return;
	two.jobs = "2";
	for (int pair = 0; pair < PAIRS; pair++) {
		double one_s = seconds_of_run(job, null);

		ratios[pair] = one_s / seconds_of_run(&two, null);
	}
	close(null);
	snprintf(name, sizeof(name), "ttdecode, %s to %s", workload, job->format);
	sample_begin("together", "decode", name, "x one", ratios, PAIRS);
	sample_end();
}

int main(int argc, char **argv)
{
	static const char *const formats[] = { "text", "json" };

	if (argc != 5) {
		fprintf(stderr, "usage: decode TTDECODE WORKLOAD EVENTS FILE\n");
		return 2;
	}
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		const struct job job = { argv[1], "1", formats[i], argv[4] };
		unsigned long events = strtoul(argv[3], NULL, 10);

		check_lines(&job, events);
		measure(&job, argv[2], events);
		measure_two_threads(&job, argv[2]);
	}
	return 0;
}
