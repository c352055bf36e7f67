/*
 * label.h - what every line says of the ring that its event is from, escaped once and kept for the rings of late.
 */
#ifndef TTDECODE_LABEL_H
#define TTDECODE_LABEL_H

#include "../reader/event.h"
#include "out.h"

#define LABELS 16u
#define LABEL_MAX 128u /* a longer one is made each time */

struct label {
	const struct ring *ring;
	size_t bytes;
	char at[LABEL_MAX + OUT_SLACK];
};

/* Of one form of line. Begin with zeros. The rings must outlive it. */
struct labels {
	struct label kept[LABELS];
};

/* Writes a label; `style` is the caller's. */
typedef void label_make(struct out *to, const struct ring *ring, const void *style);

/* label_append of one that is not kept yet, or is too long. */
void label_append_new(struct out *to, struct label *label, const struct ring *ring, label_make *make,
		      const void *style);

/* Appends a ring's label. */
static inline void label_append(struct out *to, struct labels *labels, const struct ring *ring,
				label_make *make, const void *style)
{
	struct label *label = &labels->kept[ring->index % LABELS];

	if (label->ring == ring)
		out_blocks(to, label->at, label->bytes);
	else
		label_append_new(to, label, ring, make, style);
}

#endif
