#include "clock.h"

#include <errno.h>
#include <stdlib.h>

#include "../../format-spec/twin/region.h"

__extension__ typedef unsigned __int128 wide;

static uint64_t clamp(wide ns)
{
	return ns > CLOCK_NS_MAX ? CLOCK_NS_MAX : (uint64_t)ns;
}

uint64_t clock_line_wide(uint64_t start, uint64_t steps, uint64_t rise, uint64_t run)
{
	return clamp(start + (wide)steps * rise / run);
}

bool clock_set_kind(struct clock *clock, uint32_t kind)
{
	uint32_t counter = kind & TTF_CLOCK_COUNTER;
	bool is_known = counter >= TTF_CLOCK_TSC && counter <= TTF_CLOCK_MONOTONIC &&
			(kind & ~(TTF_CLOCK_COUNTER | TTF_CLOCK_HELD)) == 0;

	clock->kind = is_known ? counter : 0;
	clock->is_held = is_known && (kind & TTF_CLOCK_HELD) != 0;
	return is_known;
}

int clock_add(struct clock *clock, uint64_t ticks, uint64_t mono_ns, uint64_t real_ns)
{
	if (mono_ns == 0)
		return 0;
	if (clock->count == clock->room) {
		size_t room = clock->room * 2 + 8;
		struct clock_triple *larger = realloc(clock->triples, room * sizeof(*larger));

		if (larger == NULL)
			return -ENOMEM;
		clock->triples = larger;
		clock->room = room;
	}
	/* Until clock_finish, floor_ns holds the place in the file: it makes the sort stable. */
	clock->triples[clock->count] = (struct clock_triple){ ticks, mono_ns, real_ns, clock->count };
	clock->count++;
	clock_pair(clock, (struct clock_pair){ ticks, mono_ns });
	return 0;
}

void clock_pair(struct clock *clock, struct clock_pair pair)
{
	struct clock_pair *low = &clock->lowest;
	struct clock_pair *high = &clock->highest;

	if (!clock->has_span) {
		*low = *high = pair;
		clock->has_span = true;
	}
	if (pair.ticks < low->ticks || (pair.ticks == low->ticks && pair.ns < low->ns))
		*low = pair;
	if (pair.ticks > high->ticks || (pair.ticks == high->ticks && pair.ns > high->ns))
		*high = pair;
}

static int by_mono(const void *left, const void *right)
{
	const struct clock_triple *a = left;
	const struct clock_triple *b = right;

	if (a->mono_ns != b->mono_ns)
		return a->mono_ns < b->mono_ns ? -1 : 1;
	return a->floor_ns < b->floor_ns ? -1 : 1;
}

void clock_finish(struct clock *clock)
{
	size_t kept = 0;
	uint64_t floor_ns = CLOCK_NS_MAX;

	if (clock->count == 0)
		return;
	qsort(clock->triples, clock->count, sizeof(*clock->triples), by_mono);
	for (size_t i = 0; i < clock->count; i++)
		if (kept == 0 || clock->triples[i].mono_ns != clock->triples[kept - 1].mono_ns)
			clock->triples[kept++] = clock->triples[i];
	clock->count = kept;
	for (size_t i = kept; i-- > 0;) {
		clock->is_set_back = clock->is_set_back || clock->triples[i].real_ns > floor_ns;
		if (clock->triples[i].real_ns < floor_ns)
			floor_ns = clock->triples[i].real_ns;
		clock->triples[i].floor_ns = floor_ns;
	}
}

struct clock_piece clock_piece(const struct clock *clock, struct clock_pair chunk,
			       const struct clock_pair *next)
{
	struct clock_piece piece = {
		.ticks = chunk.ticks, .ns = chunk.ns, .rise = 1, .run = 1, .latest_ns = CLOCK_NS_MAX
	};

	if (next != NULL && next->ns >= chunk.ns)
		piece.latest_ns = clamp(next->ns);
	piece.has_end = next != NULL;
	piece.end_ticks = next != NULL ? next->ticks : 0;

	if (clock->kind == TTF_CLOCK_MONOTONIC) {
		piece.ticks = piece.ns = 0;
	} else if (next != NULL && next->ticks > chunk.ticks && next->ns > chunk.ns) {
		piece.rise = next->ns - chunk.ns;
		piece.run = next->ticks - chunk.ticks;
	} else if (clock->has_span && clock->highest.ticks > clock->lowest.ticks &&
		   clock->highest.ns > clock->lowest.ns) {
		piece.rise = clock->highest.ns - clock->lowest.ns;
		piece.run = clock->highest.ticks - clock->lowest.ticks;
	}
	return piece;
}

/* How many triples stand at or before the moment. */
static size_t triples_until(const struct clock *clock, uint64_t mono_ns)
{
	size_t low = 0;
	size_t high = clock->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (clock->triples[middle].mono_ns <= mono_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Before the first triple both clocks run alike, and the real one from 0. */
static struct clock_stretch stretch_before(const struct clock_triple *first, uint64_t mono_ns)
{
	uint64_t zero_ns = first->mono_ns > first->real_ns ? first->mono_ns - first->real_ns : 0;

	if (mono_ns < zero_ns)
		return (struct clock_stretch){ .span_ns = zero_ns, .run = 1 };
	return (struct clock_stretch){ .mono_ns = zero_ns,
				       .span_ns = first->mono_ns - zero_ns,
				       .real_ns = zero_ns > 0 ? 0 : first->real_ns - first->mono_ns,
				       .rise = 1,
				       .run = 1 };
}

static struct clock_stretch stretch_after(const struct clock *clock, size_t until)
{
	const struct clock_triple *a = &clock->triples[until - 1];
	const struct clock_triple *b = a + 1;
	struct clock_stretch stretch = {
		.mono_ns = a->mono_ns,
		.span_ns = CLOCK_NS_MAX - a->mono_ns + 1,
		.real_ns = a->real_ns,
		.rise = 1,
		.run = 1,
	};

	if (until == clock->count)
		return stretch;
	stretch.span_ns = b->mono_ns - a->mono_ns;
	if (b->real_ns >= a->real_ns) {
		stretch.rise = b->real_ns - a->real_ns;
		stretch.run = b->mono_ns - a->mono_ns;
	}
	return stretch;
}

struct clock_stretch clock_stretch(const struct clock *clock, uint64_t mono_ns)
{
	size_t until = triples_until(clock, mono_ns);

	if (clock->count == 0)
		return (struct clock_stretch){ .span_ns = CLOCK_NS_MAX + 1, .rise = 1, .run = 1 };
	return until == 0 ? stretch_before(clock->triples, mono_ns) : stretch_after(clock, until);
}

uint64_t clock_floor(const struct clock *clock, const struct clock_piece *piece)
{
	uint64_t mono_ns = clamp(piece->ns);
	size_t until = triples_until(clock, mono_ns);
	struct clock_stretch stretch = { 0 };
	uint64_t floor_ns = clock_real(clock, &stretch, mono_ns);

	if (until < clock->count && clock->triples[until].floor_ns < floor_ns)
		floor_ns = clock->triples[until].floor_ns;
	return floor_ns;
}

void clock_free(struct clock *clock)
{
	free(clock->triples);
	*clock = (struct clock){ 0 };
}
