#include "trace.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format-spec/twin/bytes.h"

/* What is kept as long as the trace: a list of allocations. */
struct trace_memory {
	struct trace_memory *next;
	max_align_t bytes[];
};

static void *keep_zeroed(struct trace *trace, size_t count)
{
	struct trace_memory *memory = calloc(1, sizeof(*memory) + count);

	if (memory == NULL)
		return NULL;
	memory->next = trace->memory;
	trace->memory = memory;
	return memory->bytes;
}

void *trace_keep(struct trace *trace, const void *bytes, size_t count)
{
	void *kept = keep_zeroed(trace, count);

	if (kept != NULL && count > 0)
		memcpy(kept, bytes, count);
	return kept;
}

struct text trace_keep_text(struct trace *trace, struct text text)
{
	const char *kept = text.bytes > 0 ? trace_keep(trace, text.at, text.bytes) : NULL;

	if (kept == NULL && text.bytes > 0)
		source_fail(&trace->source, -ENOMEM);
	return kept != NULL ? (struct text){ kept, text.bytes } : (struct text){ "", 0 };
}

/* Room in a growing array for an element of index `wanted`. Returns the array, or NULL and nothing has changed. */
static void *make_room(void *array, size_t *room, size_t wanted, size_t element_bytes)
{
	size_t larger_room = *room + *room / 2 + 16;
	void *larger;

	if (wanted < *room)
		return array;
	if (larger_room <= wanted)
		larger_room = wanted + 1;
	larger = reallocarray(array, larger_room, element_bytes);
	if (larger != NULL)
		*room = larger_room;
	return larger;
}

struct trace_ring *trace_ring(struct trace *trace, uint32_t number)
{
	struct trace_ring **rings;
	struct trace_ring *ring;

	rings = make_room(trace->rings, &trace->ring_room, number, sizeof(struct trace_ring *));
	if (rings == NULL)
		return NULL;
	trace->rings = rings;
	while (trace->ring_count <= number)
		rings[trace->ring_count++] = NULL;
	if (rings[number] != NULL)
		return rings[number];
	ring = keep_zeroed(trace, sizeof(*ring));
	if (ring == NULL)
		return NULL;
	ring->ring = (struct ring){ .process = &trace->process, .index = number, .name = { "", 0 } };
	trace->rings[number] = ring;
	return ring;
}

int trace_expect_chunks(struct trace *trace, uint64_t count)
{
	struct chunk *chunks = make_room(trace->chunks, &trace->chunk_room,
					 trace->chunk_count + (size_t)count, sizeof(struct chunk));

	if (chunks == NULL)
		return -ENOMEM;
	trace->chunks = chunks;
	return 0;
}

int trace_add_chunk(struct trace *trace, const struct chunk *chunk)
{
	struct chunk *chunks =
		make_room(trace->chunks, &trace->chunk_room, trace->chunk_count, sizeof(struct chunk));

	if (chunks == NULL)
		return -ENOMEM;
	trace->chunks = chunks;
	chunks[trace->chunk_count++] = *chunk;
	return 0;
}

void trace_lose(struct trace *trace, struct trace_loss loss)
{
	struct trace_loss *losses =
		make_room(trace->losses, &trace->loss_room, trace->loss_count, sizeof(struct trace_loss));

	if (losses == NULL) {
		source_fail(&trace->source, -ENOMEM);
		return;
	}
	trace->losses = losses;
	losses[trace->loss_count++] = loss;
}

int trace_add_module(struct trace *trace, const struct trace_module *module)
{
	struct trace_module *modules = make_room(trace->modules, &trace->module_room, trace->module_count,
						 sizeof(struct trace_module));

	if (modules == NULL)
		return -ENOMEM;
	trace->modules = modules;
	modules[trace->module_count++] = *module;
	return 0;
}

int trace_refuse(struct trace *trace, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(trace->refusal, sizeof(trace->refusal), format, arguments);
	va_end(arguments);
	return -EBADMSG;
}

static int by_ring_and_number(const void *left, const void *right)
{
	const struct chunk *a = left;
	const struct chunk *b = right;

	if (a->ring != b->ring)
		return a->ring < b->ring ? -1 : 1;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	if (a->is_stray != b->is_stray)
		return a->is_stray ? 1 : -1;
	return a->home < b->home ? -1 : a->home > b->home;
}

/* Sorts the index and leaves out a second chunk of the same ring and number. */
static void sort_chunks(struct trace *trace)
{
	size_t kept = 0;

	if (trace->chunk_count == 0)
		return;
	qsort(trace->chunks, trace->chunk_count, sizeof(*trace->chunks), by_ring_and_number);
	for (size_t i = 0; i < trace->chunk_count; i++) {
		struct chunk *chunk = &trace->chunks[i];

		if (kept > 0 && chunk->ring == trace->chunks[kept - 1].ring &&
		    chunk->number == trace->chunks[kept - 1].number)
			trace_report(trace, chunk->home, "ring %u has a second chunk of number %llu: ignored",
				     chunk->ring, (unsigned long long)chunk->number);
		else
			trace->chunks[kept++] = *chunk;
	}
	trace->chunk_count = kept;
}

static struct clock_pair pair_of(const struct chunk *chunk)
{
	return (struct clock_pair){ chunk->base_ticks, chunk->base_ns };
}

/*
 * Gives each ring its part of the index. A region has no counters of events: they follow from its chunks. So do
 * those of a ring whose description was lost.
 */
static void hand_out_chunks(struct trace *trace)
{
	for (size_t i = 0; i < trace->chunk_count; i++) {
		const struct chunk *chunk = &trace->chunks[i];
		struct trace_ring *ring = trace->rings[chunk->ring];
		bool is_counted = trace->kind == TRACE_SNAPSHOT && ring->is_described;

		if (ring->chunk_count++ == 0) {
			ring->first_chunk = i;
			if (!is_counted)
				ring->overwritten = chunk->first_seq;
		}
		ring->retained += chunk->is_lost ? 0 : chunk->events;
		if (!is_counted)
			ring->recorded = chunk->first_seq + chunk->events;
		clock_pair(&trace->clock, pair_of(chunk));
	}
}

/* A ring's chunks follow each other: a process that died leaves none out but the oldest, which it was about to use again. */
static void report_gaps(struct trace *trace)
{
	for (size_t i = 1; i < trace->chunk_count; i++) {
		const struct chunk *before = &trace->chunks[i - 1];
		const struct chunk *chunk = &trace->chunks[i];

		if (before->ring == chunk->ring && before->number + 1 != chunk->number)
			trace_report(trace, chunk->home, "ring %u: chunks %llu to %llu are not there",
				     chunk->ring, (unsigned long long)before->number + 1,
				     (unsigned long long)chunk->number - 1);
	}
}

struct clock_piece trace_clock_piece(const struct trace *trace, const struct trace_ring *ring, uint32_t index)
{
	const struct chunk *chunk = &trace->chunks[ring->first_chunk + index];
	struct clock_pair next;

	if (index + 1 == ring->chunk_count)
		return clock_piece(&trace->clock, pair_of(chunk), NULL);
	next = pair_of(chunk + 1);
	return clock_piece(&trace->clock, pair_of(chunk), &next);
}

uint64_t trace_base_ns(const struct trace *trace, const struct trace_ring *ring, uint32_t index)
{
	uint64_t mono_ns = trace->chunks[ring->first_chunk + index].base_ns;
	struct clock_stretch stretch = { 0 };

	return clock_real(&trace->clock, &stretch, mono_ns < CLOCK_NS_MAX ? mono_ns : CLOCK_NS_MAX);
}

uint32_t trace_chunk_since(const struct trace *trace, const struct trace_ring *ring, uint64_t since_ns)
{
	uint32_t low = 0;
	uint32_t high = ring->is_ordered ? ring->chunk_count : 0;

	/* The last one whose base is before the moment. */
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (trace_base_ns(trace, ring, middle) < since_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 ? low - 1 : 0;
}

/* A chunk's events are never after the next one's base; so bases tell, where both clocks go forward. */
static bool is_ordered(const struct trace *trace, const struct trace_ring *ring)
{
	const struct chunk *chunks = &trace->chunks[ring->first_chunk];

	for (uint32_t i = 1; i < ring->chunk_count; i++)
		if (chunks[i].base_ns < chunks[i - 1].base_ns)
			return false;
	return !trace->clock.is_set_back;
}

static bool is_steady(const struct trace *trace, const struct trace_ring *ring)
{
	uint64_t last_ns = 0;

	for (uint32_t i = 0; i < ring->chunk_count; i++) {
		struct clock_piece piece = trace_clock_piece(trace, ring, i);
		uint64_t floor_ns = clock_floor(&trace->clock, &piece);

		if (floor_ns < last_ns)
			return false;
		last_ns = floor_ns;
	}
	return true;
}

static void find_order(const struct trace *trace, struct trace_ring *ring)
{
	ring->is_ordered = ring->chunk_count > 0 && is_ordered(trace, ring);
	ring->is_steady = ring->is_ordered || is_steady(trace, ring);
}

void trace_finish(struct trace *trace)
{
	sort_chunks(trace);
	if (trace->kind == TRACE_REGION && !trace->info.is_alive)
		report_gaps(trace);
	hand_out_chunks(trace);
	clock_finish(&trace->clock);
	for (uint32_t i = 0; i < trace->ring_count; i++)
		if (trace->rings[i] != NULL)
			find_order(trace, trace->rings[i]);
}

void trace_close(struct trace *trace, void (*forget)(struct site *site))
{
	sites_free(&trace->sites, forget);
	clock_free(&trace->clock);
	while (trace->memory != NULL) {
		struct trace_memory *next = trace->memory->next;

		free(trace->memory);
		trace->memory = next;
	}
	free(trace->rings);
	free(trace->chunks);
	free(trace->modules);
	free(trace->losses);
	source_close(&trace->spool);
	source_close(&trace->source);
}
