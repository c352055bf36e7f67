/*
 * packed_frame.h - bytes as a compressed frame, of lz4's library; and of zstd's where that is installed.
 */
#ifndef PACKED_FRAME_H
#define PACKED_FRAME_H

#include <check.h>
#include <dlfcn.h>
#include <lz4frame.h>
#include <stdlib.h>
#include <string.h>

#include "build_trace.h"

enum packed_frame {
	PACKED_LZ4,
	PACKED_ZSTD,
	PACKED_FRAMES,
};

/* zstd's function, which its header would declare. */
typedef size_t zstd_compress(void *to, size_t room, const void *from, size_t bytes, int level);

/* NULL: it is not there. */
static inline zstd_compress *packed_frame_zstd(void)
{
	void *library = dlopen("libzstd.so.1", RTLD_NOW);
	void *found = library != NULL ? dlsym(library, "ZSTD_compress") : NULL;
	zstd_compress *function;

	memcpy(&function, &found, sizeof(function));
	return function;
}

/* Appends the bytes as one frame. False: there is no library for it. */
static inline bool packed_frame_build(struct build *to, enum packed_frame kind, const void *from,
				      size_t bytes)
{
	size_t room = LZ4F_compressFrameBound(bytes, NULL) + bytes / 8 + 1024;
	char *frame = malloc(room);
	zstd_compress *zstd = kind == PACKED_ZSTD ? packed_frame_zstd() : NULL;
	size_t packed = 0;

	if (kind == PACKED_LZ4)
		packed = LZ4F_compressFrame(frame, room, from, bytes, NULL);
	else if (zstd != NULL)
		packed = zstd(frame, room, from, bytes, 3);
	if (packed > 0)
		build_bytes(to, frame, packed);
	free(frame);
	return packed > 0;
}

#endif
