#include "stage.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

void *stage_map(const char *path, size_t bytes, int is_new)
{
	int fd = open(path, is_new ? O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC : O_RDWR | O_CLOEXEC, 0600);
	void *stage = MAP_FAILED;

	if (fd >= 0 && (!is_new || ftruncate(fd, (off_t)bytes) == 0))
		stage = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (stage == MAP_FAILED)
		perror(path);
	if (fd >= 0)
		close(fd);
	return stage == MAP_FAILED ? NULL : stage;
}

void stage_unmap(void *stage, size_t bytes)
{
	if (stage)
		munmap(stage, bytes);
}
