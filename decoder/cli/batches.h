/*
 * batches.h - lines that a crew makes of events, written in the order in which the events were added.
 *
 * Events are kept together, some hundreds of them, and given to the crew; the owner writes each batch's lines when it needs its place. Where a batch cannot be made
 * (memory, lines that are longer than BATCH_TEXT_MAX) the owner makes it itself, straight to the output. So what is written is the same as without a crew.
 */
#ifndef TTDECODE_BATCHES_H
#define TTDECODE_BATCHES_H

#include "../crew/crew.h"
#include "../reader/event.h"
#include "../render/line.h"
#include "../render/out.h"

#define BATCH_EVENTS 1024u
#define BATCH_BODIES (64u * 1024) /* bytes */
#define BATCH_TEXT_MAX (1024u * 1024)
#define BATCHES_A_MEMBER 4u

struct batches;

/* For lines of this kind to `out`. Crew and output must outlive it. NULL: no memory. */
struct batches *batches_open(struct crew *crew, struct out *out, const struct line *line);

/* Where the next event goes. */
struct event *batches_place(struct batches *batches);

/*
 * Keeps the event that was put there, with its body; line_keep has made everything of its site. What does not work shows in out->error. Returns the
 * place of the next one.
 */
struct event *batches_keep(struct batches *batches);

/* All lines are in the output, or it has failed; nothing of the sites is used any more. */
void batches_finish(struct batches *batches);

/* Gives up what is not written yet. NULL is fine. */
void batches_close(struct batches *batches);

#endif
