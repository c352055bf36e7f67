#include "entries.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>

#include <ttlog.h>

#include "../../lib/config.h"
#include "say.h"

/* The whole of what is said stays in the ring, but for POLICY_ALL of the longest. */
#define RING_BYTES (my->policy == POLICY_ONE ? 1u << 20 : 4u << 20)
#define MAX_BYTES (16 * RING_BYTES)
#define TRAP_FLAG 0x100
#define EXIT_ROUND                                                                                           \
	(PTHREAD_DESTRUCTOR_ITERATIONS - 1) /* in which the recorder lets go of a thread: lib/thread.c */

static struct interruption *my;
static __thread unsigned stream; /* of this thread's own events */
static unsigned threads;	 /* made so far */
static pthread_key_t key;

int __real_sigaction(int signo, const struct sigaction *action, struct sigaction *before);
int __wrap_sigaction(int signo, const struct sigaction *action, struct sigaction *before);

/* The recorder's calls of it. SIGTRAP, which is one of the signals of a crash, stays ours. */
int __wrap_sigaction(int signo, const struct sigaction *action, struct sigaction *before)
{
	return __real_sigaction(signo, signo == SIGTRAP ? NULL : action, before);
}

static struct place *place_of(uint64_t pc)
{
	uint64_t at = script_mix(pc) % PLACES;

	while (my->places[at].pc != pc && my->places[at].pc != 0)
		at = (at + 1) % PLACES;
	if (my->places[at].pc == 0 && my->place_count < PLACES / 2) {
		my->places[at].pc = pc;
		my->place_count++;
	}
	return &my->places[at];
}

static int is_picked(uint64_t pc)
{
	struct place *place;

	if (my->policy == POLICY_ALL)
		return my->traps >= my->at;
	if (my->policy == POLICY_ONE)
		return my->traps == my->at;
	place = place_of(pc);
	place->passed++;
	return my->policy == POLICY_PLACES &&
	       ((place->passed & (place->passed - 1)) == 0 || place->passed == place->passed_before);
}

static void trap(int signo, siginfo_t *info, void *context)
{
	ucontext_t *at = context;
	int saved = errno;

	(void)signo;
	(void)info;
	if (is_picked((uint64_t)at->uc_mcontext.gregs[REG_RIP]))
		say(&my->stage, stream + 1);
	if (my->policy == POLICY_ONE && my->traps == my->at)
		at->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
	my->traps++;
	errno = saved;
}

static void need(int error, const char *what)
{
	if (error != 0)
		say_wrong(&my->stage, what, error);
}

static void skip(uint64_t count)
{
	uint32_t arm = my->stage.arm;

	my->stage.arm = ARM_NOT;
	for (uint64_t i = 0; i < count; i++)
		say(&my->stage, stream);
	my->stage.arm = arm;
}

static uint64_t chunk_words(void)
{
	struct tt_impl_place place = { .writer = tt_impl_writer };

	tt_impl_find(&place);
	return place.state & 0xffff;
}

/* Until the next event has no room in the chunk. */
static void fill_chunk(void)
{
	while (chunk_words() + 8 <= (CONFIG_CHUNK_BYTES - TT_IMPL_CHUNK_RECORDS) / 8 ||
	       script_kind(0, my->stage.said[0]) != KIND_MANY)
		skip(1);
}

static void *say_first(void *unused)
{
	stream = 2 * ++threads;
	say(&my->stage, stream);
	return unused;
}

/* The recorder's key is older, and so it has had its turn in this round. */
static void after_exit(void *rounds)
{
	if ((uintptr_t)rounds < EXIT_ROUND)
		pthread_setspecific(key, (void *)((uintptr_t)rounds + 1));
	else
		say_disarm(&my->stage);
}

static void *exit_armed(void *unused)
{
	stream = 2 * ++threads;
	skip(3);
	pthread_setspecific(key, (void *)1);
	say_arm(&my->stage);
	return unused;
}

static void run_thread(void *(*function)(void *))
{
	pthread_t thread;

	need(pthread_create(&thread, NULL, function, NULL), "pthread_create");
	need(pthread_join(thread, NULL), "pthread_join");
}

static void take_snapshot(void)
{
	int error;

	my->snapshot_from = my->stage.said[0];
	SAY_TRY(&my->stage, error = tt_snapshot(my->snapshot, "interrupted"));
	need(error, "tt_snapshot");
	my->snapshot_to = my->stage.said[0];
}

static void init(void)
{
	const struct tt_options options = { .size = sizeof(options),
					    .ring_bytes = RING_BYTES,
					    .max_bytes = MAX_BYTES };
	int error;

	SAY_TRY(&my->stage, error = tt_init(&options));
	need(error == -EALREADY && my->entry == ENTRY_INIT && my->stage.said[1] > 0 ? 0 : error, "tt_init");
}

static void try_event(void)
{
	while (my->entry == ENTRY_EVENT && script_kind(0, my->stage.said[0]) != my->which)
		skip(1);
	if (my->entry == ENTRY_EVENT_SWITCH)
		fill_chunk();
	if (my->entry == ENTRY_EVENT_SYNC)
		tt_impl_writer->epoch -= 2; /* to the recorder: a long silence */
	say(&my->stage, 0);
}

static void try_call(void)
{
	struct tt_stats stats = { .size = sizeof(stats) };
	struct stage *stage = &my->stage;
	int error = 0;

	if (my->entry == ENTRY_ON_CRASH)
		SAY_TRY(stage, error = tt_snapshot_on_crash());
	else if (my->entry == ENTRY_ON_SIGNAL)
		SAY_TRY(stage, error = tt_snapshot_on_signal(SIGUSR2));
	else if (my->entry == ENTRY_THREAD_NAME)
		SAY_TRY(stage, error = tt_thread_name("a new name"));
	else if (my->entry == ENTRY_FILTER)
		SAY_TRY(stage, error = tt_filter("other=off,*=debug,steps=trace"));
	else if (my->entry == ENTRY_STATS)
		SAY_TRY(stage, error = tt_stats(&stats));
	else
		SAY_TRY(stage, tt_shutdown());
	need(error, "an entry point");
}

static void try_entry(void)
{
	switch (my->entry) {
	case ENTRY_INIT:
		init();
		break;
	case ENTRY_THREAD_FIRST:
		run_thread(say_first);
		break;
	case ENTRY_THREAD_EXIT:
		run_thread(exit_armed);
		break;
	case ENTRY_SNAPSHOT:
		take_snapshot();
		break;
	default:
		if (my->entry <= ENTRY_FIRST_EVENT)
			try_event();
		else
			try_call();
	}
}

/* What was said is what was recorded and what was dropped. */
static void check_stats(void)
{
	struct tt_stats stats = { .size = sizeof(stats) };
	uint64_t said = 0;

	for (unsigned i = 0; i < SCRIPT_STREAMS; i++)
		said += my->stage.said[i];
	need(tt_stats(&stats), "tt_stats");
	if (stats.recorded + stats.dropped != said)
		say_wrong(&my->stage, "tt_stats does not count every event, but one more or less than",
			  (long)said);
}

void entries_be(struct interruption *interruption)
{
	struct sigaction action = { .sa_sigaction = trap, .sa_flags = SA_SIGINFO };

	my = interruption;
	__real_sigaction(SIGTRAP, &action, NULL);
	pthread_key_create(&key, after_exit);
	if (my->entry != ENTRY_INIT && my->entry != ENTRY_FIRST_EVENT) {
		init();
		skip(20);
	}
	raise(SIGSTOP);
	for (unsigned i = 0; i < my->count; i++) {
		my->traps = 0;
		my->stage.arm = ARM_TRAP;
		try_entry();
		my->stage.arm = ARM_NOT;
		skip(1);
		my->at += my->stride;
	}
	check_stats();
	raise(SIGSTOP);
	_exit(0);
}
