#include "fuzz.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int fuzz_errors = STDERR_FILENO;

/* AddressSanitizer has a heap of its own. Its parser of printf formats knows no I flag, and then reads too far. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "check_printf=0";
}

void fuzz_require(bool holds, const char *property)
{
	if (holds)
		return;
	dprintf(fuzz_errors, "fuzz: broken: %s\n", property);
	abort();
}

void fuzz_file_make(struct fuzz_file *file, const char *name)
{
	file->fd = memfd_create(name, MFD_CLOEXEC);
	fuzz_require(file->fd >= 0, "memfd_create works");
	snprintf(file->path, sizeof(file->path), "/proc/self/fd/%d", file->fd);
}

void fuzz_file_fill(const struct fuzz_file *file, const void *bytes, size_t count)
{
	bool is_done = ftruncate(file->fd, 0) == 0 && lseek(file->fd, 0, SEEK_SET) == 0 &&
		       (count == 0 || pwrite(file->fd, bytes, count, 0) == (ssize_t)count);

	fuzz_require(is_done, "a file in memory can be written");
}

char *fuzz_file_take(const struct fuzz_file *file, size_t *bytes)
{
	struct stat stat;
	char *text = NULL;

	if (fstat(file->fd, &stat) == 0)
		text = malloc((size_t)stat.st_size + 1);
	fuzz_require(text != NULL && pread(file->fd, text, (size_t)stat.st_size, 0) == stat.st_size,
		     "a file in memory can be read");
	text[stat.st_size] = '\0';
	*bytes = (size_t)stat.st_size;
	return text;
}

size_t fuzz_heap(void)
{
	struct mallinfo2 info;

	if (__sanitizer_get_current_allocated_bytes != NULL)
		return __sanitizer_get_current_allocated_bytes();
	info = mallinfo2();
	return info.uordblks + info.hblkhd;
}

const uint8_t *fuzz_bytes(struct fuzz_input *input, size_t *bytes)
{
	const uint8_t *taken = input->at;

	if (*bytes > input->left)
		*bytes = input->left;
	input->at += *bytes;
	input->left -= *bytes;
	return taken;
}

static uint64_t number(struct fuzz_input *input, size_t size)
{
	size_t bytes = size;
	const uint8_t *at = fuzz_bytes(input, &bytes);
	uint64_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value |= (uint64_t)at[i] << 8 * i;
	return value;
}

uint8_t fuzz_u8(struct fuzz_input *input)
{
	return (uint8_t)number(input, 1);
}

uint16_t fuzz_u16(struct fuzz_input *input)
{
	return (uint16_t)number(input, 2);
}

uint64_t fuzz_u64(struct fuzz_input *input)
{
	return number(input, 8);
}

void *fuzz_exact(const void *bytes, size_t count, bool is_terminated)
{
	char *copy = malloc(count + is_terminated);

	fuzz_require(copy != NULL || count + is_terminated == 0, "there is memory");
	if (count > 0)
		memcpy(copy, bytes, count);
	if (is_terminated)
		copy[count] = '\0';
	return copy;
}
