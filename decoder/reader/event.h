/*
 * event.h - what the reader hands to everyone above it: events, and the process, ring and site they belong to.
 *
 * Renderers and filters see these and never the file they came from. All pointers are owned by the reader and
 * stay valid as the member's comment says; all strings are hostile bytes, not terminated, of the stated length.
 */
#ifndef TTDECODE_EVENT_H
#define TTDECODE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../format-spec/twin/record.h"

struct text {
	const char *at;
	size_t bytes;
};

/* A process of one file. Valid as long as the trace it came from. */
struct process {
	uint32_t pid;
	struct text service;
	unsigned file; /* index in the order of the command line */
};

/* A ring. Valid as long as the trace. */
struct ring {
	const struct process *process;
	uint32_t index; /* within its file */
	uint32_t tid;
	uint64_t serial;
	bool is_nested;
	struct text name;
};

/* A site. Valid as long as the trace. */
struct site {
	uint32_t id;
	uint32_t line;
	uint8_t level;	   /* enum ttf_level */
	uint8_t kind;	   /* enum ttf_kind */
	uint8_t arguments; /* without the hidden errno */
	bool has_errno;
	uint8_t fields;				      /* with it */
	uint8_t types[TTF_ARGUMENTS_MAX + 1];	      /* enum ttf_type, of each field */
	uint16_t offsets[TTF_ARGUMENTS_MAX + 1];      /* where it stands in a record's body */
	uint16_t fixed_bytes;			      /* of all of them; then the strings' bytes follow */
	uint8_t strings;			      /* how many of the fields are lengths of such bytes */
	uint8_t string_fields[TTF_ARGUMENTS_MAX + 1]; /* and which, in order */
	bool is_unknown; /* a type, level or kind of a later version: its records cannot be shown */
	bool is_found;	 /* where no entry was promised: a promised one of the same id counts in its place */
	struct text target;
	struct text file;
	struct text function;
	struct text format;
	struct text names; /* separated by zero bytes */
	void *program; /* the renderer's parsed format, or NULL: owned by the renderer, see render/message.h */
	uint8_t verdict; /* what the filter said of it, 0 = not asked yet: owned by whoever filters */
};

/* One argument's value. Strings point into the record: valid as long as the event. */
struct argument {
	enum ttf_type type;
	bool is_null;	   /* str, wstr, pstr */
	bool is_truncated; /* str, wstr */
	uint64_t
		bits; /* integers sign- or zero-extended by their type; f64's bits; ptr's and pstr's address */
	uint64_t high;	   /* f80 and f128: bytes 8 to 15; bits holds 0 to 7 */
	struct text bytes; /* str; wstr as little-endian 32-bit units */
};

#define EVENT_NO_BOUND UINT64_MAX
#define BODY_SLACK 8u

#define EVENT_ARGUMENTS (TTF_ARGUMENTS_MAX + 1)

/* One event. Valid until the next event of the same ring is read. */
struct event {
	const struct ring *ring;
	struct site *site;
	uint64_t seq;
	uint64_t real_ns;
	uint64_t bound_ns; /* if it is held, how far off real_ns is at most; EVENT_NO_BOUND: not known */
	const uint8_t *
		body; /* of its record, which holds what the site says; BODY_SLACK bytes behind it can be read too */
	struct argument *
		arguments; /* EVENT_ARGUMENTS of whoever owns the event: of each of the site's fields, once it is decoded */
	uint32_t body_bytes;
	bool is_held;	   /* its time is one that it may have had */
	bool is_decoded;   /* by event_decode */
	bool is_truncated; /* a string of it was cut, or its message */
};

/* Fills event->arguments, and is_truncated, from its body, if that was not done yet. */
void event_decode(struct event *event);

#endif
