#include "os.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14; Debian 12's C library has no name for it */
#endif

void *os_map(size_t bytes)
{
	void *memory =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void os_unmap(void *memory, size_t bytes)
{
	munmap(memory, bytes);
}

int os_map_over(void *memory, size_t bytes)
{
	void *mapped = mmap(memory, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);

	return mapped == MAP_FAILED ? -errno : 0;
}

#define NO_ADVICE (-1) /* a number that no kernel gives a meaning to */

/* Emulators of the system, such as qemu's, take every advice as a hint: they ignore it, and call that a success. */
static int advise(void *memory, size_t bytes, int advice)
{
	if (madvise(memory, bytes, advice) < 0)
		return -errno;
	return madvise(memory, bytes, NO_ADVICE) == 0 ? -EINVAL : 0;
}

int os_wipe_on_fork(void *memory, size_t bytes)
{
	return advise(memory, bytes, MADV_WIPEONFORK);
}

/* For kernels before 5.14, and for pages larger than the part. Opened anew each time: a descriptor that is kept can be closed and reused by the program. */
static int allocate_in_file(const char *path, uint64_t offset, size_t bytes)
{
	int fd = os_open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return fd;
	error = os_allocate(fd, offset, bytes);
	os_close(fd);
	return error;
}

/* The same of memory that no file stands behind. It is fresh: all zeros. */
static int touch_all(void *memory, size_t bytes)
{
	for (size_t at = 0; at < bytes; at += 4096)
		((volatile char *)memory)[at] = 0;
	return 0;
}

int os_populate(void *memory, size_t bytes, const char *path, uint64_t offset)
{
	int result;

	do {
		result = advise(memory, bytes, MADV_POPULATE_WRITE);
	} while (result == -EINTR || result == -EAGAIN);
	if (result == -EINVAL)
		return path ? allocate_in_file(path, offset, bytes) : touch_all(memory, bytes);
	return result == -EFAULT ? -ENOSPC : result; /* EFAULT: what would have been a SIGBUS */
}

pid_t os_pid(void)
{
	return (pid_t)syscall(SYS_getpid);
}

pid_t os_tid(void)
{
	return (pid_t)syscall(SYS_gettid);
}

bool os_thread_exists(pid_t pid, pid_t tid)
{
	return syscall(SYS_tgkill, pid, tid, 0) == 0 || errno != ESRCH;
}

uint64_t os_random(void)
{
	uint64_t value;

	if (getrandom(&value, sizeof(value), GRND_NONBLOCK) != (ssize_t)sizeof(value))
		value = os_monotonic_ns() * UINT64_C(0x9e3779b97f4a7c15) ^
			(uint64_t)os_tid(); /* names need to differ, no more */
	return value;
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now = { 0, 0 };

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t os_monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t os_realtime_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

void os_sleep_ns(uint64_t ns)
{
	struct timespec left = { (time_t)(ns / 1000000000u), (long)(ns % 1000000000u) };

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		continue;
}

int os_open(const char *path, int flags, mode_t mode)
{
	int fd;

	do {
		fd = open(path, flags, mode);
	} while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

void os_close(int fd)
{
	close(fd); /* not repeated on EINTR: Linux has closed it */
}

int os_read_file(const char *path, char *buffer, size_t capacity)
{
	int fd = os_open(path, O_RDONLY | O_CLOEXEC, 0);
	size_t bytes = 0;
	int64_t got = 0;

	if (fd < 0)
		return fd;
	while (bytes + 1 < capacity) {
		got = os_read(fd, buffer + bytes, capacity - 1 - bytes);
		if (got <= 0)
			break;
		bytes += (size_t)got;
	}
	os_close(fd);
	buffer[bytes] = '\0';
	return got < 0 ? (int)got : (int)bytes;
}

int64_t os_read(int fd, void *buffer, size_t bytes)
{
	ssize_t got;

	do {
		got = read(fd, buffer, bytes);
	} while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

int os_write(int fd, const void *data, size_t bytes)
{
	const char *at = data;

	while (bytes > 0) {
		ssize_t written = write(fd, at, bytes);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		if (written == 0)
			return -EIO;
		at += written;
		bytes -= (size_t)written;
	}
	return 0;
}

int os_truncate(int fd, uint64_t bytes)
{
	int result;

	do {
		result = ftruncate(fd, (off_t)bytes);
	} while (result < 0 && errno == EINTR);
	return result < 0 ? -errno : 0;
}

int os_allocate(int fd, uint64_t offset, uint64_t bytes)
{
	int error;

	do {
		error = posix_fallocate(fd, (off_t)offset, (off_t)bytes);
	} while (error == EINTR);
	return -error;
}

int os_reserve(int fd, uint64_t bytes)
{
	int result;

	do {
		result = fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)bytes);
	} while (result < 0 && errno == EINTR);
	return result < 0 ? -errno : 0;
}

/* Where process_vm_readv is forbidden (seccomp, Yama): a pipe's write end checks the memory in the same way. */
static int read_memory_by_pipe(const void *from, void *to, size_t bytes)
{
	const char *source = from;
	char *target = to;
	int fds[2];
	int error = 0;

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	while (bytes > 0 && error == 0) {
		size_t piece = bytes < 4096 ? bytes : 4096;
		ssize_t moved = write(fds[1], source, piece);

		if (moved > 0)
			moved = read(fds[0], target, (size_t)moved);
		if (moved <= 0) {
			error = moved < 0 ? -errno : -EIO;
			break;
		}
		source += moved;
		target += moved;
		bytes -= (size_t)moved;
	}
	os_close(fds[0]);
	os_close(fds[1]);
	return error;
}

int os_read_memory(const void *from, void *to, size_t bytes)
{
	struct iovec local = { to, bytes };
	struct iovec remote = { (void *)(uintptr_t)from, bytes };
	ssize_t got = process_vm_readv(os_pid(), &local, 1, &remote, 1, 0);

	if (got == (ssize_t)bytes)
		return 0;
	if (got >= 0 || errno == EFAULT)
		return -EFAULT;
	return read_memory_by_pipe(from, to, bytes);
}

int os_link(const char *from, const char *path)
{
	return linkat(AT_FDCWD, from, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 ? 0 : -errno;
}
