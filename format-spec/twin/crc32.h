/*
 * crc32.h - CRC-32 as in IEEE 802.3, zlib and PNG (reflected 0xEDB88320).
 * Method: slicing by 8 (Kounavis and Berry, "Novel Table Lookup-Based Algorithms for High-Performance CRC
 * Generation", 2008), with constant tables, so that it is pure and safe in a signal handler.
 */
#ifndef TTF_CRC32_H
#define TTF_CRC32_H

#include <stddef.h>
#include <stdint.h>

/*
 * The CRC of `bytes` bytes at `data`, going on from `crc`: 0 at first, or what the call for the bytes before
 * returned. Cost: about 1 ns for each 2 bytes. Any context.
 */
uint32_t ttf_crc32(uint32_t crc, const void *data, size_t bytes);

#endif
