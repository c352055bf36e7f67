/*
 * line.h - an event as a line, in the form that was asked for.
 */
#ifndef TTDECODE_LINE_H
#define TTDECODE_LINE_H

#include "json.h"
#include "program.h"
#include "text.h"

/* One thread's. Begin with zeros behind `style`'s first two. The rings must outlive it. */
struct line {
	bool is_json;
	struct text_style style; /* of text */
	struct labels labels;	 /* of JSON */
};

/* Appends the event's line, with its line feed. Keeps parts in site->program: see message_forget. */
static inline void line_event(struct out *to, struct event *event, struct line *line)
{
	if (line->is_json)
		json_event(to, event, &line->labels);
	else
		text_event(to, event, &line->style);
}

/* Whether everything that lines keep of the site is there, so that line_event changes nothing of it. */
static inline bool line_is_kept(const struct line *line, const struct site *site)
{
	const struct program *program = site->program;

	return program != NULL && program->is_kept[line->is_json];
}

/* Makes it so. 0 or -ENOMEM. */
int line_keep(const struct line *line, struct site *site);

#endif
