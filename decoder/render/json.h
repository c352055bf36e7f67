/*
 * json.h - an event as one JSON object on a line: rendering.md, "The JSON line".
 */
#ifndef TTDECODE_JSON_H
#define TTDECODE_JSON_H

#include "../reader/event.h"
#include "label.h"
#include "out.h"

/* Appends the event's object and a line feed. Keeps parts in site->program: see message_forget. */
void json_event(struct out *to, struct event *event, struct labels *labels);

/* Makes what json_event keeps of a site, with an output in memory to work in. Want of memory shows in to->error. */
void json_keep(struct out *to, struct site *site);

#endif
