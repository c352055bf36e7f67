/*
 * diagnosis.h - what is wrong with the input, on standard error, and the exit status that follows from it.
 */
#ifndef TTDECODE_DIAGNOSIS_H
#define TTDECODE_DIAGNOSIS_H

#include "../input/damage.h"
#include "cli.h"

struct progress;

struct diagnosis {
	struct damage damage;	   /* the reader's sink; first, so that one is the other */
	struct progress *progress; /* to be wiped before a line is printed; NULL: none */
	enum cli_status status;	   /* the highest so far */
};

void diagnosis_begin(struct diagnosis *diagnosis);

/* A file that gives nothing at all, and why. */
void diagnosis_fail(struct diagnosis *diagnosis, enum cli_status status, const char *file, const char *why);

/* The last line, if reports were held back. */
void diagnosis_end(struct diagnosis *diagnosis);

#endif
