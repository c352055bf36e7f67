#include "on_signal.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "../format-spec/twin/snapshot.h"
#include "life.h"
#include "platform/os.h"
#include "report.h"
#include "snapshot.h"
#include "snapshot_file.h"

static struct snapshot_memory *small_memory; /* for when there is no more */
static struct snapshot_file *file;
static struct sigaction earlier[NSIG];
static char is_installed[NSIG];
static uint32_t busy_pid; /* 0: no snapshot is being made */
static int is_failure_reported;

/* There is one file, so one snapshot at a time. A busy word left by the parent of a fork does not count. */
static bool begin(void)
{
	uint32_t seen = __atomic_load_n(&busy_pid, __ATOMIC_RELAXED), pid = (uint32_t)os_pid();

	return seen != pid && __atomic_compare_exchange_n(&busy_pid, &seen, pid, 0, __ATOMIC_ACQUIRE,
							  __ATOMIC_RELAXED); /* P1 */
}

static void take(int signo, const siginfo_t *info)
{
	struct snapshot_cause cause = { .policy = TTF_POLICY_SIGNAL, .signo = signo, .info = info };
	struct snapshot_memory *whole;
	int error;

	if (!life_is_ready())
		return; /* nothing was ever recorded */
	if (!begin()) {
		snapshot_note(-EBUSY);
		return;
	}
	/* The others go on recording: all is copied before anything is compressed. mmap takes no lock of the program's. */
	whole = snapshot_memory_make(1);
	error = snapshot_file_name(file);
	if (error == 0)
		error = snapshot_file_write(file, whole ? whole : small_memory, &cause);
	if (whole)
		snapshot_memory_free(whole);
	snapshot_note(error);
	if (error < 0)
		report_once(&is_failure_reported, "no snapshot on the signal", file->path, error);
	__atomic_store_n(&busy_pid, 0, __ATOMIC_RELEASE); /* P1: pairs with begin; memory and file are free */
}

static void handle(int signo, siginfo_t *info, void *context)
{
	int saved = errno;
	const struct sigaction *before = &earlier[signo];

	take(signo, info);
	errno = saved;
	if (before->sa_flags & SA_SIGINFO)
		before->sa_sigaction(signo, info, context);
	else if (before->sa_handler != SIG_DFL && before->sa_handler != SIG_IGN)
		before->sa_handler(signo);
}

static int install(int signo)
{
	struct sigaction action = { .sa_sigaction = handle,
				    .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK };

	if (!small_memory)
		small_memory = snapshot_memory_make(0);
	if (!file)
		file = os_map(sizeof(*file));
	if (!small_memory || !file)
		return -ENOMEM;
	sigemptyset(&action.sa_mask);
	if (sigaction(signo, NULL, &earlier[signo]) < 0 || sigaction(signo, &action, NULL) < 0)
		return -errno;
	is_installed[signo] = 1;
	return 0;
}

int on_signal_install(int signo)
{
	if (signo < 1 || signo >= NSIG || signo == SIGKILL || signo == SIGSTOP)
		return -EINVAL;
	return is_installed[signo] ? 0 : install(signo);
}

void on_signal_remove(void)
{
	for (int signo = 1; signo < NSIG; signo++) {
		struct sigaction now;

		if (is_installed[signo] && sigaction(signo, NULL, &now) == 0 && (now.sa_flags & SA_SIGINFO) &&
		    now.sa_sigaction == handle)
			sigaction(signo, &earlier[signo], NULL);
	}
}
