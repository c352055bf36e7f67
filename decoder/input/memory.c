#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../../format-spec/twin/bytes.h"

/* /proc/PID/pagemap has a word for each page (proc(5)); one of these bits says that there is something. */
#define PAGE_IS_THERE (UINT64_C(3) << 62) /* in memory, or swapped out */
#define ENTRIES 512u

int memory_open(struct source *source, uint32_t pid, uint64_t address, uint64_t bytes, const char *name)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/pagemap", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : errno == EACCES ? -EPERM : -errno;
	*source = (struct source){
		.fd = fd, .bytes = bytes, .name = name, .pid = (pid_t)pid, .address = address
	};
	return 0;
}

int memory_read(const struct source *source, uint64_t offset, void *to, size_t bytes)
{
	struct iovec local = { to, bytes };
	/* An address of another process is no pointer of ours. */
	struct iovec remote = { (void *)(uintptr_t)(source->address + offset), bytes };
	ssize_t got = process_vm_readv(source->pid, &local, 1, &remote, 1, 0);

	if (got == (ssize_t)bytes)
		return 0;
	return got < 0 && errno != EFAULT ? -errno : -ENODATA;
}

uint64_t memory_next_data(const struct source *source, uint64_t offset)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t first = (source->address + offset) / page;
	uint8_t entries[ENTRIES * 8];

	for (;; first += ENTRIES) {
		ssize_t got = pread(source->fd, entries, sizeof(entries), (off_t)(first * 8));

		if (got <= 0)
			return got < 0 ? offset : source->bytes; /* behind all of its addresses */
		for (uint64_t i = 0; i < (uint64_t)got / 8; i++) {
			uint64_t at = (first + i) * page;

			if (at >= source->address && at - source->address >= source->bytes)
				return source->bytes;
			if (ttf_load64(entries + i * 8) & PAGE_IS_THERE)
				return at < source->address + offset ? offset : at - source->address;
		}
	}
}
