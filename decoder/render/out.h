/*
 * out.h - an output buffer over a descriptor, or in memory.
 *
 * Writing never fails in the caller's face: the first error (an errno value) stays in `error`, and from then on
 * whatever is written goes nowhere. Look at it once, at the end or between events.
 *
 * Invariant: start <= at <= end; the OUT_SLACK bytes after `end` belong to the buffer too, so that a copy in whole
 * blocks may run past what it needs. Any context that may allocate and block.
 */
#ifndef TTDECODE_OUT_H
#define TTDECODE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The buffer's ordinary size; it grows beyond it only in memory or while it is held. */
#define OUT_BUFFER_BYTES (256u * 1024)
/* The most that it grows to unless its owner says less: above every event that the format's limits allow (66 MB). More is ENOMEM. */
#define OUT_BUFFER_MAX (256u * 1024 * 1024)
/* The most that can be reserved at once. */
#define OUT_RESERVE_MAX 512u
#define OUT_SLACK 16u

struct out {
	char *at;				 /* where the next byte goes */
	char *end;				 /* of the room for bytes */
	char *start;				 /* of the buffer */
	int fd;					 /* -1: in memory */
	int error;				 /* 0, or the errno value of the first failure */
	unsigned held;				 /* depth of out_hold */
	size_t most;				 /* that it grows to */
	char spare[OUT_RESERVE_MAX + OUT_SLACK]; /* where bytes go after an error */
};

/*
 * A struct out points into itself: it must not be copied or moved.
 *
 * Makes an empty buffer over a descriptor, which stays the caller's (out_close does not close it), or with fd -1
 * one that grows in memory. Returns 0 or -ENOMEM; even then every function below may be called.
 */
int out_open(struct out *to, int fd);

/* Appends bytes; large ones go to the descriptor from where they are. The source must not lie in the buffer. */
void out_large(struct out *to, const char *from, size_t bytes);

/* Room for `bytes` <= OUT_RESERVE_MAX (and OUT_SLACK more). Never NULL. out_commit says how far it was filled. */
char *out_make_room(struct out *to, size_t bytes);

static inline char *out_reserve(struct out *to, size_t bytes)
{
	if (__builtin_expect((size_t)(to->end - to->at) >= bytes, 1))
		return to->at;
	return out_make_room(to, bytes);
}

static inline void out_commit(struct out *to, char *at)
{
	to->at = at;
}

void out_bytes_over(struct out *to, const void *from,
		    size_t bytes); /* out_bytes where there is not the room */

/* Appends bytes. The source must not lie in the buffer. */
static inline void out_bytes(struct out *to, const void *from, size_t bytes)
{
	if (__builtin_expect((size_t)(to->end - to->at) < bytes, 0)) {
		out_bytes_over(to, from, bytes);
	} else if (bytes != 0) {
		memcpy(to->at, from, bytes);
		to->at += bytes;
	}
}

/* Copies to room that is there, in whole blocks: OUT_SLACK bytes more can be read, and written. Returns the end. Quick for few. */
static inline char *out_copy(char *at, const char *from, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += OUT_SLACK)
		memcpy(at + i, from + i, OUT_SLACK);
	return at + bytes;
}

/* out_bytes, where OUT_SLACK bytes more can be read. */
static inline void out_blocks(struct out *to, const char *from, size_t bytes)
{
	if (__builtin_expect((size_t)(to->end - to->at) < bytes, 0)) {
		out_bytes_over(to, from, bytes);
		return;
	}
	to->at = out_copy(to->at, from, bytes);
}

static inline void out_byte(struct out *to, char byte)
{
	char *at = out_reserve(to, 1);

	*at = byte;
	out_commit(to, at + 1);
}

static inline void out_string(struct out *to, const char *string)
{
	out_bytes(to, string, strlen(string));
}

void out_repeat(struct out *to, char byte, size_t count);
void out_unsigned(struct out *to, uint64_t value);
void out_signed(struct out *to, int64_t value);
void out_hex(struct out *to, uint64_t value); /* lower case, without 0x */

/*
 * Between hold and release nothing is flushed, so what was written since can still be changed in place. Returns
 * the offset from `start` at which the held part begins. May be nested.
 */
size_t out_hold(struct out *to);
void out_release(struct out *to);

/* Lengthens the buffer's content by `bytes` of any value, in one piece; false after an error (nothing changed). */
bool out_extend(struct out *to, size_t bytes);

/* What is in the buffer: in memory, everything since out_open or out_clear. */
static inline size_t out_used(const struct out *to)
{
	return (size_t)(to->at - to->start);
}

/* Forgets what was written since a hold, which gave the offset. */
static inline void out_rewind(struct out *to, size_t from)
{
	if (to->error == 0)
		to->at = to->start + from;
}

/* Records an error of the caller's, if it is the first. */
void out_fail(struct out *to, int error);

void out_clear(struct out *to); /* forgets what is in the buffer, not the error */

/* Writes the buffer to the descriptor (in memory: does nothing). Returns 0 or -error. */
int out_flush(struct out *to);

/* Flushes and frees; returns 0 or -error. A second call does nothing. */
int out_close(struct out *to);

#endif
