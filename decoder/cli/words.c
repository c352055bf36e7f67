#include "words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../render/characters.h"

void words_print(struct out *out, const char *format, ...)
{
	char text[WORDS_BYTES];
	va_list arguments;
	int bytes;

	va_start(arguments, format);
	bytes = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (bytes > 0)
		out_bytes(out, text, (size_t)bytes < sizeof(text) ? (size_t)bytes : sizeof(text) - 1);
}

void words_key(struct out *out, const char *key)
{
	words_print(out, "  %-10s", key);
}

/* A column for each byte that does not go on a character: right for all but wide and combining characters. */
unsigned words_text(struct out *out, struct text text)
{
	size_t held = out_hold(out);
	unsigned columns = 0;

	characters_escape(out, text, CHARACTERS_TEXT);
	for (size_t i = held; i < out_used(out); i++)
		columns += ((unsigned char)out->start[i] & 0xc0) != 0x80;
	out_release(out);
	return columns;
}

void words_name(struct out *out, const char *name)
{
	characters_escape(out, (struct text){ name, strlen(name) }, CHARACTERS_TEXT);
}

void words_line(struct out *out, const char *key, struct text text)
{
	if (text.bytes == 0)
		return;
	words_key(out, key);
	words_text(out, text);
	out_byte(out, '\n');
}

void words_bytes(struct out *out, uint64_t bytes)
{
	if (bytes < 10 * 1024)
		words_print(out, "%" PRIu64 " bytes", bytes);
	else if (bytes < 10 * 1024 * 1024)
		words_print(out, "%" PRIu64 " KiB", bytes / 1024);
	else
		words_print(out, "%" PRIu64 " MiB", bytes / (1024 * 1024));
}
