/*
 * words.h - the small parts of the text that --info prints.
 */
#ifndef TTDECODE_WORDS_H
#define TTDECODE_WORDS_H

#include <stdint.h>

#include "../reader/event.h"
#include "../render/out.h"

/* As printf, at most WORDS_BYTES bytes. Never with a format or a string from the file. */
#define WORDS_BYTES 256
void words_print(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The beginning of a line: what it is about. */
void words_key(struct out *out, const char *key);

/* A text from the file, made safe. Returns how many columns it takes. */
unsigned words_text(struct out *out, struct text text);

/* The name of a file, made safe: whoever wrote the file may have chosen it. */
void words_name(struct out *out, const char *name);

/* A line with a text from the file; none if the text is empty. */
void words_line(struct out *out, const char *key, struct text text);

/* A size, with its unit. */
void words_bytes(struct out *out, uint64_t bytes);

#endif
