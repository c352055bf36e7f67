/*
 * capture.h - runs ttdecode within the test, with its output in memory.
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stddef.h>

#define CAPTURE_BYTES 65536u

struct capture {
	int status;
	char out[CAPTURE_BYTES]; /* what fits; terminated */
	char err[CAPTURE_BYTES];
	size_t out_bytes; /* of all */
	size_t err_bytes;
};

/* Runs `ttdecode` with these arguments, the last one NULL. Aborts if the test's own plumbing fails. */
void capture_run(struct capture *capture, const char *const *arguments);

#define CAPTURE(capture, ...) capture_run(capture, (const char *const[]){ __VA_ARGS__, NULL })

#endif
