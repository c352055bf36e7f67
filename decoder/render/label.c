#include "label.h"

#include <string.h>

void label_append_new(struct out *to, struct label *label, const struct ring *ring, label_make *make,
		      const void *style)
{
	size_t from = out_hold(to);

	make(to, ring, style);
	out_release(to);
	label->bytes = out_used(to) - from;
	label->ring = to->error == 0 && label->bytes <= LABEL_MAX ? ring : NULL;
	if (label->ring != NULL)
		memcpy(label->at, to->start + from, label->bytes);
}
