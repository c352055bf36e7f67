/*
 * wide.c - see wide.h.
 */
#include "wide.h"

#include "../../format-spec/twin/bytes.h"

#define REPLACEMENT 0xfffdu

static bool is_scalar(uint32_t unit)
{
	return unit < 0xd800 || (unit > 0xdfff && unit <= 0x10ffff);
}

unsigned wide_encode(char *at, uint32_t unit)
{
	if (!is_scalar(unit))
		unit = REPLACEMENT;
	if (unit < 0x80) {
		at[0] = (char)unit;
		return 1;
	}
	if (unit < 0x800) {
		at[0] = (char)(0xc0 | unit >> 6);
		at[1] = (char)(0x80 | (unit & 0x3f));
		return 2;
	}
	if (unit < 0x10000) {
		at[0] = (char)(0xe0 | unit >> 12);
		at[1] = (char)(0x80 | (unit >> 6 & 0x3f));
		at[2] = (char)(0x80 | (unit & 0x3f));
		return 3;
	}
	at[0] = (char)(0xf0 | unit >> 18);
	at[1] = (char)(0x80 | (unit >> 12 & 0x3f));
	at[2] = (char)(0x80 | (unit >> 6 & 0x3f));
	at[3] = (char)(0x80 | (unit & 0x3f));
	return 4;
}

size_t wide_fit(struct text *units, size_t limit)
{
	char encoded[4];
	size_t needed = 0;
	size_t i;

	for (i = 0; i + 4 <= units->bytes; i += 4) {
		unsigned more = wide_encode(encoded, ttf_load32(units->at + i));

		if (more > limit - needed)
			break;
		needed += more;
	}
	units->bytes = i;
	return needed;
}

void wide_render(struct out *to, struct text units)
{
	size_t i;

	for (i = 0; i + 4 <= units.bytes; i += 4) {
		char *at = out_reserve(to, 4);

		out_commit(to, at + wide_encode(at, ttf_load32(units.at + i)));
	}
}
