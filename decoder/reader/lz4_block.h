/*
 * lz4_block.h - whether bytes are one LZ4 block by the letter of the format, end of block conditions included.
 *
 * liblz4 never writes past its bounds, but some versions let a match of distance 0 pass (it then copies whatever the
 * output held before) or a match too near the end. What is shown of a file must not depend on that.
 *
 * Source: the LZ4 block format description, github.com/lz4/lz4, doc/lz4_Block_format.md.
 */
#ifndef TTDECODE_LZ4_BLOCK_H
#define TTDECODE_LZ4_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether a block of `bytes` bytes decodes to exactly `size` > 0. Decodes nothing: one step for each match. Pure. */
bool lz4_block_is_sound(const uint8_t *block, size_t bytes, size_t size);

#endif
