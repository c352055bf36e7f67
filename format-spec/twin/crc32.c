#include "crc32.h"

#include "bytes.h"
#include "crc32_tables.h"

uint32_t ttf_crc32(uint32_t crc, const void *data, size_t bytes)
{
	const uint8_t *at = data;

	crc = ~crc;
	for (; bytes >= 8; bytes -= 8, at += 8) {
		uint32_t low = ttf_load32(at) ^ crc;
		uint32_t high = ttf_load32(at + 4);

		crc = tables[7][low & 255] ^ tables[6][low >> 8 & 255] ^ tables[5][low >> 16 & 255] ^
		      tables[4][low >> 24] ^ tables[3][high & 255] ^ tables[2][high >> 8 & 255] ^
		      tables[1][high >> 16 & 255] ^ tables[0][high >> 24];
	}
	for (; bytes > 0; bytes--, at++)
		crc = tables[0][(crc ^ *at) & 255] ^ crc >> 8;
	return ~crc;
}
