#include "crew.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SHORT_EVENTS_MAX 1500u /* a ring overwrites the oldest of so many */
#define CROWD 28u	       /* the region has some twenty rings */
#define CROWD_FLAG (1u << 31)  /* in the number of a thread of a crowd */
#define TIMER_NS 400000
#define SIGNAL_TIMER (SIGRTMIN + 1)
#define SIGNAL_NESTED (SIGRTMIN + 2)
#define SIGNAL_TOO_DEEP (SIGRTMIN + 3)

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* A talker. Written by it and its handlers alone. */
static struct talker {
	_Alignas(64) uint64_t said[CREW_KINDS];
	uint32_t tid;
} talkers[CREW_TALKERS + 1];

static pthread_t threads[CREW_TALKERS + CREW_SPAWNERS];
static pthread_barrier_t started, parked, resumed, crowd_named, crowd_said;
static bool is_pausing, is_stopping;
static pthread_key_t late_key;

static uint64_t short_said, no_ring_said, exiting_said, module_said, short_count, crowd_count;
static uint32_t next_number = CREW_SHORT;

static __thread uint32_t self;
static __thread int next_signal; /* what the next memcpy raises; 0: nothing */

void *__real_memcpy(void *to, const void *from, size_t bytes);
__attribute__((visibility("default"))) void *__wrap_memcpy(void *to, const void *from, size_t bytes);

/* The linker gives us the calls of memcpy: where a record's string is copied, the record half written. */
void *__wrap_memcpy(void *to, const void *from, size_t bytes)
{
	int signo = next_signal;

	next_signal = 0;
	if (signo > 0)
		raise(signo);
	return __real_memcpy(to, from, bytes);
}

static void say(enum crew_kind kind)
{
	account_say(self * CREW_KINDS + (uint32_t)kind, talkers[self].said[kind]++);
}

/* The event that a filter may be against. Its numbers are multiples of three, as the judge wants it of one without strings. */
static void say_sometimes(void)
{
	uint64_t *said = &talkers[self].said[CREW_SOMETIMES];
	uint32_t sequence = self * CREW_KINDS + CREW_SOMETIMES;
	uint64_t n = *said * 3;
	uint64_t bits = mix_bits(sequence, MIX_OWN, n);

	/* Arguments are evaluated only if the event is recorded, so they count what was. */
	TT_LOG(TT_LEVEL_INFO, "sometimes", "%u %lu %lx", sequence, (++*said, n), bits);
}

/* An event in the middle of which another one is said, and in the middle of that a third. */
static void say_to_plan(void)
{
	next_signal = SIGNAL_NESTED;
	say(CREW_OWN);
	next_signal = 0;
}

static void handle(int signo)
{
	int after = next_signal, saved = errno;

	next_signal = signo == SIGNAL_NESTED ? SIGNAL_TOO_DEEP : 0;
	say(signo == SIGNAL_TIMER ? CREW_TIMER : signo == SIGNAL_NESTED ? CREW_NESTED : CREW_TOO_DEEP);
	next_signal = after;
	errno = saved;
}

/* While a handler of the plan runs no timer's does: so nothing but the third event finds both rings busy. */
static void set_handlers(void)
{
	struct sigaction action = { .sa_handler = handle, .sa_flags = SA_RESTART };

	sigaddset(&action.sa_mask, SIGNAL_TIMER);
	for (int signo = SIGNAL_TIMER; signo <= SIGNAL_TOO_DEEP; signo++)
		sigaction(signo, &action, NULL);
}

static void mask_timer(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGNAL_TIMER);
	pthread_sigmask(how, &set, NULL);
}

static bool start_timer(timer_t *timer)
{
	const struct itimerspec often = { { 0, TIMER_NS }, { 0, TIMER_NS } };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGNAL_TIMER };

	event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
	return timer_create(CLOCK_MONOTONIC, &event, timer) == 0 &&
	       timer_settime(*timer, 0, &often, NULL) == 0;
}

bool crew_pause(void)
{
	if (__atomic_load_n(&is_pausing, __ATOMIC_ACQUIRE)) {
		mask_timer(SIG_BLOCK);
		pthread_barrier_wait(&parked);
		pthread_barrier_wait(&resumed);
		mask_timer(SIG_UNBLOCK);
	}
	return !__atomic_load_n(&is_stopping, __ATOMIC_RELAXED);
}

void crew_talk(uint64_t events)
{
	for (uint64_t i = 0; i < events; i++) {
		if (i % 64 < 3) /* with one string that memcpy copies, among these */
			say_to_plan();
		else
			say(CREW_OWN);
		say_sometimes();
	}
}

static void *talk(void *argument)
{
	timer_t timer;

	self = (uint32_t)(uintptr_t)argument;
	talkers[self].tid = (uint32_t)syscall(SYS_gettid);
	for (int i = 0; i < 1000 && talkers[self].said[CREW_NESTED] == 0; i++)
		say_to_plan(); /* with strict atomics there is no memcpy, and no plan */
	pthread_barrier_wait(&started);
	if (!start_timer(&timer))
		abort();
	while (crew_pause())
		crew_talk(64);
	mask_timer(SIG_BLOCK);
	timer_delete(timer);
	return NULL;
}

static uint64_t short_events(uint32_t number)
{
	return 1 + mix_bits(number, MIX_OWN, 0) % SHORT_EVENTS_MAX;
}

static bool does_talk_late(uint32_t number)
{
	return number % 8 == 3;
}

/* In a forked child glibc may have kept the value of one of the parent's threads, on whose stack this one runs. */
static void set_late(bool is_late, uint32_t number)
{
	pthread_setspecific(late_key, is_late ? (void *)(uintptr_t)number : NULL);
}

/*
 * A destructor that records: in its first round the thread still has its ring, in its third it has given it back, since the recorder's
 * key is older than ours.
 */
static void talk_late(void *value)
{
	uintptr_t round = (uintptr_t)value >> 32;
	uint32_t number = (uint32_t)(uintptr_t)value;

	if (round < 2)
		pthread_setspecific(late_key, (void *)((round + 1) << 32 | number));
	if (round == 0) {
		account_say(number, short_events(number));
		__atomic_fetch_add(&short_said, 1, __ATOMIC_RELAXED);
	} else if (round == 2) {
		account_say(number, short_events(number) + 1);
		__atomic_fetch_add(&exiting_said, 1, __ATOMIC_RELAXED);
	}
}

static void *be_short(void *argument)
{
	uint32_t number = (uint32_t)(uintptr_t)argument;
	uint64_t events = short_events(number);

	for (uint64_t n = 0; n < events; n++)
		account_say(number, n);
	__atomic_fetch_add(&short_said, events, __ATOMIC_RELAXED);
	__atomic_fetch_add(&short_count, 1, __ATOMIC_RELAXED);
	set_late(does_talk_late(number), number);
	return NULL;
}

static void *spawn(void *argument)
{
	while (crew_pause()) {
		uint32_t number = __atomic_fetch_add(&next_number, 1, __ATOMIC_RELAXED);
		pthread_t thread;

		account_start(&thread, be_short, number);
		pthread_join(thread, NULL);
	}
	return argument;
}

/* Who gets a ring knows: it can be named. */
static void *be_one_of_many(void *argument)
{
	uint32_t number = (uint32_t)(uintptr_t)argument;
	uint64_t events = short_events(number);
	bool has_ring = tt_thread_name("one of many") == 0;

	pthread_barrier_wait(&crowd_named);
	for (uint64_t n = 0; n < events; n++)
		account_say(number, n);
	__atomic_fetch_add(has_ring ? &short_said : &no_ring_said, events, __ATOMIC_RELAXED);
	set_late(has_ring && does_talk_late(number), number);
	pthread_barrier_wait(&crowd_said);
	return (void *)(uintptr_t)!has_ring;
}

unsigned crew_crowd(void)
{
	pthread_t crowd[CROWD];
	unsigned ringless = 0;
	void *is_ringless;

	pthread_barrier_init(&crowd_named, NULL, CROWD);
	pthread_barrier_init(&crowd_said, NULL, CROWD);
	for (unsigned i = 0; i < CROWD; i++)
		account_start(&crowd[i], be_one_of_many, CROWD_FLAG | (uint32_t)crowd_count++);
	for (unsigned i = 0; i < CROWD; i++) {
		pthread_join(crowd[i], &is_ringless);
		ringless += is_ringless != NULL;
	}
	pthread_barrier_destroy(&crowd_named);
	pthread_barrier_destroy(&crowd_said);
	return ringless;
}

void crew_start(unsigned others)
{
	unsigned all = CREW_TALKERS + CREW_SPAWNERS + others + 1;

	set_handlers();
	self = CREW_TALKERS;
	if (pthread_key_create(&late_key, talk_late) != 0)
		abort();
	pthread_barrier_init(&started, NULL, CREW_TALKERS + 1);
	pthread_barrier_init(&parked, NULL, all);
	pthread_barrier_init(&resumed, NULL, all);
	for (uint32_t i = 0; i < CREW_TALKERS; i++)
		account_start(&threads[i], talk, i);
	pthread_barrier_wait(&started);
	for (uint32_t i = 0; i < CREW_SPAWNERS; i++)
		account_start(&threads[CREW_TALKERS + i], spawn, i);
}

void crew_park(void)
{
	__atomic_store_n(&is_pausing, true, __ATOMIC_RELEASE);
	pthread_barrier_wait(&parked);
}

void crew_resume(void)
{
	__atomic_store_n(&is_pausing, false, __ATOMIC_RELEASE);
	pthread_barrier_wait(&resumed);
}

void crew_stop(void)
{
	__atomic_store_n(&is_stopping, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < CREW_TALKERS + CREW_SPAWNERS; i++)
		pthread_join(threads[i], NULL);
}

void crew_forget(void)
{
	memset(talkers, 0, sizeof(talkers));
	short_said = no_ring_said = exiting_said = module_said = 0;
}

uint64_t crew_module_said(uint64_t more)
{
	return module_said += more;
}

uint64_t crew_thread_count(void)
{
	return short_count + crowd_count;
}

static uint64_t recorded_by(const struct talker *talker)
{
	return talker->said[CREW_OWN] + talker->said[CREW_SOMETIMES] + talker->said[CREW_TIMER] +
	       talker->said[CREW_NESTED];
}

struct books crew_books(void)
{
	struct books books = { .recorded = short_said + module_said };

	for (uint32_t i = 0; i <= CREW_TALKERS; i++) {
		books.recorded += recorded_by(&talkers[i]);
		books.dropped[TT_DROP_NESTED] += talkers[i].said[CREW_TOO_DEEP];
	}
	books.dropped[TT_DROP_NO_RING] = no_ring_said;
	books.dropped[TT_DROP_EXITING] = exiting_said;
	return books;
}

/* What a ring of a short thread, or of the one that loads modules, has to count. */
static void check_ring(const struct trace_ring *ring, uint32_t sequence)
{
	bool is_module = sequence == CREW_MODULE;
	uint64_t expected = is_module ? module_said : short_events(sequence) + does_talk_late(sequence);

	if (!is_module && sequence < CREW_SHORT)
		account_wrong("a ring of thread %u with sequence %u", ring->ring.tid, sequence);
	else if (ring->recorded != expected)
		account_wrong("thread %u recorded %llu events, its ring has %llu", sequence,
			      (unsigned long long)expected, (unsigned long long)ring->recorded);
	for (int cause = 0; cause < TT_DROP_CAUSES; cause++)
		account_expect("dropped by a short thread", ring->dropped[cause], 0);
}

static struct talker *talker_of(const struct trace_ring *ring)
{
	for (uint32_t i = 0; i < CREW_TALKERS; i++)
		if (talkers[i].tid == ring->ring.tid && ring->use == TTF_RING_USE_LIVE)
			return &talkers[i];
	return NULL;
}

void crew_check_rings(const struct account_trace *trace)
{
	const struct trace *file = &trace->file.trace;
	uint64_t recorded[CREW_TALKERS] = { 0 }, too_deep[CREW_TALKERS] = { 0 };

	for (uint32_t i = 0; i < file->ring_count; i++) {
		const struct trace_ring *ring = file->rings[i];
		const struct talker *talker = talker_of(ring);

		if (!talker) {
			check_ring(ring, trace->rings[i].first_sequence);
			continue;
		}
		recorded[talker - talkers] += ring->recorded;
		too_deep[talker - talkers] += ring->dropped[TT_DROP_NESTED];
	}
	for (uint32_t i = 0; i < CREW_TALKERS; i++) {
		account_expect("recorded by a talker", recorded[i], recorded_by(&talkers[i]));
		account_expect("dropped by a talker", too_deep[i], talkers[i].said[CREW_TOO_DEEP]);
	}
}
