/* lttng.c - LTTng-UST: a session that somebody has made records what is said here. */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "lttng_points.h"

#include "../arguments.h"
#include "peer.h"

PEER_W2(lttng_w2, lttng_ust_tracepoint(bench, w2, (int)i, state))
PEER_W4(lttng_w4, lttng_ust_tracepoint(bench, w4, i, us, from, flags))

const struct peer peers[] = {
	{ "LTTng-UST, snapshot session", "W2", lttng_w2 },
	{ "LTTng-UST, snapshot session", "W4", lttng_w4 },
};
const size_t peer_count = sizeof(peers) / sizeof(peers[0]);

static void record(uint32_t i, uint64_t random)
{
	lttng_ust_tracepoint(bench, w4, i, arguments_us(random), arguments_from(random),
			     arguments_flags(random));
}

void (*const peer_record)(uint32_t i, uint64_t random) = record;

const char *peer_begin(void)
{
	if (!lttng_ust_tracepoint_enabled(bench, w2) || !lttng_ust_tracepoint_enabled(bench, w4))
		return "no session has the tracepoints on";
	return NULL;
}
