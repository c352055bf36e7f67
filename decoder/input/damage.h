/*
 * damage.h - where the reader tells what it could not read: a sink that its owner gives a voice.
 *
 * The reader goes on after each report. Whoever owns the sink prints, collects or counts.
 */
#ifndef TTDECODE_DAMAGE_H
#define TTDECODE_DAMAGE_H

#include <stdbool.h>
#include <stdint.h>

/* A report, longer ones are cut. */
#define DAMAGE_TEXT_BYTES 256

struct damage {
	/* `what` is one line without its end, of printable characters; both strings live until the call returns. */
	void (*report)(struct damage *damage, const char *file, uint64_t offset, const char *what);
	uint64_t count; /* of reports so far */
	bool is_muted;	/* a second pass over the same bytes: neither counted nor reported */
};

/* Reports one piece of damage at `offset` of `file`. `format` and its arguments as in printf; no strings from the file. */
void damage_report(struct damage *damage, const char *file, uint64_t offset, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
