/*
 * chunkdata.h - a chunk's encoded data: read, checked and decoded.
 */
#ifndef TTDECODE_CHUNKDATA_H
#define TTDECODE_CHUNKDATA_H

#include <stddef.h>
#include <stdint.h>

#include "trace.h"
#include "unpack.h"

/* Buffers that are kept from one chunk to the next. One thread's. Begin with zeros. */
struct chunk_room {
	uint8_t *stored; /* a chunk as it is encoded */
	size_t stored_room;
	uint8_t *packed; /* ... in its packed form */
	size_t packed_room;
	struct unpack_room unpack;
};

/*
 * Reads a chunk's data where the index says that they are, and decodes them to its words x 8 bytes at `to`. Reports nothing. 0; -EBADMSG: the data are
 * damaged; -EILSEQ: the section is not what the INDEX section says; -ENOMEM; or another -errno of the read. Then `to` holds anything.
 */
int chunkdata_decode(const struct source *store, const struct chunk *chunk, struct chunk_room *room,
		     uint8_t *to);

void chunk_room_free(struct chunk_room *room);

#endif
