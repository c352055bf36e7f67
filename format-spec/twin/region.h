/*
 * region.h - the region in numbers: the C twin of region.md.
 */
#ifndef TTF_REGION_H
#define TTF_REGION_H

#include <stdint.h>

#include "crc32.h"

#define TTF_REGION_ABI 1u
#define TTF_PAGE 4096u /* header size and block alignment, whatever the machine's page is */
#define TTF_REGION_BYTES_MAX ((uint64_t)1 << 40)

/* Magics are held XORed with this, so that a scan of a program's memory has no false hit. */
#define TTF_MAGIC_MASK 0xa55aa55aa55aa55aull
#define TTF_REGION_MAGIC_MASKED (0x4e4f494745525454ull ^ TTF_MAGIC_MASK) /* "TTREGION" */
#define TTF_BLOCK_MAGIC_MASKED (0x1a4b434f4c425454ull ^ TTF_MAGIC_MASK)	 /* "TTBLOCK\x1a" */
#define TTF_CHUNK_MAGIC_MASKED (0x1a4b4e5548435454ull ^ TTF_MAGIC_MASK)	 /* "TTCHUNK\x1a" */

/* The plain value of a masked magic, computed at run time: the compiler must not fold it into a constant. */
static inline uint64_t ttf_magic(uint64_t masked)
{
	__asm__("" : "+r"(masked));
	return masked ^ TTF_MAGIC_MASK;
}

/* Header. */
#define TTF_REGION_MAGIC 0
#define TTF_REGION_ABI_NUMBER 8
#define TTF_REGION_HEADER_BYTES 12
#define TTF_REGION_BYTES 16
#define TTF_REGION_USED_BYTES 24
#define TTF_REGION_CHUNK_BYTES 32
#define TTF_REGION_CLOCK 36
#define TTF_REGION_INCOMPATIBLE 40
#define TTF_REGION_COMPATIBLE 44
#define TTF_REGION_PID 48
#define TTF_REGION_STATE 52
#define TTF_REGION_START_TIME 56
#define TTF_REGION_LOAD 64
#define TTF_REGION_CREATION 88
#define TTF_REGION_LATEST_VERSION 112
#define TTF_REGION_LATEST 120
#define TTF_REGION_DROPPED 144
#define TTF_REGION_RETIRED_THREADS 208
#define TTF_REGION_RETIRED_RECORDED 216
#define TTF_REGION_RETIRED_DROPPED 224
#define TTF_REGION_LATEST_CRC 288
#define TTF_REGION_HEADER_CRC 508
#define TTF_REGION_IDENTITY_CRC 512
#define TTF_REGION_IDENTITY 516
#define TTF_REGION_IDENTITY_END 2048
#define TTF_REGION_SERVICE 520
#define TTF_REGION_SERVICE_BYTES 64
#define TTF_REGION_HOST 584
#define TTF_REGION_HOST_BYTES 64
#define TTF_REGION_BOOT_ID 648
#define TTF_REGION_BOOT_ID_BYTES 40
#define TTF_REGION_VERSION 688
#define TTF_REGION_VERSION_BYTES 32
#define TTF_REGION_EXE 720
#define TTF_REGION_EXE_BYTES 512

#define TTF_STATE_RUNNING 1u
#define TTF_STATE_SHUT_DOWN 2u

#define TTF_CLOCK_TSC 1u
#define TTF_CLOCK_CNTVCT 2u
#define TTF_CLOCK_MONOTONIC 3u
#define TTF_CLOCK_COUNTER 0xffu /* mask: which of these */
#define TTF_CLOCK_HELD 0x100u	/* flag: events may have the ticks of the one before them */

/* A triple: the three clocks read together. */
#define TTF_TRIPLE_TICKS 0
#define TTF_TRIPLE_MONO 8
#define TTF_TRIPLE_REAL 16
#define TTF_TRIPLE_BYTES 24

/* Causes of a drop: index into every table of eight counters. */
enum ttf_drop {
	TTF_DROP_NESTED,
	TTF_DROP_NO_RING,
	TTF_DROP_SHUTDOWN,
	TTF_DROP_FROZEN,
	TTF_DROP_STARTING,
	TTF_DROP_EXITING,
	TTF_DROP_CAUSES = 8
};

/* Every block. */
#define TTF_BLOCK_MAGIC 0
#define TTF_BLOCK_TYPE 8
#define TTF_BLOCK_CRC 12
#define TTF_BLOCK_BYTES 16
#define TTF_BLOCK_OFFSET 24
#define TTF_BLOCK_HEADER 32

#define TTF_BLOCK_RING 1u
#define TTF_BLOCK_SITES 2u

/* Sites block. */
#define TTF_SITES_COMMITTED 32
#define TTF_SITES_ENTRIES 64

/* Ring block. */
#define TTF_RING_VERSION 32
#define TTF_RING_USE 36
#define TTF_RING_KIND 40
#define TTF_RING_TID 44
#define TTF_RING_FIRST_NUMBER 48
#define TTF_RING_SERIAL 56
#define TTF_RING_START 64
#define TTF_RING_END 72
#define TTF_RING_CHUNK_COUNT 80
#define TTF_RING_CHUNK_BYTES 84
#define TTF_RING_IDENTITY_CRC 88
#define TTF_RING_DROPPED 96
#define TTF_RING_NAME 160
#define TTF_RING_NAME_BYTES 32
#define TTF_RING_IDENTITY_END 192
#define TTF_RING_HELD 192
#define TTF_RING_UNTIL 200
#define TTF_RING_COPY 2048 /* of the region header's first 2048 bytes: what its CRCs cover */
#define TTF_RING_CHUNKS 4096

#define TTF_RING_USE_NONE 0u
#define TTF_RING_USE_LIVE 1u
#define TTF_RING_USE_EXITED 2u

#define TTF_RING_MAIN 0u
#define TTF_RING_NESTED 1u

#define TTF_RING_CHUNKS_MIN 2u
#define TTF_RING_CHUNKS_MAX 65536u
#define TTF_RINGS_MAX 65536u

/* Chunk. */
#define TTF_CHUNK_STATE 0
#define TTF_CHUNK_MAGIC 8
#define TTF_CHUNK_NUMBER 16
#define TTF_CHUNK_BASE_TICKS 24
#define TTF_CHUNK_BASE_NS 32
#define TTF_CHUNK_FIRST_SEQ 40
#define TTF_CHUNK_BLOCK 48
#define TTF_CHUNK_CRC 56
#define TTF_CHUNK_RECORDS 64

#define TTF_CHUNK_BYTES_MIN 4096u
#define TTF_CHUNK_BYTES_MAX 262144u

/*
 * The CRCs of the parts that never change, or only under a version. Each field that a CRC covers decides how other bytes are read.
 */
static inline uint32_t ttf_region_crc(const void *header)
{
	const uint8_t *at = (const uint8_t *)header;
	uint32_t crc =
		ttf_crc32(0, at + TTF_REGION_ABI_NUMBER, TTF_REGION_USED_BYTES - TTF_REGION_ABI_NUMBER);

	crc = ttf_crc32(crc, at + TTF_REGION_CHUNK_BYTES, TTF_REGION_STATE - TTF_REGION_CHUNK_BYTES);
	return ttf_crc32(crc, at + TTF_REGION_START_TIME, TTF_REGION_LATEST_VERSION - TTF_REGION_START_TIME);
}

static inline uint32_t ttf_block_crc(const void *block)
{
	const uint8_t *at = (const uint8_t *)block;
	uint32_t crc = ttf_crc32(0, at + TTF_BLOCK_TYPE, TTF_BLOCK_CRC - TTF_BLOCK_TYPE);

	return ttf_crc32(crc, at + TTF_BLOCK_BYTES, TTF_BLOCK_HEADER - TTF_BLOCK_BYTES);
}

static inline uint32_t ttf_ring_crc(const void *ring)
{
	const uint8_t *at = (const uint8_t *)ring;
	uint32_t crc = ttf_crc32(0, at + TTF_RING_KIND, TTF_RING_END - TTF_RING_KIND);

	crc = ttf_crc32(crc, at + TTF_RING_CHUNK_COUNT, TTF_RING_IDENTITY_CRC - TTF_RING_CHUNK_COUNT);
	return ttf_crc32(crc, at + TTF_RING_NAME, TTF_RING_NAME_BYTES);
}

static inline uint32_t ttf_chunk_crc(const void *chunk)
{
	return ttf_crc32(0, (const uint8_t *)chunk + TTF_CHUNK_MAGIC, TTF_CHUNK_CRC - TTF_CHUNK_MAGIC);
}

static inline uint32_t ttf_state_words(uint64_t state)
{
	return (uint32_t)state & 0xffff;
}

static inline uint32_t ttf_state_events(uint64_t state)
{
	return (uint32_t)state >> 16;
}

static inline uint32_t ttf_state_generation(uint64_t state)
{
	return (uint32_t)(state >> 32);
}

#endif
