/*
 * message.h - the message of an event, as glibc's printf would have printed it in C.UTF-8.
 *
 * See rendering.md, "The message". The site's format is parsed once; the result stays in site->program
 * until message_forget. Nothing is escaped here: the bytes are the program's own.
 */
#ifndef TTDECODE_MESSAGE_H
#define TTDECODE_MESSAGE_H

#include "../reader/event.h"
#include "characters.h"
#include "out.h"

/* Appends the event's message. Want of memory shows in to->error. */
void message_render(struct out *to, struct event *event);

/* The same, escaped for text or JSON. */
void message_escape(struct out *to, struct event *event, enum characters_form form);

/* Frees what the renderers keep of a site; they make it anew when needed. */
void message_forget(struct site *site);

/* About how much memory what is kept of the site takes. */
size_t message_kept_bytes(const struct site *site);

#endif
