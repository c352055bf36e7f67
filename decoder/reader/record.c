#include "record.h"

#include "../../format-spec/twin/bytes.h"

static size_t string_bytes(uint16_t length)
{
	return length == TTF_STRING_NULL ? 0 : length & TTF_STRING_BYTES;
}

const char *record_check_strings(const struct site *site, const uint8_t *body, size_t bytes)
{
	size_t needed = site->fixed_bytes;

	for (unsigned i = 0; i < site->strings; i++) {
		unsigned field = site->string_fields[i];
		uint16_t length = ttf_load16(body + site->offsets[field]);
		size_t kept = string_bytes(length);

		needed += kept;
		if (kept > TTF_STRINGS_BYTES_MAX || needed > bytes)
			return "has a string that reaches past it";
		if (length == TTF_STRING_NULL)
			continue;
		if (site->types[field] == TTF_WSTR && kept % 4 != 0)
			return "has a wide string of a broken length";
		if (site->types[field] == TTF_PSTR && kept != 8)
			return "has a pointer of a wrong length";
	}
	return NULL;
}

/* Returns whether the string was cut. */
static bool decode_string(struct argument *argument, const uint8_t *field, const uint8_t **strings)
{
	uint16_t length = ttf_load16(field);
	size_t bytes = string_bytes(length);
	bool is_cut = length != TTF_STRING_NULL && (length & TTF_STRING_TRUNCATED) != 0;

	argument->is_null = length == TTF_STRING_NULL;
	argument->bytes = (struct text){ (const char *)*strings, bytes };
	if (argument->type == TTF_PSTR) {
		argument->bits = argument->is_null ? 0 : ttf_load64(*strings);
		argument->is_null = argument->bits == 0;
	} else {
		argument->is_truncated = is_cut;
	}
	*strings += bytes;
	return is_cut;
}

/* Returns whether it is a string that was cut. */
static bool decode_field(struct argument *argument, const uint8_t *field, const uint8_t **strings)
{
	switch (argument->type) {
	case TTF_I32:
	case TTF_ERRNO:
		argument->bits = (uint64_t)(int64_t)(int32_t)ttf_load32(field);
		break;
	case TTF_U32:
		argument->bits = ttf_load32(field);
		break;
	case TTF_F80:
	case TTF_F128:
		argument->bits = ttf_load64(field);
		argument->high = ttf_load64(field + 8);
		break;
	case TTF_STR:
	case TTF_WSTR:
	case TTF_PSTR:
		return decode_string(argument, field, strings);
	default:
		argument->bits = ttf_load64(field);
		break;
	}
	return false;
}

void event_decode(struct event *event)
{
	const struct site *site = event->site;
	const uint8_t *strings = event->body + site->fixed_bytes;

	if (event->is_decoded)
		return;
	event->is_decoded = true;
	for (unsigned i = 0; i < site->fields; i++) {
		struct argument *argument = &event->arguments[i];

		*argument = (struct argument){ .type = site->types[i] };
		if (decode_field(argument, event->body + site->offsets[i], &strings))
			event->is_truncated = true;
	}
}
