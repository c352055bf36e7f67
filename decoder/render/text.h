/*
 * text.h - an event as a line of text: rendering.md, "The text line".
 */
#ifndef TTDECODE_TEXT_H
#define TTDECODE_TEXT_H

#include "../reader/event.h"
#include "out.h"

struct text_style {
	bool color;	    /* the level in its colour, the time dim */
	bool several_files; /* the thread is preceded by service[pid]/ */
};

/* Appends the event's line, with its line feed. Keeps parts in site->program: see message_forget. */
void text_event(struct out *to, struct event *event, const struct text_style *style);

#endif
