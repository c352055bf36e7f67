#include "listener.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void listener_wrong(struct listener *listener, const char *format, ...)
{
	va_list arguments;

	if (listener->wrong++ > 0)
		return;
	va_start(arguments, format);
	vsnprintf(listener->first, sizeof(listener->first), format, arguments);
	va_end(arguments);
}

static bool string_is(const struct argument *argument, const char *string, size_t bytes)
{
	return argument->type == TTF_STR && argument->bytes.bytes == bytes &&
	       memcmp(argument->bytes.at, string, bytes) == 0;
}

static bool payload_is_right(const struct listener *listener, const struct event *event, uint32_t thread,
			     enum mix_stream stream, uint64_t n)
{
	static const unsigned counts[] = { 5, 6, 7 };
	char short_string[MIX_STRING_MAX];
	uint64_t bits = mix_bits(thread, stream, n);
	size_t bytes = mix_string(bits, short_string);
	const char *string = short_string;

	if (listener->letters) {
		string = mix_long_string(bits, listener->letters);
		bytes = strlen(string);
	}
	if (event->site->fields != counts[n % 3] || event->arguments[4].bits != bits)
		return false;
	if (n % 3 == 1)
		return string_is(&event->arguments[5], string, bytes);
	return n % 3 == 0 || (string_is(&event->arguments[5], string, bytes < 5 ? bytes : 5) &&
			      string_is(&event->arguments[6], string, bytes));
}

static void hear_in_ring(struct listener *listener, struct heard_ring *ring, const struct event *event)
{
	if (ring->count == 0) {
		ring->first_seq = event->seq;
	} else if (event->seq != ring->next_seq) {
		listener_wrong(listener, "seq %llu follows %llu", (unsigned long long)event->seq,
			       (unsigned long long)ring->next_seq - 1);
	}
	ring->next_seq = event->seq + 1;
	ring->count++;
}

/*
 * How far the handler was before the second event that is left of a thread: what it said from then on is left too. (Before the
 * first one it may have interrupted just that.)
 */
static void hear_own(struct listener *listener, struct heard_thread *thread, struct heard_ring *ring,
		     const struct event *event, uint32_t number)
{
	uint64_t n = event->arguments[2].bits, handled = event->arguments[3].bits;

	if (event->ring->is_nested ||
	    (thread->own_count > 0 && n != thread->own_next &&
	     (ring->own_count > 0 || (ring->first_seq == 0 && !listener->is_living))))
		listener_wrong(listener, "thread %u's event %llu is out of place", number,
			       (unsigned long long)n);
	if (thread->own_count == 0 || n != thread->own_next) {
		/* The first, or the rest of a ring that has overwritten what came before. */
		thread->own_first = n;
		thread->own_count = 0;
	}
	thread->own_count++;
	ring->own_count++;
	thread->own_next = n + 1;
	thread->handled_until = handled;
	if (thread->own_first > 0 && thread->own_count <= 2 && handled > thread->handled_from)
		thread->handled_from = handled;
}

/*
 * A thread was just taking this ring over. Who is kept from running in the middle of that leaves the oldest ring behind, while others take
 * younger ones: what it holds is no part of what is left without a gap.
 */
static bool is_claimed(const struct ring *ring)
{
	const struct trace_ring *whole = (const struct trace_ring *)(const void *)ring; /* its first member */

	return whole->use == TTF_RING_USE_NONE;
}

static void hear(void *user, const struct event *event)
{
	uint32_t number = (uint32_t)event->arguments[0].bits;
	uint32_t stream = (uint32_t)event->arguments[1].bits;
	uint64_t n = event->arguments[2].bits;
	struct listener *listener = user;
	struct heard_thread *thread = &listener->threads[number % HAMMER_THREADS];
	struct heard_ring *ring = &listener->rings[event->ring->index % LISTENER_RINGS_MAX];

	listener->events++;
	listener->nested += event->ring->is_nested;
	if (event->site->fields < 5 || number >= HAMMER_THREADS || stream >= MIX_STREAMS ||
	    !payload_is_right(listener, event, number, stream, n)) {
		listener_wrong(listener, "the payload of seq %llu of thread %u",
			       (unsigned long long)event->seq, number);
		return;
	}
	hear_in_ring(listener, ring, event);
	if (is_claimed(event->ring))
		return;
	if (stream == MIX_OWN) {
		hear_own(listener, thread, ring, event, number);
		return;
	}
	if (thread->handled_count < LISTENER_HANDLED_MAX)
		thread->handled[thread->handled_count++] = n;
	if (event->ring->is_nested && ring->count == 1 && ring->first_seq > 0 && n > thread->handled_from)
		thread->handled_from = n;
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/*
 * The handler's events are in two rings. From where both still have them on they are without a gap. How far do they go? Of a living
 * thread one ring is copied after the other: what came after the newest event of the first may be missing in between.
 */
static uint64_t check_handled(struct listener *listener, struct heard_thread *thread, uint32_t number)
{
	uint64_t *all = thread->handled, next;

	if (thread->own_count == 1 && thread->own_first > 0)
		thread->handled_from++;
	next = thread->handled_from;
	qsort(all, thread->handled_count, sizeof(all[0]), compare_numbers);
	for (uint32_t i = 0; i < thread->handled_count; i++) {
		if (all[i] < thread->handled_from)
			continue;
		if (all[i] != next && listener->is_living && next >= thread->handled_until)
			break;
		if (all[i] != next)
			listener_wrong(listener, "thread %u's handler: %llu where %llu is expected", number,
				       (unsigned long long)all[i], (unsigned long long)next);
		next = all[i] + 1;
	}
	thread->handled_next = next;
	return next;
}

static void check_newest(struct listener *listener, const char *whose, uint32_t number, uint64_t found,
			 uint64_t published, uint64_t more)
{
	if (found < published || found > published + more)
		listener_wrong(listener, "thread %u%s had published %llu events, %llu are found", number,
			       whose, (unsigned long long)published, (unsigned long long)found);
}

/*
 * Of a thread that was between two of its lives nothing at all may be left: a ring whose thread has ended is another's as soon as there
 * is no other room, the one that ended first comes first.
 */
static int is_taken_over(const struct heard_thread *thread, const struct hammer *hammer, uint32_t number)
{
	uint32_t where = hammer->threads[number].where;

	return hammer->is_renewed && thread->own_count == 0 &&
	       (where == HAMMER_STARTING || where == HAMMER_EXITING);
}

void listener_compare(struct listener *listener, const struct hammer *hammer, uint64_t more)
{
	for (uint32_t number = 0; number < HAMMER_THREADS; number++) {
		struct heard_thread *thread = &listener->threads[number];
		const uint64_t *said = hammer->threads[number].said;

		if (is_taken_over(thread, hammer, number)) {
			listener->taken_over++;
			continue;
		}
		check_newest(listener, "", number, thread->own_next, said[MIX_OWN], more);
		if (listener->is_living && listener->is_renewed)
			continue;
		check_newest(listener, "'s handler", number, check_handled(listener, thread, number),
			     said[MIX_HANDLER], more);
	}
}

int listener_hear(struct listener *listener, const char *path, int is_change_wrong)
{
	const char *letters = listener->letters;
	int is_living = listener->is_living, is_renewed = listener->is_renewed;
	struct trace_file file;
	int error;

	memset(listener, 0, sizeof(*listener));
	listener->letters = letters;
	listener->is_living = is_living;
	listener->is_renewed = is_renewed;
	error = trace_file_read(&file, path, hear, listener);
	if (error < 0)
		return error;
	listener->in_change = file.change_count;
	if (file.damage.count > (is_change_wrong ? 0 : file.change_count))
		listener_wrong(listener, "damaged, %s", file.first_damage);
	trace_file_close(&file);
	return 0;
}
