/*
 * ahead.h - chunks that a crew decodes before they are due.
 *
 * What is done ahead is never the last word: where it does not succeed, whoever needs the chunk decodes it again, and says what is wrong. So
 * a crew changes nothing of what is read, in which order, and what is reported.
 */
#ifndef TTDECODE_AHEAD_H
#define TTDECODE_AHEAD_H

#include "../crew/crew.h"
#include "chunkdata.h"
#include "trace.h"

/* So many chunks at once, of all rings. */
#define AHEAD_CHUNKS 256u

struct ahead;

/* For a crew that outlives it. NULL: no memory. */
struct ahead *ahead_open(struct crew *crew);

/* Begins with a chunk of the index, whose words x 8 bytes and BODY_SLACK more are counted in *held_bytes from then on. False: nobody is free for it, or no memory. */
bool ahead_begin(struct ahead *ahead, struct trace *trace, const struct chunk *chunk, size_t *held_bytes);

/* The chunk's words, if it was decoded ahead and is sound, from malloc; then they are the caller's, and still counted. NULL otherwise. */
uint8_t *ahead_take(struct ahead *ahead, const struct chunk *chunk, size_t *held_bytes);

/* Gives up what was begun and not taken. NULL is fine. */
void ahead_close(struct ahead *ahead);

#endif
