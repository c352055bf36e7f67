/*
 * sigkill.c - kills hammer.c at random moments and compares its black box with what it had published.
 *
 *	sigkill PROGRAMS WORK TTDECODE KILLS SEED
 *
 * In each ring `seq` has no gap and every payload is right. Of each thread and stream everything that was published is there up to
 * the newest, and at most one event more: the one that was committed and not yet published. Exit status: 0, or 1.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "death.h"
#include "hammer.h"
#include "listener.h"
#include "stage.h"
#include "trace_file.h"

#define RUN_NS_MAX 40000000u
#define EARLY_NS_MAX 4000000u

static struct listener listener;
static uint64_t events_total, nested_total, wrong_count, empty_count;
static const char *ttdecode;
static char work[DEATH_PATH_BYTES], box_path[DEATH_PATH_BYTES + 8], stage_path[DEATH_PATH_BYTES + 8];
static uint64_t random_state;
static unsigned kill_number;

static uint64_t random_below(uint64_t limit)
{
	return mix_bits(0, MIX_OWN, random_state++) % limit;
}

static __attribute__((format(printf, 1, 2))) void wrong(const char *format, ...)
{
	va_list arguments;

	if (++wrong_count > 20)
		return;
	printf("sigkill: FAILED kill %u: ", kill_number);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
}

static uint64_t published_in_all(const struct hammer *hammer)
{
	uint64_t sum = 0;

	for (uint32_t number = 0; number < HAMMER_THREADS; number++)
		sum += hammer->threads[number].said[MIX_OWN] + hammer->threads[number].said[MIX_HANDLER];
	return sum;
}

static void check_with_ttdecode(char *path)
{
	char *arguments[] = { (char *)ttdecode, "-f", "json", "-o", "/dev/null", path, NULL };
	struct death death;

	death_of(&death, work, arguments, false);
	if (death.status != 0)
		wrong("ttdecode of %s: %s", path, death_text(death.status));
}

static void check_box(const struct hammer *hammer)
{
	char path[DEATH_PATH_BYTES];
	/* One that was killed while a thread took its ring may say that. */
	int is_damage_wrong = hammer->started == HAMMER_THREADS, error = -ENOENT;

	if (trace_file_find(box_path, ".ttr", path, sizeof(path)) == 1)
		error = listener_hear(&listener, path, is_damage_wrong);
	if (error < 0) {
		/* Killed before there was a region, or while it was made. */
		empty_count++;
		if (published_in_all(hammer) > 0)
			wrong("%llu events were published, and no black box: %s",
			      (unsigned long long)published_in_all(hammer), strerror(-error));
		return;
	}
	listener_compare(&listener, hammer, 1);
	events_total += listener.events;
	nested_total += listener.nested;
	if (listener.wrong > 0)
		wrong("%s (and %llu more)", listener.first, (unsigned long long)listener.wrong - 1);
	if (kill_number % 10 == 0 && is_damage_wrong)
		check_with_ttdecode(path);
}

static void sleep_ns(uint64_t ns)
{
	const struct timespec time = { 0, (long)ns };

	nanosleep(&time, NULL);
}

/* Most are killed at work, every eighth while it starts. */
static void let_it_run(const struct hammer *hammer, pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	if (kill_number % 8 == 7) {
		sleep_ns(random_below(EARLY_NS_MAX));
		return;
	}
	while (__atomic_load_n(&hammer->started, __ATOMIC_ACQUIRE) < HAMMER_THREADS && info.si_pid == 0) {
		sleep_ns(100000);
		waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT);
	}
	sleep_ns(random_below(RUN_NS_MAX));
}

static void kill_one(char *program)
{
	char *arguments[] = { program, stage_path, NULL };
	struct hammer *hammer;
	pid_t pid;
	int status;

	mkdir(work, 0700);
	hammer = stage_map(stage_path, sizeof(*hammer), 1);
	setenv("TTLOG_RING_BYTES", kill_number % 2 == 0 ? "64K" : "256K", 1);
	pid = hammer ? death_start(work, arguments, false) : -1;
	if (pid < 0)
		exit(2);
	let_it_run(hammer, pid);
	kill(pid, SIGKILL);
	status = death_wait(pid);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		wrong("it ended by itself: %s", death_text(status));
	check_box(hammer);
	stage_unmap(hammer, sizeof(*hammer));
	if (wrong_count == 0)
		trace_file_clear(work);
}

int main(int count, char **arguments)
{
	char program[DEATH_PATH_BYTES];
	unsigned kills = count == 6 ? (unsigned)atoi(arguments[4]) : 0;

	if (count != 6)
		return 2;
	snprintf(program, sizeof(program), "%s/hammer", arguments[1]);
	snprintf(work, sizeof(work), "%s", arguments[2]);
	snprintf(stage_path, sizeof(stage_path), "%s/stage", work);
	snprintf(box_path, sizeof(box_path), "%s/boxes", work);
	ttdecode = arguments[3];
	random_state = strtoull(arguments[5], NULL, 10) << 32;
	setenv("TTLOG_DIR", work, 1);
	setenv("TTLOG_BLACKBOX_DIR", box_path, 1);
	setenv("TTLOG_MAX_BYTES", "4M", 1);
	for (kill_number = 0; kill_number < kills && wrong_count == 0; kill_number++)
		kill_one(program);
	if (kills >= 100 && nested_total == 0)
		wrong("no handler ever interrupted a record");
	if (wrong_count > 0)
		printf("sigkill: seed %s; what is left of it is in %s\n", arguments[5], work);
	printf("sigkill: %u kills (%llu before anything was recorded), %d threads, %llu events verified (%llu nested), %llu wrong\n",
	       kill_number, (unsigned long long)empty_count, HAMMER_THREADS, (unsigned long long)events_total,
	       (unsigned long long)nested_total, (unsigned long long)wrong_count);
	return wrong_count > 0;
}
