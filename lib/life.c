#include "life.h"

#include <errno.h>

#include "clock.h"
#include "platform/atomic.h"
#include "platform/os.h"
#include "region.h"
#include "report.h"
#include "ring.h"
#include "site.h"

enum phase { PHASE_NONE, PHASE_MAKING, PHASE_READY, PHASE_FAILED };

#define POLL_NS 50000u
#define START_WAIT_NS 10000000u /* an event does not wait longer: it is dropped */

static uint64_t phase_word;	/* pid << 2 | phase */
static __thread bool is_making; /* this thread: for a handler that interrupts it */
static void (*made_hook)(void);

void life_set_hook(void (*hook)(void))
{
	made_hook = hook;
}

static enum phase phase_of(uint64_t word)
{
	return word >> 2 == (uint64_t)os_pid() ? (enum phase)(word & 3) : PHASE_NONE;
}

static enum phase phase_now(void)
{
	return phase_of(
		__atomic_load_n(&phase_word, __ATOMIC_ACQUIRE)); /* L1: pairs with the release in set_phase */
}

static uint64_t word_of(enum phase phase)
{
	return (uint64_t)os_pid() << 2 | phase;
}

static void set_phase(enum phase phase)
{
	__atomic_store_n(&phase_word, word_of(phase),
			 __ATOMIC_RELEASE); /* L1: publishes the region and its sites */
}

bool life_is_ready(void)
{
	return phase_now() == PHASE_READY;
}

/* Without all sites no event could be read: a black box that has no room for them is given up for memory. */
static int write_sites(void)
{
	int error = site_write_all();

	if (error < 0 && region_use_memory(error) == 0)
		error = site_write_all();
	return error;
}

/* Only the thread that has set the phase to making runs this. */
static int make(void)
{
	int error;

	ring_forget_all(); /* a forked child's parent's */
	clock_choose();
	error = region_open();
	if (error < 0) {
		report("events are not recorded, no memory", "", error);
		set_phase(PHASE_FAILED);
		is_making = false;
		return -ENOMEM;
	}
	fence_seq_cst(); /* S2: making is announced; pairs with S1 in registry.c */
	error = write_sites();
	if (error < 0) {
		report("events are not recorded, no room for call places", "", error);
		set_phase(PHASE_FAILED);
		return -ENOMEM;
	}
	set_phase(PHASE_READY);
	is_making = false;
	if (made_hook)
		made_hook();
	return 0;
}

int life_wait(uint64_t most_ns)
{
	for (uint64_t waited = 0; waited < most_ns && phase_now() == PHASE_MAKING; waited += POLL_NS)
		os_sleep_ns(POLL_NS);
	return life_is_ready() ? 0 : -ENODATA;
}

/* Only the thread that has set the phase to making runs this. */
static int prepare_and_make(int (*prepare)(const void *argument), const void *argument)
{
	int error = prepare ? prepare(argument) : 0;

	if (error == 0)
		return make();
	set_phase(PHASE_NONE);
	is_making = false;
	return error;
}

int life_start_with(int (*prepare)(const void *argument), const void *argument)
{
	for (;;) {
		uint64_t seen = __atomic_load_n(&phase_word, __ATOMIC_ACQUIRE); /* L1 */

		switch (phase_of(seen)) {
		case PHASE_READY:
			return 1;
		case PHASE_FAILED:
			return -ENOMEM;
		case PHASE_MAKING:
			/* A handler that interrupts the making thread would wait for itself. */
			return !is_making && life_wait(START_WAIT_NS) == 0 ? 1 : -EBUSY;
		case PHASE_NONE:
			is_making = true;
			fence_signal(); /* H2: a handler from here on finds that this thread makes it */
			/* L2: one thread makes the region. */
			if (__atomic_compare_exchange_n(&phase_word, &seen, word_of(PHASE_MAKING), 0,
							__ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
				return prepare_and_make(prepare, argument);
			is_making = false;
		}
	}
}

int life_start(void)
{
	int result = life_start_with(NULL, NULL);

	return result > 0 ? 0 : result;
}
