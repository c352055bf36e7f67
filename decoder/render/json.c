/*
 * json.c - see json.h.
 */
#include "json.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "number.h"
#include "program.h"
#include "quick.h"
#include "real.h"
#include "stamp.h"
#include "wide.h"

#define TS "{\"ts\":\""
#define TS_NS "\",\"ts_ns\":\""

static void string(struct out *to, struct text text)
{
	out_byte(to, '"');
	characters_escape(to, text, CHARACTERS_JSON);
	out_byte(to, '"');
}

static void wide_string(struct out *to, struct text units)
{
	size_t from;

	out_byte(to, '"');
	from = out_hold(to);
	wide_render(to, units);
	characters_escape_held(to, from, CHARACTERS_JSON);
	out_release(to);
	out_byte(to, '"');
}

static const char *level_name(const struct site *site)
{
	static const char *const names[TTF_LEVEL_END] = { "?",	  "trace", "debug", "info",
							  "warn", "error", "fatal" };

	return names[site->level < TTF_LEVEL_END ? site->level : 0];
}

static const char *kind_name(const struct site *site)
{
	static const char *const names[TTF_KIND_END] = { "log", "span_begin", "span_end", "counter",
							 "context" };

	return names[site->kind < TTF_KIND_END ? site->kind : 0];
}

static void significant(struct out *to, const struct argument *argument, int digits)
{
	const struct number_shape shape = { .precision = digits };

	real_render(to, argument, 'g', &shape);
}

/* Whether the number that was written from offset `from` on reads back as the same value. */
static bool reads_back(struct out *to, size_t from, const struct argument *argument)
{
	char copy[32] = "";
	size_t bytes = out_used(to) - from;
	double back;
	uint64_t bits;

	if (to->error != 0 || bytes >= sizeof(copy))
		return true;
	memcpy(copy, to->start + from, bytes);
	back = strtod(copy, NULL);
	memcpy(&bits, &back, sizeof(bits));
	return bits == argument->bits;
}

/* The shortest of 15, 16 or 17 digits that loses nothing. */
static void shortest(struct out *to, const struct argument *argument)
{
	char *end = quick_shortest(out_reserve(to, QUICK_BYTES_MAX), argument->bits);
	size_t from;
	int digits;

	if (end != NULL) {
		out_commit(to, end);
		return;
	}
	from = out_hold(to);
	for (digits = 15; digits <= 17; digits++) {
		significant(to, argument, digits);
		if (reads_back(to, from, argument))
			break;
		if (digits < 17)
			out_rewind(to, from);
	}
	out_release(to);
}

static void real(struct out *to, const struct argument *argument)
{
	bool is_negative;

	switch (real_classify(argument, &is_negative)) {
	case REAL_NAN:
		out_string(to, "\"nan\"");
		break;
	case REAL_INFINITE:
		out_string(to, is_negative ? "\"-inf\"" : "\"inf\"");
		break;
	default:
		if (argument->type == TTF_F64)
			shortest(to, argument);
		else
			significant(to, argument, argument->type == TTF_F80 ? 21 : 36);
	}
}

static void address(struct out *to, const struct argument *argument)
{
	if (argument->bits == 0) {
		out_string(to, "null");
		return;
	}
	out_string(to, "\"0x");
	out_hex(to, argument->bits);
	out_byte(to, '"');
}

static void value(struct out *to, const struct argument *argument)
{
	if (argument->is_null) {
		out_string(to, "null");
		return;
	}
	switch (argument->type) {
	case TTF_U32:
	case TTF_U64:
		out_unsigned(to, argument->bits);
		break;
	case TTF_F64:
	case TTF_F80:
	case TTF_F128:
		real(to, argument);
		break;
	case TTF_PTR:
	case TTF_PSTR:
		address(to, argument);
		break;
	case TTF_STR:
		string(to, argument->bytes);
		break;
	case TTF_WSTR:
		wide_string(to, argument->bytes);
		break;
	default:
		out_signed(to, (int64_t)argument->bits);
	}
}

static void values(struct out *to, const struct event *event)
{
	unsigned i;

	for (i = 0; i < event->site->arguments; i++) {
		if (i > 0)
			out_byte(to, ',');
		value(to, &event->arguments[i]);
	}
}

/* A key whose value is a string. `key` has its quotes and colon. */
static void member(struct out *to, const char *key, struct text text)
{
	out_string(to, key);
	string(to, text);
}

static void make_head(struct out *to, const struct site *site)
{
	out_string(to, "\",\"level\":\"");
	out_string(to, level_name(site));
	member(to, "\",\"target\":", site->target);
	out_string(to, ",\"pid\":");
}

static void make_tail(struct out *to, const struct site *site)
{
	member(to, ",\"file\":", site->file);
	out_string(to, ",\"line\":");
	out_unsigned(to, site->line);
	member(to, ",\"func\":", site->function);
	member(to, ",\"fmt\":", site->format);
	out_string(to, ",\"msg\":\"");
}

/* Which thread, and what its how manieth event stands behind. */
static void make_label(struct out *to, const struct ring *ring, const void *style)
{
	(void)style;
	out_unsigned(to, ring->process->pid);
	out_string(to, ",\"tid\":");
	out_unsigned(to, ring->tid);
	member(to, ",\"thread\":", ring->name);
	out_string(to, ",\"seq\":");
}

static bool shows_errno(const struct site *site)
{
	const struct program *program = site->program;

	return program != NULL && program->has_errno;
}

static void bound(struct out *to, uint64_t bound_ns)
{
	out_string(to, ",\"ts_bound_ns\":");
	if (bound_ns == EVENT_NO_BOUND)
		out_string(to, "null");
	else
		out_unsigned(to, bound_ns);
}

/* The keys that only some events have. */
static void optional(struct out *to, const struct event *event)
{
	const struct site *site = event->site;

	if (event->ring->is_nested)
		out_string(to, ",\"ring\":\"nested\"");
	if (site->kind != TTF_KIND_LOG) {
		out_string(to, ",\"kind\":\"");
		out_string(to, kind_name(site));
		out_byte(to, '"');
	}
	if (event->is_truncated)
		out_string(to, ",\"truncated\":true");
	if (shows_errno(site)) {
		out_string(to, ",\"errno\":");
		out_signed(to, (int32_t)(uint32_t)event->arguments[site->arguments].bits);
	}
	if (event->is_held)
		bound(to, event->bound_ns);
}

static void times(struct out *to, uint64_t real_ns)
{
	char *at = out_reserve(to, sizeof(TS) + STAMP_BYTES + sizeof(TS_NS) + NUMBER_BYTES_MAX);

	at = stamp_write(mempcpy(at, TS, sizeof(TS) - 1), real_ns);
	at = stamp_write_ns(mempcpy(at, TS_NS, sizeof(TS_NS) - 1), real_ns);
	out_commit(to, at);
}

void json_event(struct out *to, struct event *event, struct labels *labels)
{
	times(to, event->real_ns);
	program_fragment(to, event->site, FRAGMENT_JSON_HEAD, make_head);
	label_append(to, labels, event->ring, make_label, NULL);
	out_unsigned(to, event->seq);
	program_fragment(to, event->site, FRAGMENT_JSON_TAIL, make_tail);
	message_escape(to, event, CHARACTERS_JSON);
	out_string(to, "\",\"args\":[");
	event_decode(event);
	values(to, event);
	out_byte(to, ']');
	optional(to, event);
	out_string(to, "}\n");
}

void json_keep(struct out *to, struct site *site)
{
	program_fragment(to, site, FRAGMENT_JSON_HEAD, make_head);
	program_fragment(to, site, FRAGMENT_JSON_TAIL, make_tail);
}
