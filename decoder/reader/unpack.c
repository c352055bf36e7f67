#include "unpack.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../format-spec/twin/pack.h"
#include "../../format-spec/twin/record.h"
#include "view.h"

struct shape {
	uint32_t id;
	uint32_t lanes;
	uint32_t count;
	uint32_t first; /* of its records in `sorted` */
	uint32_t next;	/* of them to be sorted */
};

struct unpacking {
	struct view packed;
	uint8_t *to;
	uint32_t words;
	uint32_t record_count;
	uint32_t event_count;
	uint32_t shape_count;
	struct shape *shapes;
	uint32_t *shape;  /* each record's */
	uint32_t *at;	  /* where each record begins, in words */
	uint32_t *length; /* ... and its words */
	uint32_t *
		sorted; /* the records of each shape, one shape after the other; then where in `to` they begin */
	uint32_t *column; /* the values of one */
	bool failed;
};

#define ARRAYS 5u /* of as many values as records */

_Static_assert(sizeof(struct shape) % sizeof(uint32_t) == 0, "shapes and values share memory");

/* Shapes are no more than records, so this is enough for all. */
static bool lay_out(struct unpacking *unpacking, struct unpack_room *room)
{
	size_t records = unpacking->record_count;
	size_t wanted = records * (ARRAYS + sizeof(struct shape) / sizeof(uint32_t));
	uint32_t *larger;

	if (wanted > room->count) {
		larger = realloc(room->values, wanted * sizeof(uint32_t));
		if (larger == NULL)
			return false;
		room->values = larger;
		room->count = wanted;
	}
	unpacking->shapes = (struct shape *)room->values;
	unpacking->shape = (uint32_t *)(unpacking->shapes + records);
	unpacking->at = unpacking->shape + records;
	unpacking->length = unpacking->at + records;
	unpacking->sorted = unpacking->length + records;
	unpacking->column = unpacking->sorted + records;
	return true;
}

static void fail_if(struct unpacking *unpacking, bool is_wrong)
{
	unpacking->failed = unpacking->failed || is_wrong;
}

static void add_differences(uint32_t *values, uint32_t count, bool is_zigzag)
{
	uint32_t value = 0;

	for (uint32_t i = 0; i < count && is_zigzag; i++)
		values[i] = ttf_unzigzag(values[i]);
	for (uint32_t i = 0; i < count; i++) {
		value += values[i];
		values[i] = value;
	}
}

/* Byte planes, the lowest first. */
static void join_planes(const uint8_t *planes, uint32_t width, uint32_t *values, uint32_t count)
{
	const uint8_t *second = planes + count, *third = second + count, *fourth = third + count;

	switch (width) {
	case 0:
		memset(values, 0, count * sizeof(*values));
		break;
	case 1:
		for (uint32_t i = 0; i < count; i++)
			values[i] = planes[i];
		break;
	case 2:
		for (uint32_t i = 0; i < count; i++)
			values[i] = planes[i] | (uint32_t)second[i] << 8;
		break;
	case 3:
		for (uint32_t i = 0; i < count; i++)
			values[i] = planes[i] | (uint32_t)second[i] << 8 | (uint32_t)third[i] << 16;
		break;
	default:
		for (uint32_t i = 0; i < count; i++)
			values[i] = planes[i] | (uint32_t)second[i] << 8 | (uint32_t)third[i] << 16 |
				    (uint32_t)fourth[i] << 24;
	}
}

/* The next column, to `values`. */
static void take_column(struct unpacking *unpacking, uint32_t *values, uint32_t count)
{
	uint8_t how = view_u8(&unpacking->packed);
	uint32_t width = how & TTF_COLUMN_WIDTH;
	uint32_t mode = how >> TTF_COLUMN_MODE_SHIFT & TTF_COLUMN_MODE_MASK;
	uint32_t stored = mode == TTF_COLUMN_CONSTANT ? count > 0 : count;
	const uint8_t *planes = view_take(&unpacking->packed, width * (size_t)stored);

	fail_if(unpacking,
		planes == NULL || width > TTF_COLUMN_WIDTH_MAX || (how & TTF_COLUMN_RESERVED) != 0);
	if (unpacking->failed)
		return;
	join_planes(planes, width, values, stored);
	if (mode == TTF_COLUMN_RISING || mode == TTF_COLUMN_ZIGZAG)
		add_differences(values, count, mode == TTF_COLUMN_ZIGZAG);
	for (uint32_t i = stored; i < count; i++)
		values[i] = values[0];
}

static void take_shapes(struct unpacking *unpacking)
{
	for (uint32_t i = 0; i < unpacking->shape_count; i++) {
		uint32_t word = view_u32(&unpacking->packed);

		unpacking->shapes[i] = (struct shape){
			.id = word >> TTF_PACKED_ID_SHIFT,
			.lanes = word & TTF_PACKED_LANES_MASK,
		};
		/* A control record's first lane is the low half of its header. */
		fail_if(unpacking, unpacking->shapes[i].id == 0 && unpacking->shapes[i].lanes == 0);
	}
}

static bool count_shapes(struct unpacking *unpacking)
{
	uint32_t shape_count = unpacking->shape_count;

	for (uint32_t i = 0; i < unpacking->record_count; i++) {
		uint32_t shape = unpacking->shape[i];

		if (shape >= shape_count)
			return false;
		unpacking->shapes[shape].count++;
	}
	return true;
}

/* Counts the records of each shape, and sorts them by it. */
static void take_order(struct unpacking *unpacking)
{
	const uint32_t *shape = unpacking->shape;
	uint32_t first = 0;

	take_column(unpacking, unpacking->shape, unpacking->record_count);
	if (unpacking->failed || !count_shapes(unpacking)) {
		unpacking->failed = true;
		return;
	}
	for (uint32_t i = 0; i < unpacking->shape_count; i++) {
		unpacking->shapes[i].first = unpacking->shapes[i].next = first;
		first += unpacking->shapes[i].count;
		if (unpacking->shapes[i].id != 0)
			unpacking->event_count += unpacking->shapes[i].count;
	}
	for (uint32_t i = 0; i < unpacking->record_count; i++)
		unpacking->sorted[unpacking->shapes[shape[i]].next++] = i;
}

/* Bytes of a record of this shape that are in lanes, header included. */
static uint32_t head_bytes(const struct shape *shape)
{
	return 8 + (shape->lanes - (shape->id == 0)) * 4;
}

/* Gives each of the shape's records its length. */
static bool put_lengths(struct unpacking *unpacking, const struct shape *shape)
{
	const uint32_t *sorted = unpacking->sorted + shape->first;
	uint32_t least = (head_bytes(shape) + 7) / 8;

	for (uint32_t i = 0; i < shape->count; i++) {
		uint32_t length = unpacking->column[i];

		if (length > TTF_RECORD_WORDS_MAX || length < least)
			return false;
		unpacking->length[sorted[i]] = length;
	}
	return true;
}

/* How long each record is, and where it begins: all of them are `words` long. */
static void take_lengths(struct unpacking *unpacking)
{
	uint64_t at = 0;

	for (uint32_t i = 0; i < unpacking->shape_count && !unpacking->failed; i++) {
		take_column(unpacking, unpacking->column, unpacking->shapes[i].count);
		fail_if(unpacking, !unpacking->failed && !put_lengths(unpacking, &unpacking->shapes[i]));
	}
	for (uint32_t i = 0; i < unpacking->record_count && !unpacking->failed; i++) {
		unpacking->at[i] = (uint32_t)at;
		at += unpacking->length[i];
	}
	fail_if(unpacking, at != unpacking->words);
}

/* The headers; a control record's low half comes with its lanes. */
static void put_headers(struct unpacking *unpacking)
{
	const uint32_t *low = unpacking->column;

	for (uint32_t i = 0; i < unpacking->record_count; i++) {
		uint64_t id = unpacking->shapes[unpacking->shape[i]].id;
		uint64_t header = id << TTF_RECORD_ID_SHIFT | (uint64_t)unpacking->length[i]
								      << TTF_RECORD_WORDS_SHIFT;

		if (id != 0)
			header |= *low++;
		ttf_store64(unpacking->to + unpacking->at[i] * (size_t)8, header);
	}
}

static void take_headers(struct unpacking *unpacking)
{
	take_column(unpacking, unpacking->column, unpacking->event_count);
	if (!unpacking->failed)
		put_headers(unpacking);
}

static void take_lane(struct unpacking *unpacking, const struct shape *shape, size_t offset)
{
	const uint32_t *places = unpacking->sorted + shape->first;
	const uint32_t *column = unpacking->column;

	take_column(unpacking, unpacking->column, shape->count);
	if (unpacking->failed)
		return;
	for (uint32_t i = 0; i < shape->count; i++)
		ttf_store32(unpacking->to + places[i] + offset, column[i]);
}

/* Replaces the shape's records by their places. Returns their tails' bytes. */
static size_t find_places(struct unpacking *unpacking, const struct shape *shape)
{
	uint32_t *sorted = unpacking->sorted + shape->first;
	size_t bytes = 0;

	for (uint32_t i = 0; i < shape->count; i++) {
		uint32_t record = sorted[i];

		bytes += unpacking->length[record] * (size_t)8 - head_bytes(shape);
		sorted[i] = unpacking->at[record] * 8;
	}
	return bytes;
}

static void put_tails(struct unpacking *unpacking, const struct shape *shape, const uint8_t *tails)
{
	const uint32_t *places = unpacking->sorted + shape->first;
	size_t head = head_bytes(shape);

	for (uint32_t i = 0; i < shape->count; i++) {
		uint8_t *record = unpacking->to + places[i];
		size_t bytes = ttf_record_words(ttf_load64(record)) * (size_t)8 - head;

		memcpy(record + head, tails, bytes);
		tails += bytes;
	}
}

static void take_bodies(struct unpacking *unpacking, const struct shape *shape)
{
	size_t tail_bytes = find_places(unpacking, shape);
	size_t offset = shape->id == 0 ? 0 : 8;
	const uint8_t *tails;

	for (uint32_t lane = 0; lane < shape->lanes && !unpacking->failed; lane++) {
		take_lane(unpacking, shape, offset);
		offset += offset == 0 ? 8 : 4;
	}
	tails = view_take(&unpacking->packed, tail_bytes);
	fail_if(unpacking, tails == NULL);
	if (!unpacking->failed && tail_bytes > 0)
		put_tails(unpacking, shape, tails);
}

int unpack(const uint8_t *packed, size_t bytes, struct unpack_room *room, uint8_t *to, uint32_t words)
{
	struct unpacking unpacking = { .packed = view_of(packed, bytes), .to = to, .words = words };

	unpacking.record_count = view_u32(&unpacking.packed);
	unpacking.shape_count = view_u32(&unpacking.packed);
	if (unpacking.packed.failed || unpacking.record_count > words ||
	    unpacking.shape_count > unpacking.record_count)
		return -EBADMSG;
	if (!lay_out(&unpacking, room))
		return -ENOMEM;
	take_shapes(&unpacking);
	take_order(&unpacking);
	take_lengths(&unpacking);
	take_headers(&unpacking);
	for (uint32_t i = 0; i < unpacking.shape_count && !unpacking.failed; i++)
		take_bodies(&unpacking, &unpacking.shapes[i]);
	return unpacking.failed || unpacking.packed.failed || unpacking.packed.left > 0 ? -EBADMSG : 0;
}

void unpack_room_free(struct unpack_room *room)
{
	free(room->values);
	*room = (struct unpack_room){ 0 };
}
