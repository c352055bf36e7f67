#include "string_rule.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "../format-spec/twin/conversion.h"
#include "../format-spec/twin/record.h"

static uint16_t rule_of(const struct ttf_piece *piece, uint8_t type)
{
	bool is_wide = type == TTF_WSTR;
	uint16_t rule = is_wide ? TT_IMPL_RULE_WIDE : 0;

	if ((piece->letter != 's' && piece->letter != 'S') || (piece->length == TTF_LENGTH_LONG) != is_wide)
		return TT_IMPL_RULE_POINTER;
	if (piece->precision_argument != TTF_ARGUMENT_NONE)
		return rule | TT_IMPL_RULE_STAR;
	return rule | (piece->precision < 0 ? TT_IMPL_RULE_PLAIN : (uint16_t)piece->precision);
}

/* An argument may be printed twice: it is read as far as one of them reads. -EINVAL: no rule says that. */
static int join(uint16_t *rule, uint16_t other)
{
	uint16_t fixed = *rule & TT_IMPL_RULE_STAR ? other : *rule;

	if (other == TT_IMPL_RULE_POINTER)
		return 0;
	if (*rule == TT_IMPL_RULE_POINTER) {
		*rule = other;
	} else if (((*rule ^ other) & TT_IMPL_RULE_STAR) == 0) {
		if (other > *rule)
			*rule = other;
	} else {
		if ((fixed & TT_IMPL_RULE_PRECISION) != TT_IMPL_RULE_PLAIN)
			return -EINVAL;
		*rule = fixed;
	}
	return 0;
}

/* Puts the rule of one conversion where its argument is a string. -EINVAL: the conversion cannot be recorded. */
static int apply_conversion(struct tt_impl_site *site, const struct ttf_piece *piece)
{
	uint16_t rule;

	if (piece->argument < 0 || piece->argument >= site->arguments ||
	    site->types[piece->argument] < TTF_STR)
		return 0;
	rule = rule_of(piece, site->types[piece->argument]);
	/* The recorder looks for a precision only in the argument before. */
	if (rule & TT_IMPL_RULE_STAR && rule != TT_IMPL_RULE_POINTER &&
	    piece->precision_argument != piece->argument - 1)
		return -EINVAL;
	return join(&site->rules[piece->argument], rule);
}

int string_rule_set(struct tt_impl_site *site)
{
	struct ttf_format format = { site->format, site->format + strlen(site->format), 0 };
	struct ttf_piece piece;

	site->has_errno = tt_impl_wants_errno(site->format) != 0;
	for (unsigned i = 0; i < site->arguments; i++)
		site->rules[i] = TT_IMPL_RULE_POINTER; /* what no conversion reads is not read */
	while (ttf_format_next(&format, &piece))
		if (piece.letter == 'n' || (!piece.is_literal && apply_conversion(site, &piece) < 0))
			return -EINVAL;
	return 0;
}

/* The types by which the arguments go: a string that is not read goes as the pointer it is. */
void string_rule_types(const struct tt_impl_site *site, uint8_t types[TT_IMPL_ARGUMENTS_MAX])
{
	for (unsigned i = 0; i < site->arguments; i++)
		types[i] = site->types[i] >= TTF_STR && site->rules[i] == TT_IMPL_RULE_POINTER
				   ? TTF_PSTR
				   : site->types[i];
}

/* The number of wide characters before the terminator, at most `most`. */
static uint32_t wide_length(const wchar_t *string, uint32_t most)
{
	uint32_t length = 0;

	while (length < most && string[length] != L'\0')
		length++;
	return length;
}

struct tt_impl_string string_rule_measure(uint64_t bits, uint32_t rule, uint64_t before, uint32_t left)
{
	struct tt_impl_string string = { (const char *)(uintptr_t)bits, 0, TTF_STRING_NULL };
	uint32_t unit = rule & TT_IMPL_RULE_WIDE ? sizeof(wchar_t) : 1;
	uint32_t most = rule & TT_IMPL_RULE_PRECISION, length, room = left / unit;

	if (rule == TT_IMPL_RULE_POINTER)
		return (struct tt_impl_string){ NULL, 8, 8 };
	if (bits == 0)
		return string;
	if (rule & TT_IMPL_RULE_STAR) /* a negative precision is none */
		most = (int32_t)before < 0 || (int32_t)before > (int32_t)TT_IMPL_RULE_PLAIN
			       ? TT_IMPL_RULE_PLAIN
			       : (uint32_t)before;
	if (most > room)
		most = room + 1; /* one more than is kept tells whether it was cut */
	length = unit == 1 ? (uint32_t)strnlen(string.from, most)
			   : wide_length((const wchar_t *)(uintptr_t)bits, most);
	string.bytes = (length > room ? room : length) * unit;
	string.field = string.bytes | (length > room ? TTF_STRING_TRUNCATED : 0);
	return string;
}
