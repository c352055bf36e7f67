/*
 * stamp.h - the adaptive clock: where events come fast, a writer reads the counter once and holds that stamp for the next ones.
 *
 * To read the counter is nearly all that an event costs. So a writer is asked now and then how fast its records come, and may be granted a
 * stamp to hold for as many words as take some 20 us at that pace; then it is asked again. What bounds the time of those events is the next
 * stamp. So that it is never far, the ticker sweeps all writers once a millisecond: it clears the `end` of those that hold a stamp, so that their
 * next event asks, and notes when that was. The reader's side is format-spec/rendering.md, "Held times".
 *
 * K1 to K4 is how writer and sweep agree; tests/model/stamp.pml is the proof. A grant clears `end`, says its stamp, and only then sets `end` anew. The sweep reads the
 * stamp, then an `end` that is not 0: so that is of this grant or a later one. It clears it, and reads the counter: no event that repeats the stamp
 * begins after that, and the sweep may say so. A stamp is never granted twice, nor after a later one: it says which grant it is.
 * Context: HOT, but for the sweep, which is the ticker's.
 */
#ifndef TTLOG_STAMP_H
#define TTLOG_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "include/ttlog/impl.h"

/* A writer of the adaptive clock that holds no stamp is asked again after so many words of records. */
#define STAMP_ASK_WORDS 32u

/* What a writer keeps for it. */
struct stamps {
	uint64_t granted; /* the last stamp, whosesoever the writer is: it only grows */
	uint64_t noted;	  /* by the sweep: a stamp ... */
	uint64_t until;	  /* ... and ticks by which all events that repeat it had begun */
	uint64_t asked_ticks;
	uint64_t asked_words;
};

bool stamp_is_held(const struct tt_impl_writer *hot);

/* Each event reads the counter from now on. True: a stamp was held until then, and all its events had begun by *until. */
bool stamp_release(struct tt_impl_writer *hot, const struct stamps *stamps, uint64_t *until);

/* For how many words should a writer hold a stamp that now, at `ticks`, has written `words` in all? 0: none, they come too slowly. */
uint64_t stamp_words(struct stamps *stamps, uint64_t ticks, uint64_t words);

/* Grants the stamp `ticks`. The caller then sets `end`, and behind a full fence looks whether a ticker runs. */
void stamp_grant(struct tt_impl_writer *hot, struct stamps *stamps, uint64_t ticks);

/* Of the stamp just granted no use was made, and none will. */
void stamp_take_back(struct tt_impl_writer *hot);

/* Ends the writer's grant, if it has one. True: it had. `ring` is the writer's, or one that it had; or NULL. */
bool stamp_sweep(struct tt_impl_writer *hot, struct stamps *stamps, char *ring);

#endif
