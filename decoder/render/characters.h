/*
 * characters.h - hostile text made safe to show: rendering.md, "Characters".
 *
 * Every string that comes from a file passes through here on its way to a terminal or into JSON.
 */
#ifndef TTDECODE_CHARACTERS_H
#define TTDECODE_CHARACTERS_H

#include "../reader/event.h"
#include "out.h"

enum characters_form {
	CHARACTERS_TEXT,
	CHARACTERS_JSON, /* without the quotes around it */
};

/* Appends the text, escaped. */
void characters_escape(struct out *to, struct text text, enum characters_form form);

/* Whether escaping would change nothing and every byte is ASCII. */
bool characters_is_plain(struct text text, enum characters_form form);

/* Escapes in place what the buffer holds from offset `from` (see out_hold) to its end. */
void characters_escape_held(struct out *to, size_t from, enum characters_form form);

#endif
