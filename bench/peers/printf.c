/* printf.c - the C library's formatting: into a buffer, and to a file that keeps nothing. */
#include <stdio.h>

#include "peer.h"

static char line[256];
static FILE *file;

PEER_W2(buffer_w2, snprintf(line, sizeof(line), "conn %d state %d", (int)i, state))
PEER_W4(buffer_w4, snprintf(line, sizeof(line), "req %u took %f us from %d flags 0x%llx", i, us, from, flags))
PEER_W2(file_w2, fprintf(file, "conn %d state %d\n", (int)i, state))
PEER_W4(file_w4, fprintf(file, "req %u took %f us from %d flags 0x%llx\n", i, us, from, flags))

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
