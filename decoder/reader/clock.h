/*
 * clock.h - ticks to CLOCK_MONOTONIC to CLOCK_REALTIME, exactly as rendering.md, "Time", says.
 *
 * Order of calls: clock_add and clock_pair in any order, clock_finish, then the rest, which only reads.
 * Invariant: every result is in 0 .. CLOCK_NS_MAX.
 */
#ifndef TTDECODE_CLOCK_H
#define TTDECODE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLOCK_NS_MAX ((uint64_t)INT64_MAX)

struct clock_triple {
	uint64_t ticks;
	uint64_t mono_ns;
	uint64_t real_ns;
	uint64_t floor_ns; /* the least real_ns from this one on: the real clock may have been set back */
};

/* A moment of which ticks and ns are known. */
struct clock_pair {
	uint64_t ticks;
	uint64_t ns;
};

struct clock {
	uint32_t kind;	  /* TTF_CLOCK_* */
	bool is_held;	  /* events may have the ticks of the one before them */
	bool is_set_back; /* later triples have an earlier real_ns: the real clock was set back */
	struct clock_triple *triples;
	size_t count;
	size_t room;
	struct clock_pair lowest; /* the span: rule 3 */
	struct clock_pair highest;
	bool has_span;
};

/* The conversion of one chunk's ticks: mono = ns + (ticks - ticks0) x rise / run. */
struct clock_piece {
	uint64_t ticks;
	uint64_t ns;
	uint64_t rise;
	uint64_t run;
	uint64_t latest_ns; /* no event of the chunk is after it */
	bool has_end;
	uint64_t end_ticks; /* nor after these */
};

/*
 * The conversion of moments near each other: real = real_ns + (mono - mono_ns) x rise / run, of those that are less than span_ns after
 * mono_ns. Begin with zeros.
 */
struct clock_stretch {
	uint64_t mono_ns;
	uint64_t span_ns;
	uint64_t real_ns;
	uint64_t rise;
	uint64_t run;
};

/* The file's `clock` field. False: it is not known, and ticks are taken for a counter. */
bool clock_set_kind(struct clock *clock, uint32_t kind);

/* A triple of the file, in file order. One whose mono_ns is 0 does not count. 0 or -ENOMEM. */
int clock_add(struct clock *clock, uint64_t ticks, uint64_t mono_ns, uint64_t real_ns);

/* The pair of an intact chunk. */
void clock_pair(struct clock *clock, struct clock_pair pair);

void clock_finish(struct clock *clock);

/* The conversion for a chunk of pair `chunk` that is followed by the chunk of pair `next` (NULL: by none). */
struct clock_piece clock_piece(const struct clock *clock, struct clock_pair chunk,
			       const struct clock_pair *next);

/* clock_line where the product needs 128 bits. */
uint64_t clock_line_wide(uint64_t start, uint64_t steps, uint64_t rise, uint64_t run);

/* start + steps x rise / run, rounded down and clamped. */
static inline uint64_t clock_line(uint64_t start, uint64_t steps, uint64_t rise, uint64_t run)
{
	uint64_t risen = steps;
	uint64_t ns;

	if (rise != run) {
		if (__builtin_mul_overflow(steps, rise, &risen))
			return clock_line_wide(start, steps, rise, run);
		risen /= run;
	}
	return __builtin_add_overflow(start, risen, &ns) || ns > CLOCK_NS_MAX ? CLOCK_NS_MAX : ns;
}

static inline uint64_t clock_mono(const struct clock_piece *piece, uint64_t ticks)
{
	uint64_t steps = ticks < piece->ticks ? 0 : ticks - piece->ticks;
	uint64_t ns = clock_line(piece->ns, steps, piece->rise, piece->run);

	return ns < piece->latest_ns ? ns : piece->latest_ns;
}

/* The stretch that a moment, at most CLOCK_NS_MAX, is in. */
struct clock_stretch clock_stretch(const struct clock *clock, uint64_t mono_ns);

/* *stretch is that of an earlier moment of the same clock, and becomes this one's. */
static inline uint64_t clock_real(const struct clock *clock, struct clock_stretch *stretch, uint64_t mono_ns)
{
	if (mono_ns - stretch->mono_ns >= stretch->span_ns)
		*stretch = clock_stretch(clock, mono_ns);
	return clock_line(stretch->real_ns, mono_ns - stretch->mono_ns, stretch->rise, stretch->run);
}

/* A time that no event of the piece's chunk is before. */
uint64_t clock_floor(const struct clock *clock, const struct clock_piece *piece);

void clock_free(struct clock *clock);

#endif
