/*
 * program.c - see program.h.
 */
#include "program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../format-spec/twin/conversion.h"
#include "quick.h"

/* A program being made. */
struct maker {
	const struct site *site;
	struct program *program;
	char *literal; /* where the next literal byte goes */
	char *first;   /* of the literal that belongs to the step being made */
};

static bool is_conversion(const struct ttf_piece *piece)
{
	return !piece->is_literal && piece->letter != '%';
}

static bool is_integer(uint8_t type)
{
	return type == TTF_I32 || type == TTF_U32 || type == TTF_I64 || type == TTF_U64;
}

static bool is_address(uint8_t type)
{
	return type == TTF_PTR || type == TTF_PSTR || type == TTF_U64 || type == TTF_I64;
}

/* The general kind of a conversion, or STEP_MISFIT. */
static enum step_kind kind_of(const struct ttf_piece *piece, uint8_t type)
{
	bool is_wide = piece->length == TTF_LENGTH_LONG;

	switch (piece->letter) {
	case 'c':
	case 'C':
		if (!is_integer(type))
			return STEP_MISFIT;
		return is_wide ? STEP_WIDE_CHARACTER : STEP_CHARACTER;
	case 's':
	case 'S':
		if (type != (is_wide ? TTF_WSTR : TTF_STR))
			return STEP_MISFIT;
		return is_wide ? STEP_WIDE_TEXT : STEP_TEXT;
	case 'p':
		return is_address(type) ? STEP_POINTER : STEP_MISFIT;
	case 'd':
	case 'i':
	case 'o':
	case 'u':
	case 'x':
	case 'X':
		return is_integer(type) || type == TTF_PTR ? STEP_INTEGER : STEP_MISFIT;
	default:
		return type == TTF_F64 || type == TTF_F80 || type == TTF_F128 ? STEP_REAL : STEP_MISFIT;
	}
}

/* The same conversion in its quick form, where it has one. */
static enum step_kind quick_kind_of(const struct ttf_piece *piece, uint8_t type, enum step_kind kind)
{
	if (piece->flags != 0 || piece->width >= 0 || piece->width_argument != TTF_ARGUMENT_NONE ||
	    piece->precision_argument != TTF_ARGUMENT_NONE)
		return kind;
	if (kind == STEP_REAL && type == TTF_F64 && (piece->letter == 'f' || piece->letter == 'F') &&
	    piece->precision <= (int)QUICK_PRECISION_MAX)
		return STEP_FIXED;
	if (piece->precision >= 0)
		return kind;
	if (kind == STEP_TEXT)
		return STEP_STRING;
	if (kind != STEP_INTEGER)
		return kind;
	switch (piece->letter) {
	case 'd':
	case 'i':
		return STEP_SIGNED;
	case 'u':
		return STEP_UNSIGNED;
	case 'x':
		return STEP_HEX;
	default:
		return kind;
	}
}

/*
 * A field of 32 bits is read with the 32 behind it, which are then cut too. That extends it as the conversion is signed: where the field is not of
 * the same sign, and as narrow as the conversion is not, it has to be done in general.
 */
static void read_narrow_field(struct step *step, uint8_t type)
{
	bool is_integer_step =
		step->kind == STEP_SIGNED || step->kind == STEP_UNSIGNED || step->kind == STEP_HEX;

	if (!is_integer_step || (type != TTF_I32 && type != TTF_U32) || step->cut >= 32)
		return;
	if ((type == TTF_I32) == (step->kind == STEP_SIGNED))
		step->cut = 32;
	else
		step->kind = STEP_INTEGER;
}

static uint8_t cut_of(enum ttf_length length)
{
	switch (length) {
	case TTF_LENGTH_CHAR:
		return 56;
	case TTF_LENGTH_SHORT:
		return 48;
	case TTF_LENGTH_NONE:
		return 32;
	default:
		return 0;
	}
}

/* The index of a `*`'s argument if the site has it and it fits. */
static int16_t star(const struct site *site, int index)
{
	if (index < 0 || index >= site->arguments || !is_integer(site->types[index]))
		return TTF_ARGUMENT_NONE;
	return (int16_t)index;
}

static void decide(struct step *step, const struct site *site, const struct ttf_piece *piece)
{
	int index = piece->letter == 'm' ? site->arguments : piece->argument;
	int limit = piece->letter == 'm' ? site->arguments + site->has_errno : site->arguments;

	if (index >= limit) {
		step->kind = STEP_MISSING;
		return;
	}
	step->argument = (uint8_t)index;
	if (piece->letter == 'm') {
		step->kind = STEP_ERROR;
	} else {
		uint8_t type = site->types[index];

		step->kind = (uint8_t)quick_kind_of(piece, type, kind_of(piece, type));
		step->offset = site->offsets[index];
		read_narrow_field(step, type);
	}
}

static void begin_step(struct maker *maker, uint8_t kind)
{
	maker->program->steps[maker->program->count++] =
		(struct step){ .literal = maker->first,
			       .literal_bytes = (uint32_t)(maker->literal - maker->first),
			       .kind = kind };
	maker->first = maker->literal;
}

static void add_conversion(struct maker *maker, const struct ttf_piece *piece)
{
	struct step *step = &maker->program->steps[maker->program->count];

	begin_step(maker, STEP_MISFIT);
	step->letter = piece->letter;
	step->flags = piece->flags;
	step->cut = cut_of(piece->length);
	step->width = (int16_t)piece->width;
	step->precision = (int16_t)piece->precision;
	step->width_argument = star(maker->site, piece->width_argument);
	step->precision_argument = star(maker->site, piece->precision_argument);
	decide(step, maker->site, piece);
	if (step->kind == STEP_FIXED && step->precision < 0)
		step->precision = 6;
	if (step->kind == STEP_ERROR)
		maker->program->has_errno = true;
}

static void add_literal(struct maker *maker, const struct ttf_piece *piece)
{
	size_t bytes = piece->bytes;

	if (!piece->is_literal && piece->letter == '%')
		bytes = 1; /* the '%' that the piece begins with */
	memcpy(maker->literal, piece->text, bytes);
	maker->literal += bytes;
}

static struct ttf_format format_of(const struct site *site)
{
	return (struct ttf_format){ .text = site->format.at, .end = site->format.at + site->format.bytes };
}

static uint32_t count_conversions(const struct site *site)
{
	struct ttf_format format = format_of(site);
	struct ttf_piece piece;
	uint32_t count = 0;

	while (ttf_format_next(&format, &piece))
		count += is_conversion(&piece);
	return count;
}

static bool brings_characters(const struct step *step)
{
	switch (step->kind) {
	case STEP_STRING:
	case STEP_CHARACTER:
	case STEP_WIDE_CHARACTER:
	case STEP_TEXT:
	case STEP_WIDE_TEXT:
	case STEP_ERROR:
		return true;
	default:
		return false;
	}
}

/* The literals are one run of bytes, from the first step's to `end`. */
static void find_plain(struct program *program, const char *literals, const char *end)
{
	struct text all = { .at = literals, .bytes = (size_t)(end - literals) };
	bool is_plain = true;
	uint32_t i;

	for (i = 0; i < program->count; i++)
		is_plain = is_plain && !brings_characters(&program->steps[i]);
	program->is_plain[CHARACTERS_TEXT] = is_plain && characters_is_plain(all, CHARACTERS_TEXT);
	program->is_plain[CHARACTERS_JSON] = is_plain && characters_is_plain(all, CHARACTERS_JSON);
}

static bool is_direct(const struct step *step)
{
	return step->kind == STEP_END || (step->kind >= STEP_SIGNED && step->kind <= STEP_FIXED);
}

static void find_direct(struct program *program)
{
	size_t most = 0;

	for (uint32_t i = 0; i < program->count; i++) {
		if (!is_direct(&program->steps[i]))
			return;
		most += program->steps[i].literal_bytes + QUICK_BYTES_MAX;
	}
	program->direct = most <= OUT_RESERVE_MAX ? (uint16_t)most : 0;
}

static struct program *make(const struct site *site)
{
	uint32_t steps = count_conversions(site) + 1;
	size_t steps_bytes = sizeof(struct program) + steps * sizeof(struct step);
	struct program *program = calloc(1, steps_bytes + site->format.bytes + OUT_SLACK);
	struct ttf_format format = format_of(site);
	struct ttf_piece piece;
	struct maker maker = { .site = site, .program = program };

	if (program == NULL)
		return NULL;
	maker.literal = maker.first = (char *)program + steps_bytes;
	while (ttf_format_next(&format, &piece)) {
		if (is_conversion(&piece))
			add_conversion(&maker, &piece);
		else
			add_literal(&maker, &piece);
	}
	begin_step(&maker, STEP_END);
	find_direct(program);
	find_plain(program, (char *)program + steps_bytes, maker.literal);
	return program;
}

struct program *program_make(struct site *site)
{
	site->program = make(site);
	return site->program;
}

void program_make_fragment(struct out *to, struct site *site, enum fragment which,
			   void (*make_fragment)(struct out *to, const struct site *site))
{
	struct program *program = program_of(site);
	char *copy;
	size_t from;
	size_t bytes;

	if (program == NULL) {
		out_fail(to, ENOMEM);
		return;
	}
	from = out_hold(to);
	make_fragment(to, site);
	out_release(to);
	if (to->error != 0)
		return;
	bytes = out_used(to) - from;
	copy = calloc(1, bytes + OUT_SLACK);
	if (copy == NULL) {
		out_fail(to, ENOMEM);
		return;
	}
	memcpy(copy, to->start + from, bytes);
	program->fragments[which] = (struct text){ .at = copy, .bytes = bytes };
}

size_t program_bytes(const struct program *program)
{
	size_t bytes = 0;
	unsigned i;

	if (program == NULL)
		return 0;
	for (i = 0; i < FRAGMENTS; i++)
		bytes += program->fragments[i].bytes;
	return bytes + sizeof(*program) + program->count * sizeof(struct step);
}

void program_free(struct program *program)
{
	unsigned i;

	if (program == NULL)
		return;
	for (i = 0; i < FRAGMENTS; i++)
		free((char *)(uintptr_t)program->fragments[i].at);
	free(program);
}
