/*
 * text.h - an event as a line of text: rendering.md, "The text line".
 */
#ifndef TTDECODE_TEXT_H
#define TTDECODE_TEXT_H

#include "../reader/event.h"
#include "label.h"
#include "out.h"

/* How lines look. Begin with zeros behind the first two. The rings must outlive it. */
struct text_style {
	bool color;	    /* the level in its colour, the time dim */
	bool several_files; /* the thread is preceded by service[pid]/ */
	struct labels labels;
};

/* Appends the event's line, with its line feed. Keeps parts in site->program: see message_forget. */
void text_event(struct out *to, struct event *event, struct text_style *style);

/* Makes what text_event keeps of a site, with an output in memory to work in. Want of memory shows in to->error. */
void text_keep(struct out *to, struct site *site);

#endif
