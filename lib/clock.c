#include "clock.h"

#include "../format-spec/twin/region.h"
#include "config.h"
#include "include/ttlog/ticks.h"
#include "platform/machine.h"
#include "platform/os.h"

static uint32_t code = TTF_CLOCK_MONOTONIC;
static bool is_adaptive;

#define PAIR_TRIES 3
#define REAL_APART_NS 5000u /* one try of the wall clock is enough if it took no longer */
static uint64_t closest_apart = UINT64_MAX;

/* At load the clock is not chosen yet: both ways of counting are taken. */
static struct triple load_counter, load_monotonic;

void clock_load(void)
{
	load_counter.ticks = tt_impl_ticks();
	load_counter.mono_ns = os_monotonic_ns();
	load_counter.real_ns = os_realtime_ns();
	load_monotonic = load_counter;
	load_monotonic.ticks = load_counter.mono_ns;
}

void clock_choose(void)
{
	uint32_t counter = machine_counter();

	code = TTF_CLOCK_MONOTONIC;
	if (config.clock == CONFIG_CLOCK_TSC && counter != 0)
		code = counter;
	if (config.clock != CONFIG_CLOCK_MONOTONIC && counter != 0 && machine_counter_is_constant())
		code = counter;
	is_adaptive = config.clock == CONFIG_CLOCK_ADAPTIVE && code == counter;
}

uint32_t clock_code(void)
{
	return is_adaptive ? code | TTF_CLOCK_HELD : code;
}

bool clock_is_adaptive(void)
{
	return is_adaptive;
}

bool clock_is_slow(void)
{
	return code == TTF_CLOCK_MONOTONIC;
}

uint64_t clock_ticks(void)
{
	return clock_is_slow() ? os_monotonic_ns() : tt_impl_ticks();
}

/*
 * Two reads of the counter that are much further apart than the closest ever were interrupted in between. Learned as it goes; racing
 * threads cost at most another try.
 */
static bool is_usual(uint64_t apart)
{
	uint64_t closest = __atomic_load_n(&closest_apart, __ATOMIC_RELAXED);

	if (apart < closest)
		__atomic_store_n(&closest_apart, apart, __ATOMIC_RELAXED);
	return closest != UINT64_MAX && apart / 2 <= closest;
}

struct triple clock_pair(void)
{
	struct triple best = { 0, 0, 0 };
	uint64_t least = UINT64_MAX;

	if (clock_is_slow()) {
		best.ticks = best.mono_ns = os_monotonic_ns();
		return best;
	}
	for (int tries = 0; tries < PAIR_TRIES; tries++) {
		uint64_t before = tt_impl_ticks();
		uint64_t mono_ns = os_monotonic_ns();
		uint64_t apart = tt_impl_ticks() - before;

		if (apart < least) {
			least = apart;
			best.ticks = before + apart / 2;
			best.mono_ns = mono_ns;
		}
		if (is_usual(apart))
			break;
	}
	return best;
}

/* The wall clock is read between two readings of the monotonic one; of several tries the one least interrupted counts. */
struct triple clock_triple(void)
{
	struct triple triple = clock_pair();
	uint64_t least = UINT64_MAX;

	for (int tries = 0; tries < PAIR_TRIES && least > REAL_APART_NS; tries++) {
		uint64_t before = os_monotonic_ns();
		uint64_t real_ns = os_realtime_ns();
		uint64_t apart = os_monotonic_ns() - before;

		if (apart < least) {
			least = apart;
			triple.real_ns = real_ns - (before + apart / 2 - triple.mono_ns);
		}
	}
	return triple;
}

struct triple clock_at_load(void)
{
	return clock_is_slow() ? load_monotonic : load_counter;
}
