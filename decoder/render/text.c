/*
 * text.c - see text.h.
 */
#include "text.h"

#include <string.h>

#include "message.h"
#include "program.h"
#include "stamp.h"

#define DIM "\x1b[2m"
#define NORMAL "\x1b[0m"

#define LEVEL_BYTES 6u /* with the space after it */

struct level {
	char name[OUT_SLACK];
	const char *color;
};

static const struct level *level_of(const struct site *site)
{
	static const struct level levels[TTF_LEVEL_END] = {
		[0] = { "?     ", "\x1b[0m" },
		[TTF_LEVEL_TRACE] = { "TRACE ", "\x1b[90m" },
		[TTF_LEVEL_DEBUG] = { "DEBUG ", "\x1b[36m" },
		[TTF_LEVEL_INFO] = { "INFO  ", "\x1b[32m" },
		[TTF_LEVEL_WARN] = { "WARN  ", "\x1b[33m" },
		[TTF_LEVEL_ERROR] = { "ERROR ", "\x1b[31m" },
		[TTF_LEVEL_FATAL] = { "FATAL ", "\x1b[1;31m" },
	};

	return &levels[site->level < TTF_LEVEL_END ? site->level : 0];
}

static void time_and_level(struct out *to, const struct event *event)
{
	char *at = stamp_write(out_reserve(to, STAMP_BYTES + 1 + LEVEL_BYTES), event->real_ns);

	*at++ = ' ';
	out_commit(to, out_copy(at, level_of(event->site)->name, LEVEL_BYTES));
}

static void colored_time_and_level(struct out *to, const struct event *event)
{
	const struct level *level = level_of(event->site);

	out_string(to, DIM);
	stamp_render(to, event->real_ns);
	out_string(to, NORMAL " ");
	out_string(to, level->color);
	out_bytes(to, level->name, LEVEL_BYTES - 1);
	out_string(to, NORMAL " ");
}

static void process(struct out *to, const struct process *process)
{
	characters_escape(to, process->service, CHARACTERS_TEXT);
	out_byte(to, '[');
	out_unsigned(to, process->pid);
	out_string(to, "]/");
}

static void thread(struct out *to, const struct ring *ring)
{
	if (ring->name.bytes != 0)
		characters_escape(to, ring->name, CHARACTERS_TEXT);
	else
		out_unsigned(to, ring->tid);
	if (ring->is_nested)
		out_string(to, "/nested");
}

static void make_label(struct out *to, const struct ring *ring, const void *context)
{
	const struct text_style *style = context;

	if (style->several_files)
		process(to, ring->process);
	thread(to, ring);
}

static void make_head(struct out *to, const struct site *site)
{
	out_byte(to, ' ');
	characters_escape(to, site->target, CHARACTERS_TEXT);
	out_string(to, ": ");
}

static void make_tail(struct out *to, const struct site *site)
{
	out_string(to, " (");
	characters_escape(to, site->file, CHARACTERS_TEXT);
	out_byte(to, ':');
	out_unsigned(to, site->line);
	out_string(to, ")\n");
}

void text_event(struct out *to, struct event *event, struct text_style *style)
{
	if (style->color)
		colored_time_and_level(to, event);
	else
		time_and_level(to, event);
	label_append(to, &style->labels, event->ring, make_label, style);
	program_fragment(to, event->site, FRAGMENT_TEXT_HEAD, make_head);
	message_escape(to, event, CHARACTERS_TEXT);
	if (event->is_truncated)
		out_string(to, " [truncated]");
	program_fragment(to, event->site, FRAGMENT_TEXT_TAIL, make_tail);
}

void text_keep(struct out *to, struct site *site)
{
	program_fragment(to, site, FRAGMENT_TEXT_HEAD, make_head);
	program_fragment(to, site, FRAGMENT_TEXT_TAIL, make_tail);
}
