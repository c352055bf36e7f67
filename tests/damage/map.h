/*
 * map.h - which part of a good file a byte belongs to: so much may be lost when it is damaged.
 */
#ifndef MAP_H
#define MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAP_PARTS_MAX 1024

enum part_kind {
	PART_NOTHING,
	PART_CHUNK,
	PART_RECORDS,
	PART_SITE,
	PART_THREAD,
	PART_PROCESS,
	PART_CLOCK,
};

/* Bytes `from` to `to` of the file. Of a chunk `id` is ring * 100 + number, of a site the site's. */
struct part {
	size_t from;
	size_t to;
	enum part_kind kind;
	uint32_t id;
};

struct map {
	struct part parts[MAP_PARTS_MAX];
	size_t count;
};

/* Maps a snapshot or region. False: it is none, or has too many parts. */
bool map_make(struct map *map, const uint8_t *bytes, size_t count);

/* The part that the byte at `at` belongs to; one of the kind PART_NOTHING, if to none. */
const struct part *map_part(const struct map *map, size_t at);

#endif
