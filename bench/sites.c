#include "sites.h"

#define TT_TARGET "bench"
#include <ttlog.h>

#include "loop.h"

LOOP_BURST sites_w0(uint32_t calls)
{
	for (uint32_t i = 0; i < calls; i++) {
		LOOP_OPAQUE(i);
		TT_INFO("heartbeat");
	}
}

LOOP_BURST sites_w2(uint32_t calls)
{
	for (uint32_t i = 0; i < calls; i++) {
		int state;

		LOOP_OPAQUE(i);
		LOOP_ANY(state);
		TT_INFO("conn %d state %d", (int)i, state);
	}
}

LOOP_BURST sites_w4(uint32_t calls)
{
	double us = 12.5;

	for (uint32_t i = 0; i < calls; i++) {
		unsigned long long flags;
		int from;

		LOOP_OPAQUE(i);
		LOOP_ANY(from);
		LOOP_ANY(flags);
		LOOP_OPAQUE_MEMORY(us);
		TT_INFO("req %u took %f us from %d flags 0x%llx", i, us, from, flags);
	}
}

LOOP_BURST sites_ws(uint32_t calls)
{
	const char *user = SITES_STRING;

	LOOP_OPAQUE(user);
	for (uint32_t i = 0; i < calls; i++) {
		LOOP_OPAQUE(i);
		TT_INFO("user %s id %d", user, (int)i);
	}
}

LOOP_BURST sites_off(uint32_t calls)
{
	for (uint32_t i = 0; i < calls; i++) {
		int state;

		LOOP_OPAQUE(i);
		LOOP_ANY(state);
		TT_LOG(TT_LEVEL_INFO, "bench.off", "conn %d state %d", (int)i, state);
	}
}
