#include "batches.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(TTF_RECORD_WORDS_MAX * 8u <= BATCH_BODIES, "an empty batch has room for every record");

/* An event is written by one processor and read by another: it should not be in two lines of their caches. */
#define CACHE_LINE 64u

_Static_assert(sizeof(struct event) <= CACHE_LINE, "an event is one line of a cache");

struct batch {
	struct task task;
	struct line line; /* whoever does the task is the only one who uses it */
	struct out text;
	struct event *place;			    /* behind its events */
	uint8_t *body;				    /* behind their bodies */
	struct argument arguments[EVENT_ARGUMENTS]; /* of the event that is made a line */
	_Alignas(CACHE_LINE) struct event events[BATCH_EVENTS];
	uint8_t bodies[BATCH_BODIES + BODY_SLACK];
};

struct batches {
	struct crew *crew;
	struct out *out;
	struct line line; /* the owner's */
	unsigned count;
	struct batch *filled; /* behind it, in turn, comes the oldest */
	struct batch batch[];
};

static void make_lines(struct batch *batch, struct out *to, struct line *line)
{
	for (struct event *event = batch->events; event < batch->place && to->error == 0; event++) {
		/* What a filter decoded points to where the body was; and a batch may be made twice. */
		event->is_decoded = event->is_truncated = false;
		line_event(to, event, line);
	}
}

static void run(struct task *task, unsigned member)
{
	struct batch *batch = (struct batch *)task;

	(void)member;
	make_lines(batch, &batch->text, &batch->line);
}

static void open_text(struct out *text)
{
	out_open(text, -1); /* without memory it has failed, and the owner makes the lines */
	text->most = BATCH_TEXT_MAX;
}

static void empty(struct batch *batch)
{
	batch->place = batch->events;
	batch->body = batch->bodies;
}

static void open_batch(struct batch *batch, const struct line *line)
{
	empty(batch);
	batch->task = (struct task){ .run = run };
	batch->line = *line;
	open_text(&batch->text);
	for (unsigned i = 0; i < BATCH_EVENTS; i++)
		batch->events[i].arguments = batch->arguments;
}

struct batches *batches_open(struct crew *crew, struct out *out, const struct line *line)
{
	unsigned count = crew_members(crew) * BATCHES_A_MEMBER;
	struct batches *batches =
		aligned_alloc(CACHE_LINE, sizeof(*batches) + count * sizeof(batches->batch[0]));

	if (batches == NULL)
		return NULL;
	batches->crew = crew;
	batches->out = out;
	batches->line = *line;
	batches->count = count;
	batches->filled = batches->batch;
	for (unsigned i = 0; i < count; i++)
		open_batch(&batches->batch[i], line);
	return batches;
}

/* Writes a batch's lines, if it has any, and empties it. */
static void collect(struct batches *batches, struct batch *batch)
{
	crew_finish(batches->crew, &batch->task);
	if (batch->text.error == 0) {
		out_large(batches->out, batch->text.start, out_used(&batch->text));
		out_clear(&batch->text);
	} else {
		out_close(&batch->text);
		make_lines(batch, batches->out, &batches->line);
		open_text(&batch->text);
	}
	empty(batch);
}

/* The one whose turn it is after another. */
static struct batch *after(struct batches *batches, struct batch *batch)
{
	return batch + 1 < batches->batch + batches->count ? batch + 1 : batches->batch;
}

/* Gives away the batch that is filled, and goes to the next one, which is empty then. */
static void give(struct batches *batches)
{
	crew_give(batches->crew, &batches->filled->task, false);
	batches->filled = after(batches, batches->filled);
	collect(batches, batches->filled);
}

void batches_finish(struct batches *batches)
{
	crew_give(batches->crew, &batches->filled->task, false);
	for (unsigned i = 0; i < batches->count; i++) {
		batches->filled = after(batches, batches->filled);
		collect(batches, batches->filled);
	}
}

struct event *batches_place(struct batches *batches)
{
	return batches->filled->place;
}

/* Takes the event to the next batch, and gives away this one. */
static void move(struct batches *batches)
{
	struct event event = *batches->filled->place;

	give(batches);
	event.arguments = batches->filled->arguments;
	*batches->filled->place = event;
}

/* The body goes in blocks: 8 bytes of its slack are read too, and written where the next one goes. */
static void keep(struct batch *batch)
{
	const uint8_t *from = batch->place->body;
	uint8_t *to = batch->body;
	uint8_t *end = to + batch->place->body_bytes;

	batch->place->body = to;
	batch->place++;
	batch->body = end;
	for (; to < end; to += 2 * BODY_SLACK, from += 2 * BODY_SLACK)
		memcpy(to, from, 2 * (size_t)BODY_SLACK);
}

static bool has_room(const struct batch *batch)
{
	return batch->place->body_bytes <= (size_t)(batch->bodies + BATCH_BODIES - batch->body);
}

/* Both apart, so that batches_keep has little to save. */
__attribute__((noinline)) static struct event *keep_elsewhere(struct batches *batches)
{
	move(batches);
	keep(batches->filled);
	return batches->filled->place;
}

__attribute__((noinline)) static struct event *give_full(struct batches *batches)
{
	give(batches);
	return batches->filled->place;
}

struct event *batches_keep(struct batches *batches)
{
	struct batch *batch = batches->filled;

	if (!has_room(batch))
		return keep_elsewhere(batches);
	keep(batch);
	return batch->place < batch->events + BATCH_EVENTS ? batch->place : give_full(batches);
}

void batches_close(struct batches *batches)
{
	if (batches == NULL)
		return;
	for (unsigned i = 0; i < batches->count; i++) {
		crew_cancel(batches->crew, &batches->batch[i].task);
		out_close(&batches->batch[i].text);
	}
	free(batches);
}
