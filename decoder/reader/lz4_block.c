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

/* A sequence whose lengths stand in its token has at most so many bytes, and decodes to so many. */
#define SHORT_BYTES (1u + 14u + 2u)
#define SHORT_DONE (14u + 14u + MATCH_MIN)

/*
 * Takes the sequences whose lengths stand in their tokens, as most do, up to the first other one, or until one of the two ends is so near that
 * its rules matter. False: one of them breaks a rule.
 */
static bool take_short_ones(struct view *block, size_t *done, size_t size)
{
	while (block->left > SHORT_BYTES && size - *done >= SHORT_DONE + LAST_MATCH_DISTANCE) {
		size_t literals = block->at[0] >> 4, match = block->at[0] & 15, distance;

		if (literals == 15 || match == 15)
			break;
		distance = ttf_load16(block->at + 1 + literals);
		*done += literals;
		if (distance == 0 || distance > *done)
			return false;
		*done += match + MATCH_MIN;
		block->at += 1 + literals + 2;
		block->left -= 1 + literals + 2;
	}
	return true;
}

/* Takes the next sequence; of the last one only its literals. False: it breaks a rule. */
static bool take_sequence(struct view *block, size_t *done, size_t size)
{
	uint8_t token = view_u8(block);
	size_t literals = take_length(block, token >> 4);
	size_t match;

	view_take(block, literals);
	if (block->failed || literals > size - *done)
		return false;
	*done += literals;
	if (block->left == 0)
		return true;
	match = take_match(block, token & 15, *done, size);
	*done += match;
	return match != 0 && !block->failed;
}

bool lz4_block_is_sound(const uint8_t *block, size_t bytes, size_t size)
{
	struct view view = view_of(block, bytes);
	size_t done = 0;

	while (view.left > 0)
		if (!take_short_ones(&view, &done, size) || !take_sequence(&view, &done, size))
			return false;
	return done == size;
}
