#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crew.h"

#define EVENTS 300u
#define LOST_EVENTS 17u
#define INFO_EVERY 16u /* children to one whose files --info is asked about */
#define SEQUENCE_FROM (CREW_TALKERS * CREW_KINDS)

enum kind { KIND_ORDERLY, KIND_ENDS, KIND_CRASHES, KIND_THREADS, KINDS };

/* What a child tells its parent. */
struct report {
	struct books books;
	struct tt_stats stats;
};

static struct report *report;
static unsigned forks;
static int null; /* where a crash says that it wrote a snapshot */

static void go_on(int signo)
{
	(void)signo;
}

void child_begin(void)
{
	struct sigaction action = { .sa_handler = go_on };

	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (report == MAP_FAILED || null < 0 || sigaction(SIGTRAP, &action, NULL) < 0)
		_exit(2);
}

/* Sanitizers do not want to see threads after a fork, and have an idea of their own of crashes. */
static enum kind next_kind(void)
{
	return (enum kind)(forks++ % (ACCOUNT_IS_SANITIZED ? KIND_CRASHES : KINDS));
}

static uint64_t say_what_is_lost(void)
{
	for (uint64_t n = 0; n < LOST_EVENTS; n++)
		account_say(SEQUENCE_FROM, n);
	return LOST_EVENTS;
}

/* What a child does. Only calls of ttlog, and such as may be made after a fork among threads. Returns its exit status. */
static int run(const char *path, enum kind kind)
{
	uint64_t shut_down = 0, frozen = 0;

	report->stats = (struct tt_stats){ .size = sizeof(report->stats) };
	tt_stats(&report->stats);
	if (report->stats.recorded != 0 || report->stats.dropped != 0)
		return 3;
	crew_forget();
	crew_talk(EVENTS);
	if (kind == KIND_THREADS && crew_crowd() == 0)
		return 4;
	if (tt_snapshot(path, "child") != 0)
		return 5;
	if (kind == KIND_CRASHES) {
		if (dup2(null, STDERR_FILENO) < 0 || tt_snapshot_on_crash() != 0)
			return 6;
		raise(SIGTRAP);
		frozen = say_what_is_lost();
	}
	if (kind == KIND_ORDERLY) {
		tt_shutdown();
		shut_down = say_what_is_lost();
	}
	report->books = crew_books();
	report->books.dropped[TT_DROP_FROZEN] = frozen;
	report->books.dropped[TT_DROP_SHUTDOWN] = shut_down;
	tt_stats(&report->stats);
	return 0;
}

static void hear(void *user, const struct event *event, uint32_t sequence, uint64_t n)
{
	(void)user;
	if (sequence < SEQUENCE_FROM || sequence == CREW_MODULE)
		account_wrong("event %llu of sequence %u as seq %llu in a child", (unsigned long long)n,
			      sequence, (unsigned long long)event->seq);
}

static void check_file(const char *path, const struct books *books, const char *who)
{
	struct account_trace trace;

	if (!account_read(&trace, path, hear, NULL))
		return;
	books_check_trace(books, &report->stats, &trace, who);
	account_close(&trace);
	if (forks % INFO_EVERY < KINDS)
		books_check_info(books, path, who);
}

/* The file of that process. */
static bool find(const char *directory, pid_t pid, char path[ACCOUNT_PATH_BYTES])
{
	char part[32];

	snprintf(part, sizeof(part), "-%d-", (int)pid);
	if (trace_file_find(directory, part, path, ACCOUNT_PATH_BYTES) == 1)
		return true;
	account_wrong("a child left none or several '*%s*' in %s", part, directory);
	return false;
}

static void check(pid_t pid, enum kind kind, const char *snapshot)
{
	struct books books = report->books, before = report->books;
	char path[ACCOUNT_PATH_BYTES], directory[ACCOUNT_PATH_BYTES];

	before.dropped[TT_DROP_FROZEN] = before.dropped[TT_DROP_SHUTDOWN] = 0;
	books_check_stats(&books, &report->stats, "a child's tt_stats");
	check_file(snapshot, &before, "a child's snapshot");
	if (kind != KIND_ORDERLY && find(account_path("boxes", directory), pid, path))
		check_file(path, &books, "a child's black box");
	if (kind == KIND_CRASHES && find(account_path("", directory), pid, path)) {
		check_file(path, &before, "a child's crash");
		unlink(path);
	}
}

void child_fork(void)
{
	enum kind kind = next_kind();
	char path[ACCOUNT_PATH_BYTES];
	int status = -1;
	pid_t pid;

	account_path("child.tts", path);
	pid = fork();
	if (pid == 0)
		_exit(run(path, kind));
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (status != 0)
		account_wrong("a child of kind %d ended with status 0x%x", (int)kind, (unsigned)status);
	else
		check(pid, kind, path);
}
