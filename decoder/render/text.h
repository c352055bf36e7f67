/*
 * text.h - an event as a line of text: rendering.md, "The text line".
 */
#ifndef TTDECODE_TEXT_H
#define TTDECODE_TEXT_H

#include "../reader/event.h"
#include "out.h"

#define TEXT_LABELS 16u
#define TEXT_LABEL_MAX 112u

/* How a ring's events say where they come from, escaped once. */
struct text_label {
	const struct ring *ring;
	size_t bytes;
	char at[TEXT_LABEL_MAX + OUT_SLACK];
};

/* How lines look. Begin with zeros behind the first two. The rings must outlive it. */
struct text_style {
	bool color;			       /* the level in its colour, the time dim */
	bool several_files;		       /* the thread is preceded by service[pid]/ */
	struct text_label labels[TEXT_LABELS]; /* of rings of late */
};

/* Appends the event's line, with its line feed. Keeps parts in site->program: see message_forget. */
void text_event(struct out *to, struct event *event, struct text_style *style);

#endif
