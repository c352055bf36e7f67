/*
 * shown.h - judges what is shown to people and programs, by rules written a second time: rendering.md, "Characters", "The text
 * line" and "The JSON line".
 *
 * Each returns NULL, or what is wrong.
 */
#ifndef TT_FUZZ_SHOWN_H
#define TT_FUZZ_SHOWN_H

#include <stdbool.h>
#include <stddef.h>

/* Lines, each with its end, of well-formed UTF-8 without a character that is unsafe to show. Colours may be allowed. */
const char *shown_text(const char *text, size_t bytes, bool has_colors);

/* One JSON object and a line feed, with the keys of an event in their order. */
const char *shown_json(const char *line, size_t bytes);

/* Lines of which each is the one or the other, by its beginning. */
const char *shown_any(const char *text, size_t bytes, bool has_colors);

#endif
