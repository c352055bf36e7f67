/*
 * sample.h - events for the tests of the renderers, as the reader would hand them over.
 *
 * What is said of a string after it was added shows in the arguments, and not in the body: of strings only these are looked at.
 *
 * sample_begin makes an event of a site, a ring and a process; sample_argument and its like add arguments one by one.
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <check.h>
#include <string.h>

#include "../../decoder/reader/event.h"
#include "../../decoder/render/message.h"
#include "../../decoder/render/out.h"
#include "event_body.h"

struct sample {
	struct process process;
	struct ring ring;
	struct site site;
	struct event event;
	struct argument arguments[EVENT_ARGUMENTS]; /* of the event */
	uint8_t body[EVENT_BODY_MAX];
};

static inline struct text sample_text(const char *string)
{
	return (struct text){ .at = string, .bytes = strlen(string) };
}

/* 2026-11-21T01:02:03.123456789Z INFO  worker-1 net.http: <format> (server.c:42), in serve(), of svc, pid 1, tid 2. */
static inline void sample_begin(struct sample *sample, const char *format)
{
	memset(sample, 0, sizeof(*sample));
	sample->process = (struct process){ .pid = 1, .service = sample_text("svc") };
	sample->ring =
		(struct ring){ .process = &sample->process, .tid = 2, .name = sample_text("worker-1") };
	sample->site = (struct site){ .id = 1,
				      .line = 42,
				      .level = TTF_LEVEL_INFO,
				      .target = sample_text("net.http"),
				      .file = sample_text("server.c"),
				      .function = sample_text("serve"),
				      .format = sample_text(format) };
	sample->event.arguments = sample->arguments;
	sample->event.ring = &sample->ring;
	sample->event.site = &sample->site;
	sample->event.seq = 17;
	sample->event.real_ns = UINT64_C(1795222923123456789);
	event_body(&sample->event, sample->body);
}

static inline struct argument *sample_argument(struct sample *sample, enum ttf_type type, uint64_t bits)
{
	struct argument *argument = &sample->event.arguments[sample->site.fields];

	sample->site.types[sample->site.fields++] = (uint8_t)type;
	sample->site.arguments++;
	*argument = (struct argument){ .type = type, .bits = bits };
	event_body(&sample->event, sample->body);
	return argument;
}

static inline void sample_i32(struct sample *sample, int32_t value)
{
	sample_argument(sample, TTF_I32, (uint64_t)(int64_t)value);
}

static inline void sample_f64(struct sample *sample, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	sample_argument(sample, TTF_F64, bits);
}

static inline void sample_str(struct sample *sample, const char *string)
{
	struct argument *argument = sample_argument(sample, TTF_STR, 0);

	argument->is_null = string == NULL;
	if (string != NULL)
		argument->bytes = sample_text(string);
}

/* The units are 32 bits each, little-endian, `bytes` of them in all. */
static inline void sample_wstr(struct sample *sample, const void *units, size_t bytes)
{
	struct argument *argument = sample_argument(sample, TTF_WSTR, 0);

	argument->is_null = units == NULL;
	argument->bytes = (struct text){ .at = units, .bytes = bytes };
}

/* The hidden errno: call it last. */
static inline void sample_errno(struct sample *sample, int error)
{
	sample_argument(sample, TTF_ERRNO, (uint64_t)(int64_t)error);
	sample->site.arguments--;
	sample->site.has_errno = true;
}

/* What the buffer holds must be `expected`; it is emptied. */
static inline void sample_expect_bytes(struct out *out, const char *expected, size_t bytes)
{
	ck_assert_int_eq(out->error, 0);
	if (out_used(out) != bytes || memcmp(out->start, expected, bytes) != 0)
		ck_abort_msg("[%.*s] instead of [%s]", (int)out_used(out), out->start, expected);
	out_clear(out);
}

static inline void sample_expect(struct out *out, const char *expected)
{
	sample_expect_bytes(out, expected, strlen(expected));
}

#endif
