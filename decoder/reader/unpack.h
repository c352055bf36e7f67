/*
 * unpack.h - the packed form of a chunk's records, made records again (format-spec/packing.md).
 */
#ifndef TTDECODE_UNPACK_H
#define TTDECODE_UNPACK_H

#include <stddef.h>
#include <stdint.h>

/* Memory for it, kept from one to the next. Begin with zeros. */
struct unpack_room {
	uint32_t *values;
	size_t count;
};

void unpack_room_free(struct unpack_room *room);

/*
 * Unpacks `bytes` bytes to exactly `words` x 8 bytes at `to`. Whatever the bytes are, nothing else is written, and it takes time
 * in proportion to `bytes` and `words`. 0; -EBADMSG: they break a rule, and `to` holds anything; -ENOMEM.
 */
int unpack(const uint8_t *packed, size_t bytes, struct unpack_room *room, uint8_t *to, uint32_t words);

#endif
