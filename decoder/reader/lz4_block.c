#include "lz4_block.h"

#include "view.h"

#define LAST_LITERALS 5u
#define LAST_MATCH_DISTANCE 12u
#define MATCH_MIN 4u

/* A length that begins in a nibble and goes on in bytes as long as they are 255. It cannot overflow: `left` bounds it. */
static size_t take_length(struct view *block, size_t nibble)
{
	size_t length = nibble;
	uint8_t byte = 255;

	while (nibble == 15 && byte == 255 && !block->failed) {
		byte = view_u8(block);
		length += byte;
	}
	return length;
}

/* The match after `done` decoded bytes. Returns its length, 0 if it breaks a rule. */
static size_t take_match(struct view *block, size_t nibble, size_t done, size_t size)
{
	size_t distance = view_u16(block);
	size_t length = take_length(block, nibble) + MATCH_MIN;

	if (size < LAST_MATCH_DISTANCE || done > size - LAST_MATCH_DISTANCE ||
	    length > size - LAST_LITERALS - done)
		return 0;
	/* Literals must follow. */
	return distance == 0 || distance > done || block->left == 0 ? 0 : length;
}

bool lz4_block_is_sound(const uint8_t *block, size_t bytes, size_t size)
{
	struct view view = view_of(block, bytes);
	size_t done = 0;

	while (view.left > 0) {
		uint8_t token = view_u8(&view);
		size_t literals = take_length(&view, token >> 4);
		size_t match;

		/* Too many of them show at the end, or before: in the view that failed, or in what was done. */
		view_take(&view, literals);
		done += literals;
		if (view.left == 0)
			break;
		match = take_match(&view, token & 15, done, size);
		if (match == 0 || view.failed)
			return false;
		done += match;
	}
	return done == size && !view.failed;
}
