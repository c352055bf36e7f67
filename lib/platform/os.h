/*
 * os.h - all that the recorder asks of the system, in the one form that the rest of it uses.
 *
 * Contract for every function here: async-signal-safe (no allocation, no lock, no stdio), does not report
 * anything, retries EINTR, returns 0 or more on success and -errno on failure. errno itself is not kept: whoever
 * is called from HOT or SIGNAL code saves it once at its entry.
 */
#ifndef TTLOG_OS_H
#define TTLOG_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Fresh zeroed private memory, or NULL. Not charged before it is touched. */
void *os_map(size_t bytes);
void os_unmap(void *memory, size_t bytes);

/* Puts such memory in the place of another mapping, at once: whoever reads or writes there meanwhile does it in either. */
int os_map_over(void *memory, size_t bytes);

/* Makes a child made by fork, _Fork or clone find zeros in this memory of os_map. -EINVAL: the kernel cannot (before 4.14). */
int os_wipe_on_fork(void *memory, size_t bytes);

/*
 * Backs [memory, memory + bytes) of a fresh mapping with real pages now, so that no later store can fail. `path` is the file
 * behind it (NULL: anonymous) and `offset` the part's place there. -ENOSPC or -ENOMEM: there are no more.
 */
int os_populate(void *memory, size_t bytes, const char *path, uint64_t offset);

pid_t os_pid(void); /* by system call: a child made by vfork or clone is not fooled by a cache */
pid_t os_tid(void);
bool os_thread_exists(pid_t pid, pid_t tid);

uint64_t os_random(void);

/* CLOCK_MONOTONIC and CLOCK_REALTIME in ns. */
uint64_t os_monotonic_ns(void);
uint64_t os_realtime_ns(void);

void os_sleep_ns(uint64_t ns);

int os_open(const char *path, int flags, mode_t mode);
void os_close(int fd);

/* Reads a small file (such as those of /proc) into `buffer`, terminated. Returns the bytes read. */
int os_read_file(const char *path, char *buffer, size_t capacity);

/* Up to `bytes` from fd; 0 at the end. */
int64_t os_read(int fd, void *buffer, size_t bytes);

/* All of it, in as many calls as it takes. */
int os_write(int fd, const void *data, size_t bytes);

/* Cuts or lengthens the file. */
int os_truncate(int fd, uint64_t bytes);

/* Takes the space for this part of the file, which is zeros, and lengthens the file; os_reserve does not lengthen it. */
int os_allocate(int fd, uint64_t offset, uint64_t bytes);
int os_reserve(int fd, uint64_t bytes);

/* Copies memory that may be bad: -EFAULT instead of a crash. */
int os_read_memory(const void *from, void *to, size_t bytes);

/* Gives the open file behind `from`, a name in /proc/self/fd, a name that must be free. -EEXIST: it is not. */
int os_link(const char *from, const char *path);

#endif
