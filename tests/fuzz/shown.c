#include "shown.h"

#include <stdint.h>
#include <string.h>

/* A reading position. */
struct reader {
	const unsigned char *at;
	const unsigned char *end;
	const char *wrong; /* the first thing */
};

static bool fail(struct reader *reader, const char *what)
{
	if (reader->wrong == NULL)
		reader->wrong = what;
	return false;
}

/* The character at the front by Unicode's table 3-7, and its bytes; 0 if none begins here. */
static unsigned decode(const struct reader *reader, uint32_t *character)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *at = reader->at;
	unsigned bytes = *at < 0x80   ? 1
			 : *at < 0xc2 ? 0
			 : *at < 0xe0 ? 2
			 : *at < 0xf0 ? 3
			 : *at < 0xf5 ? 4
				      : 0;

	if (bytes == 0 || (size_t)(reader->end - at) < bytes)
		return 0;
	*character = bytes == 1 ? *at : *at & (0x7fu >> bytes);
	for (unsigned i = 1; i < bytes; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		*character = *character << 6 | (at[i] & 0x3f);
	}
	return *character < least[bytes] || *character > 0x10ffff ||
			       (*character >= 0xd800 && *character < 0xe000)
		       ? 0
		       : bytes;
}

static bool is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/* One character that may be shown. */
static bool take_character(struct reader *reader)
{
	uint32_t character;
	unsigned bytes;

	if (*reader->at >= 0x20 && *reader->at < 0x7f) {
		reader->at++;
		return true;
	}
	bytes = decode(reader, &character);
	if (bytes == 0)
		return fail(reader, "it is not UTF-8");
	if (is_unsafe(character))
		return fail(reader, "a control or direction character is shown as it is");
	reader->at += bytes;
	return true;
}

/* ESC [ digits ; digits m */
static bool take_color(struct reader *reader)
{
	const unsigned char *at = reader->at;

	if (reader->end - at < 3 || at[0] != 0x1b || at[1] != '[')
		return false;
	for (at += 2; at < reader->end && ((*at >= '0' && *at <= '9') || *at == ';');)
		at++;
	if (at == reader->end || *at != 'm')
		return false;
	reader->at = at + 1;
	return true;
}

const char *shown_text(const char *text, size_t bytes, bool has_colors)
{
	struct reader reader = { (const unsigned char *)text, (const unsigned char *)text + bytes, NULL };

	if (bytes > 0 && text[bytes - 1] != '\n')
		return "the last line has no end";
	while (reader.at < reader.end && reader.wrong == NULL) {
		if (*reader.at == '\n')
			reader.at++;
		else if (!has_colors || !take_color(&reader))
			take_character(&reader);
	}
	return reader.wrong;
}

static bool take(struct reader *reader, char wanted)
{
	if (reader->at == reader->end || *reader->at != (unsigned char)wanted)
		return false;
	reader->at++;
	return true;
}

static bool expect(struct reader *reader, char wanted)
{
	return take(reader, wanted) || fail(reader, "it is not JSON: another token was due");
}

static bool take_hex(struct reader *reader)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < 4; i++, reader->at++) {
		static const char digits[] = "0123456789abcdef";
		const char *digit =
			reader->at < reader->end && *reader->at != 0 ? strchr(digits, *reader->at) : NULL;

		if (digit == NULL)
			return fail(reader, "it is not JSON: \\u without four digits");
		value = value << 4 | (uint32_t)(digit - digits);
	}
	return value < 0xd800 || value > 0xdfff || fail(reader, "JSON with a surrogate");
}

static bool take_string(struct reader *reader)
{
	if (!expect(reader, '"'))
		return false;
	while (reader->at < reader->end) {
		if (take(reader, '"'))
			return true;
		if (!take(reader, '\\')) {
			if (!take_character(reader))
				return false;
		} else if (take(reader, 'u')) {
			if (!take_hex(reader))
				return false;
		} else if (reader->at == reader->end || *reader->at == 0 ||
			   strchr("\"\\bfnrt", *reader->at) == NULL) {
			return fail(reader, "it is not JSON: a broken escape");
		} else {
			reader->at++;
		}
	}
	return fail(reader, "it is not JSON: a string without an end");
}

static bool take_digits(struct reader *reader)
{
	const unsigned char *from = reader->at;

	while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9')
		reader->at++;
	return reader->at > from || fail(reader, "it is not JSON: a number without digits");
}

static bool take_number(struct reader *reader)
{
	take(reader, '-');
	if (!take(reader, '0') && !take_digits(reader))
		return false;
	if (take(reader, '.') && !take_digits(reader))
		return false;
	if (!take(reader, 'e') && !take(reader, 'E'))
		return true;
	if (!take(reader, '-'))
		take(reader, '+');
	return take_digits(reader);
}

static bool take_word(struct reader *reader, const char *word)
{
	size_t bytes = strlen(word);

	if ((size_t)(reader->end - reader->at) < bytes || memcmp(reader->at, word, bytes) != 0)
		return false;
	reader->at += bytes;
	return true;
}

/* What stands in "args", and after every key: an event holds no object, and no array in an array. */
static bool take_scalar(struct reader *reader)
{
	if (reader->at < reader->end && *reader->at == '"')
		return take_string(reader);
	return take_word(reader, "true") || take_word(reader, "null") || take_number(reader);
}

static bool take_array(struct reader *reader)
{
	if (take(reader, ']'))
		return true;
	do {
		if (!take_scalar(reader))
			return false;
	} while (take(reader, ','));
	return expect(reader, ']');
}

static bool take_value(struct reader *reader)
{
	return take(reader, '[') ? take_array(reader) : take_scalar(reader);
}

#define ALWAYS 14u /* so many of the keys every event has */

/* A key no earlier in the order than *next. */
static bool take_key(struct reader *reader, unsigned *next)
{
	static const char *const keys[] = { "ts",   "ts_ns",	 "level", "target",	"pid",
					    "tid",  "thread",	 "seq",	  "file",	"line",
					    "func", "fmt",	 "msg",	  "args",	"ring",
					    "kind", "truncated", "errno", "ts_bound_ns" };

	for (unsigned i = *next; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct reader ahead = *reader;

		if (!take(&ahead, '"') || !take_word(&ahead, keys[i]) || !take(&ahead, '"')) {
			if (i < ALWAYS)
				break;
			continue;
		}
		*reader = ahead;
		*next = i + 1;
		return true;
	}
	return fail(reader, "JSON with a missing, unknown or misplaced key");
}

const char *shown_json(const char *line, size_t bytes)
{
	struct reader reader = { (const unsigned char *)line, (const unsigned char *)line + bytes, NULL };
	unsigned next = 0;

	if (!expect(&reader, '{'))
		return reader.wrong;
	do {
		if (!take_key(&reader, &next) || !expect(&reader, ':') || !take_value(&reader))
			return reader.wrong;
	} while (take(&reader, ','));
	if (next < ALWAYS)
		return "JSON with a missing key";
	if (!expect(&reader, '}') || !expect(&reader, '\n'))
		return reader.wrong;
	return reader.at == reader.end ? NULL : "something stands after the JSON line";
}

const char *shown_any(const char *text, size_t bytes, bool has_colors)
{
	const char *end = text + bytes;

	while (text < end) {
		const char *feed = memchr(text, '\n', (size_t)(end - text));
		size_t line = feed != NULL ? (size_t)(feed + 1 - text) : (size_t)(end - text);
		const char *wrong =
			*text == '{' ? shown_json(text, line) : shown_text(text, line, has_colors);

		if (wrong != NULL)
			return wrong;
		text += line;
	}
	return NULL;
}
