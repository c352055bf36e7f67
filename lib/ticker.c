#include "ticker.h"

#include <stdint.h>

#include "platform/atomic.h"
#include "platform/bare.h"
#include "region.h"

#define PERIOD_NS 1000000u
#define SWEEPS 64u     /* a ticker's whole life */
#define IDLE_SWEEPS 8u /* so many in a row in which no stamp was held end it */

static bool (*sweep)(void);

/*
 * The serial of the region whose ticker runs; 0: none does; with BEING_MADE: one is being made. A forked child finds its parent's, which is
 * never its own.
 */
#define BEING_MADE 0x80000000u
static uint32_t running;

/* The serial while the ticker's stack is in use, which is a little longer. The kernel clears it. */
static uint32_t stack_user;

static bool is_refused; /* no thread can be made: not tried again */
static _Alignas(64) char stack[16384];

void ticker_sweep_by(bool (*with)(void))
{
	sweep = with;
}

static void set_running(uint32_t value)
{
	__atomic_store_n(&running, value, __ATOMIC_RELAXED);
}

static void run(void)
{
	unsigned idle = 0;

	set_running(region_serial());
	for (unsigned i = 0; i < SWEEPS && idle < IDLE_SWEEPS; i++) {
		bare_sleep_ns(PERIOD_NS);
		idle = sweep() ? 0 : idle + 1;
	}
	set_running(0);
	/* K4: pairs with S5 in writer.c: who begins to hold a stamp sees that no ticker runs, or is swept here. */
	fence_seq_cst();
	sweep();
}

/* There is never more than one that sweeps: a new ticker is made only when the last one has left its stack. */
static void start(uint32_t serial, uint32_t seen)
{
	/* K5: one thread makes it. */
	if (!__atomic_compare_exchange_n(&running, &seen, serial | BEING_MADE, 0, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return;
	/* K6: pairs with its clearing by the kernel. */
	if (__atomic_load_n(&stack_user, __ATOMIC_ACQUIRE) == serial) {
		set_running(0);
		return;
	}
	__atomic_store_n(&stack_user, serial, __ATOMIC_RELAXED);
	if (bare_start(run, stack, sizeof(stack), &stack_user) == 0)
		return;
	__atomic_store_n(&stack_user, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&is_refused, true, __ATOMIC_RELAXED);
	set_running(0);
}

bool ticker_run(void)
{
	uint32_t serial = region_serial();
	uint32_t seen = __atomic_load_n(&running, __ATOMIC_RELAXED);

	if (seen == serial)
		return true;
	if (seen != (serial | BEING_MADE) && !__atomic_load_n(&is_refused, __ATOMIC_RELAXED))
		start(serial, seen);
	return false;
}
