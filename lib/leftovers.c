#include "leftovers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/os.h"

#define END ".ttlog"
#define RANDOM_DIGITS 8

static int is_done;

/* .<pid>-<random>.ttlog */
void leftovers_add_end(struct text *name)
{
	text_add(name, ".");
	text_add_number(name, (uint64_t)os_pid());
	text_add(name, "-");
	text_add_hex(name, os_random() & 0xffffffff, RANDOM_DIGITS);
	text_add(name, END);
}

void leftovers_lock(int fd)
{
	/* Where there are no locks, none can be had later, and the file stays. */
	while (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EINTR)
		continue;
}

/* Takes `bytes` characters of a set, which end at `*end`, off the name. */
static bool take_back(const char *name, size_t *end, const char *set, size_t bytes)
{
	if (*end < bytes)
		return false;
	*end -= bytes;
	return strspn(name + *end, set) >= bytes;
}

/* Is it a private name? Then *pid is whose. */
static bool is_private(const char *name, pid_t *pid)
{
	size_t end = strlen(name), digits = 0;
	uint64_t value = 0;

	if (name[0] != '.' || end < sizeof(END) - 1 || strcmp(name + end - (sizeof(END) - 1), END) != 0)
		return false;
	end -= sizeof(END) - 1;
	if (!take_back(name, &end, "0123456789abcdef", RANDOM_DIGITS) || !take_back(name, &end, "-", 1))
		return false;
	while (digits < end && digits < 10 && name[end - digits - 1] >= '0' && name[end - digits - 1] <= '9')
		digits++;
	for (size_t at = end - digits; at < end; at++)
		value = value * 10 + (uint64_t)(name[at] - '0');
	*pid = (pid_t)value;
	return digits > 0 && value > 0 && value <= INT32_MAX && end > digits && name[end - digits - 1] == '.';
}

static bool exists(pid_t pid)
{
	return syscall(SYS_kill, pid, 0) == 0 || errno != ESRCH;
}

static void remove_if_left(int directory, const char *name)
{
	pid_t pid;
	int fd;

	if (!is_private(name, &pid) || exists(pid))
		return;
	fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlinkat(directory, name, 0);
	os_close(fd);
}

/* getdents64 itself, since opendir allocates. */
void leftovers_remove(const char *path)
{
	static _Alignas(8) char entries[8192];
	int directory;
	long bytes;

	if (__atomic_exchange_n(&is_done, 1, __ATOMIC_RELAXED))
		return;
	directory = os_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (directory < 0)
		return;
	while ((bytes = syscall(SYS_getdents64, directory, entries, sizeof(entries))) > 0) {
		for (long at = 0; at < bytes;) {
			const struct dirent64 *entry = (const struct dirent64 *)(const void *)(entries + at);

			remove_if_left(directory, entry->d_name);
			at += entry->d_reclen;
		}
	}
	os_close(directory);
}
