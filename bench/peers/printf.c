/* printf.c - the C library's formatting: into a buffer, and to a file that keeps nothing. */
#include <stdio.h>

#include "../loop.h"
#include "peer.h"

static char line[256];
static FILE *file;

LOOP_BURST buffer_w2(uint32_t calls)
{
	for (uint32_t i = 0; i < calls; i++) {
		int state = 3;

		LOOP_OPAQUE(i);
		LOOP_OPAQUE(state);
		snprintf(line, sizeof(line), "conn %d state %d", (int)i, state);
	}
}

LOOP_BURST buffer_w4(uint32_t calls)
{
	for (uint32_t i = 0; i < calls; i++) {
		unsigned long long flags = 0x1003;
		double us = 12.5;
		int from = 7;

		LOOP_OPAQUE(i);
		LOOP_OPAQUE(from);
		LOOP_OPAQUE(flags);
		LOOP_OPAQUE_MEMORY(us);
		snprintf(line, sizeof(line), "req %u took %f us from %d flags 0x%llx", i, us, from, flags);
	}
}

LOOP_BURST file_w2(uint32_t calls)
{
	for (uint32_t i = 0; i < calls; i++) {
		int state = 3;

		LOOP_OPAQUE(i);
		LOOP_OPAQUE(state);
		fprintf(file, "conn %d state %d\n", (int)i, state);
	}
}

LOOP_BURST file_w4(uint32_t calls)
{
	for (uint32_t i = 0; i < calls; i++) {
		unsigned long long flags = 0x1003;
		double us = 12.5;
		int from = 7;

		LOOP_OPAQUE(i);
		LOOP_OPAQUE(from);
		LOOP_OPAQUE(flags);
		LOOP_OPAQUE_MEMORY(us);
		fprintf(file, "req %u took %f us from %d flags 0x%llx\n", i, us, from, flags);
	}
}

const struct peer peers[] = {
	{ "snprintf to a buffer, no time", "W2", buffer_w2 },
	{ "snprintf to a buffer, no time", "W4", buffer_w4 },
	{ "fprintf to /dev/null, no time", "W2", file_w2 },
	{ "fprintf to /dev/null, no time", "W4", file_w4 },
};
const size_t peer_count = sizeof(peers) / sizeof(peers[0]);
void (*const peer_record)(uint32_t i, uint64_t random) = NULL;

const char *peer_begin(void)
{
	file = fopen("/dev/null", "w");
	return file != NULL ? NULL : "/dev/null cannot be opened";
}
