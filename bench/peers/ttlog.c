/* ttlog.c - this recorder, as latency.c measures it too. */
#include <stdlib.h>

#include "../sites.h"
#include "peer.h"

const struct peer peers[] = {
	{ "ttlog", "W2", sites_w2 },
	{ "ttlog", "W4", sites_w4 },
};
const size_t peer_count = sizeof(peers) / sizeof(peers[0]);
void (*const peer_record)(uint32_t i, uint64_t random) = NULL;

const char *peer_begin(void)
{
	return NULL;
}
