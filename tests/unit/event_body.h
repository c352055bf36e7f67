/*
 * event_body.h - the record's body of an event that was made by hand.
 */
#ifndef EVENT_BODY_H
#define EVENT_BODY_H

#include <string.h>

#include "../../decoder/reader/sites.h"
#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/record.h"

/* Room for any that has no more string bytes than a record. */
#define EVENT_BODY_MAX (16 * (TTF_ARGUMENTS_MAX + 1) + TTF_STRINGS_BYTES_MAX + BODY_SLACK)

static inline uint16_t event_body_length(const struct argument *argument)
{
	size_t bytes = argument->type == TTF_PSTR ? 8 : argument->bytes.bytes;

	if (argument->is_null)
		return TTF_STRING_NULL;
	return (uint16_t)(bytes | (argument->is_truncated ? TTF_STRING_TRUNCATED : 0));
}

static inline void event_body_field(uint8_t *to, const struct argument *argument)
{
	switch (ttf_type_bytes(argument->type)) {
	case 16:
		ttf_store64(to, argument->bits);
		ttf_store64(to + 8, argument->high);
		break;
	case 8:
		ttf_store64(to, argument->bits);
		break;
	case 4:
		ttf_store32(to, (uint32_t)argument->bits);
		break;
	default:
		ttf_store16(to, event_body_length(argument));
	}
}

/* The bytes of one string, to *next. */
static inline void event_body_string(uint8_t **next, const struct argument *argument)
{
	if (argument->is_null)
		return;
	if (argument->type == TTF_PSTR) {
		ttf_store64(*next, argument->bits);
		*next += 8;
	} else if (argument->bytes.bytes > 0) {
		memcpy(*next, argument->bytes.at, argument->bytes.bytes);
		*next += argument->bytes.bytes;
	}
}

/*
 * Lays out the event's site by the `fields` types that it has, and writes the event's arguments to `to`, EVENT_BODY_MAX bytes, as its body. The
 * arguments stay as they are, unless event->is_decoded is taken back.
 */
static inline void event_body(struct event *event, uint8_t *to)
{
	struct site *site = event->site;
	uint8_t *next;

	site_lay_out(site);
	memset(to, 0, site->fixed_bytes + BODY_SLACK);
	next = to + site->fixed_bytes;
	for (unsigned i = 0; i < site->fields; i++)
		event_body_field(to + site->offsets[i], &event->arguments[i]);
	for (unsigned i = 0; i < site->strings; i++)
		event_body_string(&next, &event->arguments[site->string_fields[i]]);
	event->body = to;
	event->is_decoded = true;
}

#endif
