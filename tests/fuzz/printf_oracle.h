/*
 * printf_oracle.h - what glibc's snprintf prints for a format and arguments that come from a fuzzer.
 *
 * The format is read here by a strict grammar of its own: only conversions that C11 and glibc define go to snprintf, each alone
 * with its own arguments, whose values the fuzzer gives. Strings are measured by the recorder's rule for them.
 */
#ifndef TT_FUZZ_PRINTF_ORACLE_H
#define TT_FUZZ_PRINTF_ORACLE_H

#include "../../decoder/reader/event.h"
#include "../unit/event_body.h"
#include "fuzz.h"

/* Formats that print more are not asked about. */
#define PRINTF_ORACLE_BYTES 131072u

struct printf_oracle {
	struct site site;
	struct event event;
	struct argument arguments[EVENT_ARGUMENTS]; /* of the event */
	char *format;
	void *strings[TTF_ARGUMENTS_MAX]; /* each as long as it may be read */
	uint8_t body[EVENT_BODY_MAX];
	size_t expected_bytes;
	char expected[PRINTF_ORACLE_BYTES]; /* last: it is not cleared */
};

/* False: the format is not one of those, and there is nothing to end. */
bool printf_oracle_ask(struct printf_oracle *oracle, struct fuzz_input input);

void printf_oracle_end(struct printf_oracle *oracle);

#endif
