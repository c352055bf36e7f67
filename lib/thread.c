#include "thread.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>

#include "include/ttlog/impl.h"
#include "life.h"
#include "platform/atomic.h"
#include "platform/os.h"
#include "region.h"
#include "ring.h"
#include "signal_stack.h"
#include "string_rule.h"
#include "writer.h"

struct thread {
	struct writer main; /* first: its address is what the inline path has */
	struct writer side;
	struct thread *self; /* NULL: not started, or wiped in a forked child */
	uint32_t owner;	     /* tid; 0: free; or BEING_FREED, which is no tid */
	uint64_t serial;
	char name[TTF_RING_NAME_BYTES];
	void *signal_stack;
	unsigned exit_rounds;
};

/* Threads are kept in slabs, which only grow in number: their memory stays valid for whoever looks at it late. */
#define SLAB_THREADS 128u
#define BEING_FREED UINT32_MAX
#define SLABS 64u

struct slab {
	_Alignas(64) struct thread threads[SLAB_THREADS];
};

/* The writer of a thread that has none yet. Its gate is down, or anything where many threads start at once; its end is 0. */
static struct tt_impl_writer no_writer;

__thread struct tt_impl_writer *tt_impl_writer = &no_writer;
static __thread uint32_t starting_pid; /* in thread_start: for a handler that interrupts it */
static __thread bool has_exited;

static struct slab *slabs[SLABS];
static uint64_t last_serial;
static pthread_key_t exit_key;
static bool has_exit_key;
static bool wants_signal_stacks;
static bool is_wiped_by_us; /* the kernel does not wipe the slabs of a forked child */

static struct slab *slab_at(uint32_t index)
{
	struct slab *slab =
		__atomic_load_n(&slabs[index], __ATOMIC_ACQUIRE); /* T1: pairs with the exchange below */
	struct slab *made;

	if (slab)
		return slab;
	made = os_map(sizeof(*made));
	if (!made)
		return NULL;
	if (os_wipe_on_fork(made, sizeof(*made)) < 0)
		__atomic_store_n(&is_wiped_by_us, true, __ATOMIC_RELAXED);
	if (__atomic_compare_exchange_n(&slabs[index], &slab, made, 0, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE)) /* T1 */
		return made;
	os_unmap(made, sizeof(*made));
	return slab;
}

static bool claim_free(struct thread *thread, uint32_t tid)
{
	uint32_t owner = 0;

	/* T2: pairs with the release in free_thread. */
	return __atomic_compare_exchange_n(&thread->owner, &owner, tid, 0, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static struct thread *find_free(uint32_t tid)
{
	for (uint32_t i = 0; i < SLABS; i++) {
		struct slab *slab = __atomic_load_n(&slabs[i], __ATOMIC_ACQUIRE); /* T1 */

		for (uint32_t k = 0; slab && k < SLAB_THREADS; k++)
			if (__atomic_load_n(&slab->threads[k].owner, __ATOMIC_RELAXED) == 0 &&
			    claim_free(&slab->threads[k], tid))
				return &slab->threads[k];
	}
	return NULL;
}

static bool add_slab(void)
{
	for (uint32_t i = 0; i < SLABS; i++)
		if (!__atomic_load_n(&slabs[i], __ATOMIC_RELAXED))
			return slab_at(i) != NULL;
	return false;
}

static void free_thread(struct thread *thread)
{
	thread->self = NULL;
	__atomic_store_n(&thread->owner, 0, __ATOMIC_RELEASE); /* T2 */
}

/* Threads that ended without telling: no exit key, or an exit by bare system call. */
static void free_vanished(void)
{
	pid_t pid = os_pid();

	ring_find_exited();
	for (uint32_t i = 0; i < SLABS; i++) {
		struct slab *slab = __atomic_load_n(&slabs[i], __ATOMIC_ACQUIRE); /* T1 */

		for (uint32_t k = 0; slab && k < SLAB_THREADS; k++) {
			struct thread *thread = &slab->threads[k];
			uint32_t owner = __atomic_load_n(&thread->owner, __ATOMIC_RELAXED);

			/* T2: the exchange fails if another has freed it, and a third may have it now. */
			if (owner != 0 && !os_thread_exists(pid, (pid_t)owner) &&
			    __atomic_compare_exchange_n(&thread->owner, &owner, BEING_FREED, 0,
							__ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
				signal_stack_forget(thread->signal_stack);
				free_thread(thread);
			}
		}
	}
}

static bool attach_ring(struct thread *thread, struct writer *writer, uint32_t kind)
{
	uint64_t last_number;
	uint32_t tid = __atomic_load_n(&thread->owner, __ATOMIC_RELAXED);
	char *ring = ring_take(kind, tid, thread->serial, thread->name, &last_number);

	if (ring)
		writer_open(writer, ring, last_number);
	return ring != NULL;
}

static void get_signal_stack(struct thread *thread)
{
	if (__atomic_load_n(&wants_signal_stacks, __ATOMIC_RELAXED) && !thread->signal_stack)
		thread->signal_stack = signal_stack_make();
}

static void open_gate(struct writer *writer)
{
	fence_signal(); /* H1: chunk, state and end, before the gate opens */
	__atomic_store_n(&writer->hot.gate, 1, __ATOMIC_RELAXED);
}

static void shut(struct tt_impl_writer *writer)
{
	__atomic_store_n(&writer->gate, 0, __ATOMIC_RELAXED);
	fence_signal(); /* H1: chunk, state and end only after the gate is shut */
}

static void init_thread(struct thread *thread)
{
	writer_reset(&thread->main);
	writer_reset(&thread->side);
	thread->self = NULL;
	thread->serial = __atomic_add_fetch(&last_serial, 1, __ATOMIC_RELAXED);
	thread->exit_rounds = 0;
	thread->signal_stack = NULL;
	if (prctl(PR_GET_NAME, thread->name) < 0)
		thread->name[0] = '\0';
	if (!attach_ring(thread, &thread->main, TTF_RING_MAIN)) {
		ring_find_exited();
		attach_ring(thread, &thread->main, TTF_RING_MAIN);
	}
	open_gate(&thread->side);
	thread->self = thread;
}

/* NULL: an event would be dropped, for *cause. */
static struct thread *start_thread(uint32_t tid, enum ttf_drop *cause)
{
	struct thread *thread;
	int error;

	*cause = TTF_DROP_EXITING;
	if (has_exited)
		return NULL;
	error = life_start();
	*cause = error == -EBUSY ? TTF_DROP_STARTING : TTF_DROP_NO_RING;
	if (error < 0)
		return NULL;
	thread = find_free(tid);
	if (!thread) {
		free_vanished(); /* before there is more memory: it stays as much as threads have lived at once */
		thread = find_free(tid);
	}
	while (!thread && add_slab())
		thread = find_free(tid);
	if (!thread)
		return NULL;
	init_thread(thread);
	fence_signal();			    /* H2: the thread is whole before a handler can find it */
	tt_impl_writer = &thread->main.hot; /* its gate is shut: a handler that comes now is nested */
	if (has_exit_key)
		pthread_setspecific(exit_key, thread);
	get_signal_stack(thread);
	return thread;
}

/* The calling thread, if it is started. Also in a forked child, where its page is wiped. */
static struct thread *started_thread(void)
{
	struct thread *thread = (struct thread *)(void *)tt_impl_writer;

	return tt_impl_writer != &no_writer && thread->self ? thread : NULL;
}

/* The thread's first event, or the first in a forked child. Comes back with the gate shut; NULL: as start_thread. */
static struct thread *thread_start(enum ttf_drop *cause)
{
	uint32_t pid = (uint32_t)os_pid();
	struct thread *thread;

	*cause = TTF_DROP_NESTED;
	if (starting_pid == pid || writer_is_stopped(cause))
		return NULL;
	starting_pid = pid;
	fence_signal(); /* H2: a handler from here on finds that a start is on its way */
	thread = started_thread();
	if (thread)
		shut(&thread->main.hot); /* a handler's event has started it, after we had found none */
	else
		thread = start_thread((uint32_t)os_tid(), cause);
	fence_signal(); /* H2: and until here */
	starting_pid = 0;
	return thread;
}

static bool drop(struct thread *thread, enum ttf_drop cause)
{
	if (thread->main.ring)
		ring_count_drop(thread->main.ring, cause);
	else
		region_count_drop(cause);
	return false;
}

static bool claim_main(struct thread *thread, uint64_t words, struct tt_impl_place *place)
{
	if (!thread->main.ring && ring_is_any_exited())
		attach_ring(thread, &thread->main, TTF_RING_MAIN);
	get_signal_stack(thread);
	return writer_claim(&thread->main, words, place);
}

/* In a signal handler that interrupted a record of this thread. */
static bool claim_side(struct thread *thread, uint64_t words, struct tt_impl_place *place)
{
	struct writer *side = &thread->side;
	enum ttf_drop cause;

	if (writer_is_stopped(&cause))
		return drop(thread, cause);
	if (side->hot.gate == 0)
		return drop(thread, TTF_DROP_NESTED); /* the third level */
	shut(&side->hot);
	if (!side->ring && !attach_ring(thread, side, TTF_RING_NESTED)) {
		open_gate(side);
		return drop(thread, TTF_DROP_NO_RING);
	}
	return writer_claim(side, words, place);
}

bool thread_claim(struct tt_impl_place *place, uint64_t words)
{
	struct thread *thread = (struct thread *)(void *)tt_impl_writer;
	enum ttf_drop cause;

	if (tt_impl_writer == &no_writer || !thread->self) {
		shut(&no_writer);
		thread = thread_start(&cause);
		if (thread)
			return claim_main(thread, words, place);
		region_count_drop(cause);
		return false;
	}
	if (thread->main.hot.gate < 0) {
		thread->main.hot.gate++;
		return claim_side(thread, words, place);
	}
	/* 0; or 1: what the call took down was nobody's gate, and a handler's event has started the thread since. */
	shut(&thread->main.hot);
	return claim_main(thread, words, place);
}

struct tt_impl_string tt_impl_measure_slowly(uint64_t bits, uint32_t rule, uint64_t before, uint32_t left)
{
	return string_rule_measure(bits, rule, before, left);
}

/*
 * Other keys' destructors may record too, so ours puts itself off for all but one of the rounds that POSIX grants. The
 * last one is left to those who must be last of all, such as ThreadSanitizer.
 */
#define EXIT_ROUND (PTHREAD_DESTRUCTOR_ITERATIONS - 1)

static void end_writer(struct writer *writer)
{
	writer_close(writer);
	if (writer->ring)
		ring_release(writer->ring);
}

void thread_exit(void *value)
{
	struct thread *thread = value;

	/*
	 * A forked child that recorded nothing; or a value that glibc has kept of an earlier thread on this stack, which ended by a bare
	 * system call, or was just ending in another thread when a child was forked.
	 */
	if (thread->self != thread || tt_impl_writer != &thread->main.hot)
		return;
	if (++thread->exit_rounds < EXIT_ROUND) {
		pthread_setspecific(exit_key, thread);
		return;
	}
	has_exited = true;
	fence_signal();		     /* H3: exited before no writer is found */
	tt_impl_writer = &no_writer; /* a handler from here on finds an exited thread */
	fence_signal();		     /* H3: no handler records into a ring that is given back */
	end_writer(&thread->main);
	end_writer(&thread->side);
	if (thread->signal_stack)
		signal_stack_free(thread->signal_stack);
	free_thread(thread);
}

int thread_name(const char *name)
{
	struct thread *thread = started_thread();
	enum ttf_drop cause;

	if (!thread) {
		thread = thread_start(&cause);
		if (!thread)
			return -ENOBUFS;
		open_gate(&thread->main);
	}
	memset(thread->name, 0, sizeof(thread->name));
	memcpy(thread->name, name, strlen(name));
	if (!thread->main.ring)
		return -ENOBUFS;
	ring_rename(thread->main.ring, thread->name);
	if (thread->side.ring)
		ring_rename(thread->side.ring, thread->name);
	return 0;
}

void thread_interrupt_all(void)
{
	for (uint32_t i = 0; i < SLABS; i++) {
		struct slab *slab = __atomic_load_n(&slabs[i], __ATOMIC_ACQUIRE); /* T1 */

		for (uint32_t k = 0; slab && k < SLAB_THREADS; k++) {
			writer_interrupt(&slab->threads[k].main);
			writer_interrupt(&slab->threads[k].side);
		}
	}
}

bool thread_sweep(void)
{
	bool is_any = false;

	for (uint32_t i = 0; i < SLABS; i++) {
		struct slab *slab = __atomic_load_n(&slabs[i], __ATOMIC_ACQUIRE); /* T1 */

		for (uint32_t k = 0; slab && k < SLAB_THREADS; k++) {
			is_any |= writer_sweep(&slab->threads[k].main);
			is_any |= writer_sweep(&slab->threads[k].side);
		}
	}
	return is_any;
}

void thread_forked(void)
{
	if (!__atomic_load_n(&is_wiped_by_us, __ATOMIC_RELAXED))
		return;
	for (uint32_t i = 0; i < SLABS; i++)
		if (slabs[i])
			memset(slabs[i], 0, sizeof(*slabs[i]));
}

void thread_use_exit_key(pthread_key_t key)
{
	exit_key = key;
	has_exit_key = true;
}

void thread_want_signal_stacks(void)
{
	struct thread *thread = started_thread();

	__atomic_store_n(&wants_signal_stacks, true, __ATOMIC_RELAXED);
	if (thread)
		get_signal_stack(thread);
}
