/*
 * fuzz.h - what the fuzz targets share: the entry that libFuzzer, AFL++ and the replay call, and how a broken property ends it.
 */
#ifndef TT_FUZZ_H
#define TT_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One input. Returns 0. A property that does not hold aborts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property. If it does not hold: a line on standard error, and abort. */
void fuzz_require(bool holds, const char *property);

/* Where fuzz_require writes to: a target that takes descriptor 2 for itself says where the real one went. */
extern int fuzz_errors;

/* A file without a name, and its path below /proc. */
struct fuzz_file {
	int fd;
	char path[32];
};

/* Makes it. */
void fuzz_file_make(struct fuzz_file *file, const char *name);

/* Makes these bytes its whole content, position at the beginning. */
void fuzz_file_fill(const struct fuzz_file *file, const void *bytes, size_t count);

/* What it holds, terminated; the caller frees. */
char *fuzz_file_take(const struct fuzz_file *file, size_t *bytes);

/* The bytes of heap that are in use. */
size_t fuzz_heap(void);

/* What is left of an input: takes from its front, zeros when it is used up. */
struct fuzz_input {
	const uint8_t *at;
	size_t left;
};

uint8_t fuzz_u8(struct fuzz_input *input);
uint16_t fuzz_u16(struct fuzz_input *input);
uint64_t fuzz_u64(struct fuzz_input *input);

/* The next `bytes` bytes, fewer at the end: *bytes says. */
const uint8_t *fuzz_bytes(struct fuzz_input *input, size_t *bytes);

/* A copy with nothing around it, so that AddressSanitizer sees one byte too far. Terminated if wanted; the caller frees. */
void *fuzz_exact(const void *bytes, size_t count, bool is_terminated);

#endif
