/*
 * sites.h - the call sites that are measured: four workloads, and one that is off.
 *
 *	W0  "heartbeat"						no argument
 *	W2  "conn %d state %d"					two ints
 *	W4  "req %u took %f us from %d flags 0x%llx"		32 bits, double, int, 64 bits
 *	WS  "user %s id %d"					a string of 16 bytes, and an int
 */
#ifndef BENCH_SITES_H
#define BENCH_SITES_H

#include <stdint.h>

#define SITES_STRING "abcdefghijklmnop"	 /* 16 bytes */
#define SITES_OFF_FILTER "bench.off=off" /* what makes sites_off be off */

void sites_w0(uint32_t calls);
void sites_w2(uint32_t calls);
void sites_w4(uint32_t calls);
void sites_ws(uint32_t calls);
void sites_off(uint32_t calls);

#endif
