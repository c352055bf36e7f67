#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../render/characters.h"

static void replace_unsafe(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

void say(const char *format, ...)
{
	char text[SAY_BYTES_MAX];
	struct out escaped;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	out_open(&escaped, -1);
	characters_escape(&escaped, (struct text){ text, strlen(text) }, CHARACTERS_TEXT);
	if (escaped.error == 0) {
		fprintf(stderr, "ttdecode: %.*s\n", (int)out_used(&escaped), escaped.start);
	} else {
		replace_unsafe(text);
		fprintf(stderr, "ttdecode: %s\n", text);
	}
	out_close(&escaped);
}
