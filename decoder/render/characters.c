/*
 * characters.c - see characters.h.
 *
 * There is one algorithm, in place: count what escaping adds, and where that is nothing, which is nearly always,
 * the text already stands where it belongs. Else move the raw bytes to the end of the lengthened room and escape
 * forward: no escape is shorter than what it replaces, so the writing never overtakes the reading.
 */
#include "characters.h"

#include <string.h>

/* One character that is not plain, or one byte that is none. */
struct glyph {
	unsigned bytes;	 /* that it takes in the text */
	unsigned escape; /* bytes of its escape; 0: it stands for itself */
	char escaped[6];
};

#define REPEAT8(byte) ((byte)*UINT64_C(0x0101010101010101))

/* Whether a byte of x is zero: exact for "any", which is all that is asked (Bit Twiddling Hacks, "haszero"). */
static uint64_t zero_bytes(uint64_t x)
{
	return (x - REPEAT8(0x01)) & ~x & REPEAT8(0x80);
}

static bool are_plain(uint64_t x, enum characters_form form)
{
	uint64_t bad = x | ((x - REPEAT8(0x20)) & ~x) | zero_bytes(x ^ REPEAT8(0x7f));

	if (form == CHARACTERS_JSON)
		bad |= zero_bytes(x ^ REPEAT8('"')) | zero_bytes(x ^ REPEAT8('\\'));
	return (bad & REPEAT8(0x80)) == 0;
}

static bool is_plain(unsigned char byte, enum characters_form form)
{
	return byte >= 0x20 && byte < 0x7f && (form == CHARACTERS_TEXT || (byte != '"' && byte != '\\'));
}

/* The end of the run of plain ASCII that begins at `at`. */
static const char *plain_run(const char *at, const char *end, enum characters_form form)
{
	uint64_t eight;

	for (; end - at >= 8; at += 8) {
		memcpy(&eight, at, 8);
		if (!are_plain(eight, form))
			break;
	}
	while (at < end && is_plain((unsigned char)*at, form))
		at++;
	return at;
}

/* The least and the greatest second byte after a lead byte of U+0080 and above (Unicode, table 3-7). */
static void second_range(unsigned char lead, unsigned char *least, unsigned char *greatest)
{
	*least = 0x80;
	*greatest = 0xbf;
	if (lead == 0xe0)
		*least = 0xa0;
	else if (lead == 0xed)
		*greatest = 0x9f;
	else if (lead == 0xf0)
		*least = 0x90;
	else if (lead == 0xf4)
		*greatest = 0x8f;
}

/* The length of the well-formed UTF-8 sequence at `at`, with its code point; 0 if there is none. */
static unsigned decode(const char *at, const char *end, uint32_t *code)
{
	unsigned char lead = (unsigned char)*at;
	unsigned bytes = lead < 0x80   ? 1
			 : lead < 0xc2 ? 0
			 : lead < 0xe0 ? 2
			 : lead < 0xf0 ? 3
			 : lead < 0xf5 ? 4
				       : 0;
	unsigned char least;
	unsigned char greatest;
	unsigned i;

	if (bytes == 0 || (size_t)(end - at) < bytes)
		return 0;
	second_range(lead, &least, &greatest);
	*code = bytes == 1 ? lead : lead & (0x7fu >> bytes);
	for (i = 1; i < bytes; i++) {
		unsigned char byte = (unsigned char)at[i];

		if (byte < least || byte > greatest)
			return 0;
		*code = *code << 6 | (byte & 0x3f);
		least = 0x80;
		greatest = 0xbf;
	}
	return bytes;
}

/* Control characters, and those that would reorder or hide what stands around them. */
static bool is_unsafe(uint32_t code)
{
	return code <= 0x1f || (code >= 0x7f && code <= 0x9f) || code == 0x61c || code == 0x200e ||
	       code == 0x200f || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
	       code == 0xfeff;
}

static void set_escape(struct glyph *glyph, const char *start, uint32_t value, unsigned digits)
{
	unsigned i;

	glyph->escape = 2 + digits;
	memcpy(glyph->escaped, start, 2);
	for (i = 0; i < digits; i++)
		glyph->escaped[2 + i] = "0123456789abcdef"[value >> (4 * (digits - 1 - i)) & 15];
}

/* The letter of a two-character escape, or 0. */
static char short_escape(uint32_t code, enum characters_form form)
{
	switch (code) {
	case '\n':
		return 'n';
	case '\t':
		return 't';
	case '\r':
		return 'r';
	}
	if (form == CHARACTERS_TEXT)
		return 0;
	switch (code) {
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '"':
	case '\\':
		return (char)code;
	}
	return 0;
}

static void escape_code(struct glyph *glyph, uint32_t code, enum characters_form form)
{
	char letter = short_escape(code, form);

	if (letter != 0) {
		glyph->escape = 2;
		glyph->escaped[0] = '\\';
		glyph->escaped[1] = letter;
	} else if (is_unsafe(code)) {
		if (code < 0x80 && form == CHARACTERS_TEXT)
			set_escape(glyph, "\\x", code, 2);
		else
			set_escape(glyph, "\\u", code, 4);
	}
}

static void read_glyph(const char *at, const char *end, enum characters_form form, struct glyph *glyph)
{
	uint32_t code;

	glyph->escape = 0;
	glyph->bytes = decode(at, end, &code);
	if (glyph->bytes != 0) {
		escape_code(glyph, code, form);
		return;
	}
	glyph->bytes = 1;
	if (form == CHARACTERS_JSON)
		set_escape(glyph, "\\u", 0xfffd, 4);
	else
		set_escape(glyph, "\\x", (unsigned char)*at, 2);
}

/* How many bytes escaping adds. */
static size_t added_bytes(const char *at, const char *end, enum characters_form form)
{
	struct glyph glyph;
	size_t added = 0;

	while ((at = plain_run(at, end, form)) < end) {
		read_glyph(at, end, form, &glyph);
		if (glyph.escape != 0)
			added += glyph.escape - glyph.bytes;
		at += glyph.bytes;
	}
	return added;
}

/* Escapes the text at..end into the room that ends where it ends, too. */
static void escape_forward(char *into, const char *at, const char *end, enum characters_form form)
{
	struct glyph glyph;

	while (at < end) {
		const char *after = plain_run(at, end, form);

		memmove(into, at, (size_t)(after - at));
		into += after - at;
		at = after;
		if (at == end)
			return;
		read_glyph(at, end, form, &glyph);
		if (glyph.escape != 0)
			memcpy(into, glyph.escaped, glyph.escape);
		else
			memmove(into, at, glyph.bytes);
		into += glyph.escape != 0 ? glyph.escape : glyph.bytes;
		at += glyph.bytes;
	}
}

bool characters_is_plain(struct text text, enum characters_form form)
{
	return text.bytes == 0 || plain_run(text.at, text.at + text.bytes, form) == text.at + text.bytes;
}

void characters_escape_held(struct out *to, size_t from, enum characters_form form)
{
	size_t bytes;
	size_t added;
	char *start;

	if (to->error != 0)
		return;
	start = to->start + from;
	bytes = (size_t)(to->at - start);
	added = added_bytes(start, to->at, form);
	if (added == 0 || !out_extend(to, added))
		return;
	start = to->start + from;
	memmove(start + added, start, bytes);
	escape_forward(start, start + added, to->at, form);
}

void characters_escape(struct out *to, struct text text, enum characters_form form)
{
	size_t from;

	if (characters_is_plain(text, form)) {
		out_bytes(to, text.at, text.bytes);
		return;
	}
	from = out_hold(to);
	out_bytes(to, text.at, text.bytes);
	characters_escape_held(to, from, form);
	out_release(to);
}
