#include "pack.h"

#include <stdbool.h>

#include "bytes.h"

struct shape {
	uint32_t id;
	uint32_t lanes;
	uint32_t count;
	uint32_t first; /* of its records in `sorted` */
};

/* What is known of the records; all of it in the caller's scratch. */
struct packing {
	const uint8_t *records;
	uint32_t record_count;
	uint32_t shape_count;
	struct shape *shapes;
	uint16_t *slots;  /* of a hash table: index of a shape, and 1 more */
	uint32_t *at;	  /* where each record begins, in words */
	uint32_t *shape;  /* each record's */
	uint32_t *sorted; /* where the records of each shape begin, one shape after the other */
	uint32_t *column; /* the values of one */
	uint8_t *to;
	uint8_t *end;
	bool is_full;
};

static void lay_out(struct packing *packing, void *scratch, uint32_t words)
{
	packing->shapes = scratch;
	packing->at = (uint32_t *)(packing->shapes + TTF_PACK_SHAPES_MAX);
	packing->shape = packing->at + words;
	packing->sorted = packing->shape + words;
	packing->column = packing->sorted + words;
	packing->slots = (uint16_t *)(packing->column + words);
	memset(packing->slots, 0, TTF_PACK_SLOTS * sizeof(*packing->slots));
}

/* The shape of a site's records; made when it is the first. TTF_PACK_SHAPES_MAX: there are too many. */
static uint32_t shape_of(struct packing *packing, uint32_t id, const struct ttf_pack_lanes *lanes)
{
	/* Knuth's multiplicative hash: The Art of Computer Programming, 6.4. */
	uint32_t slot = id * 2654435761u >> 22;
	struct shape *made;

	for (; packing->slots[slot] != 0; slot = (slot + 1) % TTF_PACK_SLOTS)
		if (packing->shapes[packing->slots[slot] - 1].id == id)
			return packing->slots[slot] - 1u;
	if (packing->shape_count == TTF_PACK_SHAPES_MAX)
		return TTF_PACK_SHAPES_MAX;
	made = &packing->shapes[packing->shape_count++];
	made->id = id;
	made->lanes = id == 0 ? 1 : id < lanes->count ? lanes->of[id] : 0;
	made->count = 0;
	packing->slots[slot] = (uint16_t)packing->shape_count;
	return packing->shape_count - 1;
}

/* The least words of a record of this shape. */
static uint32_t least_words(const struct shape *shape)
{
	return 1 + (shape->lanes - (shape->id == 0) + 1) / 2;
}

/* Finds each record and its shape. */
static bool walk(struct packing *packing, uint32_t words, const struct ttf_pack_lanes *lanes)
{
	uint32_t shape = 0;

	for (uint32_t at = 0; at < words;) {
		uint64_t header = ttf_load64(packing->records + at * (size_t)8);
		uint32_t bytes = ttf_record_words(header);
		uint32_t id = ttf_record_id(header);

		if (packing->shape_count == 0 || packing->shapes[shape].id != id)
			shape = shape_of(packing, id, lanes);
		if (shape == TTF_PACK_SHAPES_MAX || bytes < least_words(&packing->shapes[shape]) ||
		    bytes > words - at)
			return false;
		packing->shapes[shape].count++;
		packing->shape[packing->record_count] = shape;
		packing->at[packing->record_count++] = at;
		at += bytes;
	}
	return packing->record_count > 0;
}

static void sort(struct packing *packing)
{
	uint32_t first = 0;

	for (uint32_t i = 0; i < packing->shape_count; i++) {
		packing->shapes[i].first = first;
		first += packing->shapes[i].count;
	}
	for (uint32_t i = 0; i < packing->record_count; i++)
		packing->sorted[packing->shapes[packing->shape[i]].first++] = packing->at[i];
	for (uint32_t i = 0; i < packing->shape_count; i++)
		packing->shapes[i].first -= packing->shapes[i].count;
}

static uint32_t width_of(uint32_t bits)
{
	return bits == 0 ? 0 : (32 - (uint32_t)__builtin_clz(bits) + 7) / 8;
}

/* What a column comes to in each mode: the bits that its values have, and how often one comes twice. */
struct choice {
	uint32_t plain, rising, zigzag, differ;
	uint32_t plain_again, other_again;
};

static struct choice weigh(const uint32_t *values, uint32_t count)
{
	struct choice choice = { 0, 0, 0, 0, 0, 0 };
	uint32_t before = 0, step_before = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t step = values[i] - before;

		choice.plain |= values[i];
		choice.rising |= step;
		choice.zigzag |= ttf_zigzag(step);
		choice.differ |= values[i] ^ values[0];
		choice.plain_again += step == 0;
		choice.other_again += step == step_before;
		before = values[i];
		step_before = step;
	}
	return choice;
}

/* The narrowest; of equals the one that repeats itself more, which LZ4 likes. */
static enum ttf_column choose(const struct choice *choice, uint32_t *width)
{
	uint32_t plain = width_of(choice->plain), rising = width_of(choice->rising);
	uint32_t zigzag = width_of(choice->zigzag);
	uint32_t other = rising <= zigzag ? rising : zigzag;

	*width = plain;
	if (choice->differ == 0)
		return TTF_COLUMN_CONSTANT;
	if (plain < other || (plain == other && choice->plain_again >= choice->other_again))
		return TTF_COLUMN_PLAIN;
	*width = other;
	return rising <= zigzag ? TTF_COLUMN_RISING : TTF_COLUMN_ZIGZAG;
}

/* Turns the values into differences in place. */
static void take_differences(uint32_t *values, uint32_t count, bool is_zigzag)
{
	uint32_t before = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t step = values[i] - before;

		before = values[i];
		values[i] = is_zigzag ? ttf_zigzag(step) : step;
	}
}

static bool has_room(struct packing *packing, size_t bytes)
{
	packing->is_full = packing->is_full || bytes > (size_t)(packing->end - packing->to);
	return !packing->is_full;
}

/* Writes the first `count` values of `packing->column`. */
static void put_column(struct packing *packing, uint32_t count)
{
	uint32_t *values = packing->column;
	struct choice choice = weigh(values, count);
	uint32_t width;
	enum ttf_column mode = choose(&choice, &width);

	if (mode == TTF_COLUMN_CONSTANT)
		count = count > 0;
	if (!has_room(packing, 1 + width * (size_t)count))
		return;
	*packing->to++ = (uint8_t)(width | (uint32_t)mode << TTF_COLUMN_MODE_SHIFT);
	if (mode == TTF_COLUMN_RISING || mode == TTF_COLUMN_ZIGZAG)
		take_differences(values, count, mode == TTF_COLUMN_ZIGZAG);
	for (uint32_t plane = 0; plane < width; plane++)
		for (uint32_t i = 0; i < count; i++)
			*packing->to++ = (uint8_t)(values[i] >> plane * 8);
}

static void put_head(struct packing *packing)
{
	if (!has_room(packing, TTF_PACKED_SHAPE + packing->shape_count * (size_t)TTF_PACKED_SHAPE_BYTES))
		return;
	ttf_store32(packing->to + TTF_PACKED_RECORDS, packing->record_count);
	ttf_store32(packing->to + TTF_PACKED_SHAPES, packing->shape_count);
	packing->to += TTF_PACKED_SHAPE;
	for (uint32_t i = 0; i < packing->shape_count; i++) {
		ttf_store32(packing->to,
			    packing->shapes[i].id << TTF_PACKED_ID_SHIFT | packing->shapes[i].lanes);
		packing->to += TTF_PACKED_SHAPE_BYTES;
	}
}

static void put_order(struct packing *packing)
{
	memcpy(packing->column, packing->shape, packing->record_count * sizeof(*packing->column));
	put_column(packing, packing->record_count);
}

static void put_ticks(struct packing *packing)
{
	uint32_t events = 0;

	for (uint32_t i = 0; i < packing->record_count; i++)
		if (packing->shapes[packing->shape[i]].id != 0)
			packing->column[events++] = ttf_load32(packing->records + packing->at[i] * (size_t)8);
	put_column(packing, events);
}

/* What follows the lanes of each record. */
static void put_tails(struct packing *packing, const struct shape *shape)
{
	size_t skip = 8 + (shape->lanes - (shape->id == 0)) * (size_t)4;

	for (uint32_t i = 0; i < shape->count; i++) {
		const uint8_t *record = packing->records + packing->sorted[shape->first + i] * (size_t)8;
		size_t bytes = ttf_record_words(ttf_load64(record)) * (size_t)8 - skip;

		if (!has_room(packing, bytes))
			return;
		memcpy(packing->to, record + skip, bytes);
		packing->to += bytes;
	}
}

/* How long each record of the shape is. */
static void put_words(struct packing *packing, const struct shape *shape)
{
	const uint32_t *sorted = packing->sorted + shape->first;

	for (uint32_t i = 0; i < shape->count; i++)
		packing->column[i] = ttf_record_words(ttf_load64(packing->records + sorted[i] * (size_t)8));
	put_column(packing, shape->count);
}

static void put_bodies(struct packing *packing, const struct shape *shape)
{
	const uint32_t *sorted = packing->sorted + shape->first;
	size_t lane_at = shape->id == 0 ? 0 : 8;

	for (uint32_t lane = 0; lane < shape->lanes; lane++) {
		for (uint32_t i = 0; i < shape->count; i++)
			packing->column[i] = ttf_load32(packing->records + sorted[i] * (size_t)8 + lane_at);
		put_column(packing, shape->count);
		lane_at += lane == 0 && shape->id == 0 ? 8 : 4;
	}
	put_tails(packing, shape);
}

size_t ttf_pack(const void *records, uint32_t words, const struct ttf_pack_lanes *lanes, void *scratch,
		void *to, size_t room)
{
	struct packing packing = { .records = records, .to = to, .end = (uint8_t *)to + room };

	lay_out(&packing, scratch, words);
	if (!walk(&packing, words, lanes))
		return 0;
	sort(&packing);
	put_head(&packing);
	put_order(&packing);
	for (uint32_t i = 0; i < packing.shape_count; i++)
		put_words(&packing, &packing.shapes[i]);
	put_ticks(&packing);
	for (uint32_t i = 0; i < packing.shape_count; i++)
		put_bodies(&packing, &packing.shapes[i]);
	return packing.is_full ? 0 : (size_t)(packing.to - (uint8_t *)to);
}
