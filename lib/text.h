/*
 * text.h - short texts put together in a fixed buffer: file names and one-line reports.
 *
 * Always terminated; what does not fit is left out and remembered. Instead of snprintf, which is not
 * async-signal-safe. Context: SIGNAL.
 */
#ifndef TTLOG_TEXT_H
#define TTLOG_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *at;
	size_t bytes;	 /* so far, without the terminator */
	size_t capacity; /* with it; at least 1 */
	bool is_cut;
};

struct text text_in(char *buffer, size_t capacity);
void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t count);
void text_add_number(struct text *text, uint64_t number);
void text_add_padded(struct text *text, uint64_t number, unsigned digits);
void text_add_hex(struct text *text, uint64_t number, unsigned digits);

/* CLOCK_REALTIME ns as 20261121T010203.123456789Z. */
void text_add_time(struct text *text, uint64_t real_ns);

#endif
