/*
 * message.c - see message.h.
 */
#include "message.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "../../format-spec/twin/conversion.h"
#include "number.h"
#include "program.h"
#include "quick.h"
#include "real.h"
#include "wide.h"

/* Literals up to this many bytes share the reservation of the conversion after them. */
#define SHORT_LITERAL 256u
#define MESSAGE_BYTES_MAX 65536u /* rendering.md, "The message" */

static const char *type_name(uint8_t type)
{
	static const char *const names[TTF_TYPE_END] = { "?",	 "i32", "u32", "i64",  "u64",  "f64",  "f80",
							 "f128", "ptr", "str", "wstr", "pstr", "errno" };

	return names[type < TTF_TYPE_END ? type : 0];
}

static int32_t star_value(const struct event *event, int16_t index)
{
	return (int32_t)(uint32_t)event->arguments[index].bits;
}

/* Flags, width and precision, with the values of any `*` put in. */
static struct number_shape shape_of(const struct step *step, const struct event *event)
{
	struct number_shape shape = { .flags = step->flags,
				      .width = step->width < 0 ? 0 : (unsigned)step->width,
				      .precision = step->precision };

	if (step->width_argument != TTF_ARGUMENT_NONE) {
		int32_t width = star_value(event, step->width_argument);

		shape.width = width < 0 ? 0 - (unsigned)width : (unsigned)width;
		if (width < 0)
			shape.flags |= TTF_FLAG_MINUS;
		if (shape.width > TTF_WIDTH_MAX)
			shape.width = TTF_WIDTH_MAX;
	}
	if (step->precision_argument != TTF_ARGUMENT_NONE) {
		int32_t precision = star_value(event, step->precision_argument);

		shape.precision = precision < 0 ? -1 : precision > TTF_WIDTH_MAX ? TTF_WIDTH_MAX : precision;
	}
	return shape;
}

static int64_t cut_signed(uint64_t bits, unsigned cut)
{
	return (int64_t)(bits << cut) >> cut;
}

static uint64_t cut_unsigned(uint64_t bits, unsigned cut)
{
	return bits << cut >> cut;
}

static void render_padded(struct out *to, const char *bytes, size_t count, const struct number_shape *shape)
{
	number_pad(to, shape, count, false);
	out_bytes(to, bytes, count);
	number_pad(to, shape, count, true);
}

/* A string of the reader's own, cut to the precision. */
static void render_string(struct out *to, const char *string, struct number_shape *shape)
{
	size_t limit = shape->precision < 0 ? SIZE_MAX : (size_t)shape->precision;

	render_padded(to, string, strnlen(string, limit), shape);
}

static void render_integer(struct out *to, const struct step *step, const struct argument *argument,
			   const struct number_shape *shape)
{
	if (step->letter == 'd' || step->letter == 'i') {
		int64_t value = cut_signed(argument->bits, step->cut);
		uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

		number_render(to, magnitude, value < 0, step->letter, shape);
	} else {
		number_render(to, cut_unsigned(argument->bits, step->cut), false, step->letter, shape);
	}
}

static void render_pointer(struct out *to, const struct argument *argument, struct number_shape *shape)
{
	if (argument->bits != 0 && !argument->is_null)
		number_render(to, argument->bits, false, 'p', shape);
	else
		render_padded(to, "(nil)", 5, shape);
}

/* A NULL string: shown whole, or not at all. */
static void render_null(struct out *to, const struct number_shape *shape)
{
	static const char null[] = "(null)";
	bool fits = shape->precision < 0 || (size_t)shape->precision >= sizeof(null) - 1;

	render_padded(to, null, fits ? sizeof(null) - 1 : 0, shape);
}

static void render_text(struct out *to, const struct argument *argument, const struct number_shape *shape)
{
	size_t bytes = argument->bytes.bytes;

	if (argument->is_null) {
		render_null(to, shape);
		return;
	}
	if (shape->precision >= 0 && (size_t)shape->precision < bytes)
		bytes = (size_t)shape->precision;
	render_padded(to, argument->bytes.at, bytes, shape);
}

static void render_wide_text(struct out *to, const struct argument *argument,
			     const struct number_shape *shape)
{
	struct text units = argument->bytes;
	size_t bytes;

	if (argument->is_null) {
		render_null(to, shape);
		return;
	}
	bytes = wide_fit(&units, shape->precision < 0 ? SIZE_MAX : (size_t)shape->precision);
	number_pad(to, shape, bytes, false);
	wide_render(to, units);
	number_pad(to, shape, bytes, true);
}

static void render_character(struct out *to, const struct step *step, const struct argument *argument,
			     const struct number_shape *shape)
{
	char encoded[4] = { (char)(unsigned char)argument->bits };
	unsigned bytes = 1;

	if (step->kind == STEP_WIDE_CHARACTER)
		bytes = wide_encode(encoded, (uint32_t)argument->bits);
	render_padded(to, encoded, bytes, shape);
}

/* %m, and %#m: the name of the error, and a number where it has none. */
static void render_error(struct out *to, const struct step *step, const struct argument *argument,
			 struct number_shape *shape)
{
	char unknown[sizeof("Unknown error ") + NUMBER_BYTES_MAX] = "Unknown error ";
	int error = (int32_t)(uint32_t)argument->bits;
	const char *text;

	if (step->flags & TTF_FLAG_ALTERNATE) {
		text = strerrorname_np(error);
		if (text == NULL) {
			number_render(to, error < 0 ? 0 - (uint64_t)error : (uint64_t)error, error < 0, 'd',
				      shape);
			return;
		}
	} else {
		text = strerrordesc_np(error);
		if (text == NULL) {
			*number_signed(unknown + strlen(unknown), error) = '\0';
			text = unknown;
		}
	}
	render_string(to, text, shape);
}

static void render_fault(struct out *to, const struct step *step, const struct event *event)
{
	out_string(to, "%!");
	out_byte(to, step->letter);
	out_byte(to, '(');
	out_string(to,
		   step->kind == STEP_MISSING ? "missing" : type_name(event->site->types[step->argument]));
	out_byte(to, ')');
}

/* Every conversion that has no quick form, or whose quick form declined. */
static void render_general(struct out *to, const struct step *step, const struct event *event)
{
	const struct argument *argument = &event->arguments[step->argument];
	struct number_shape shape = shape_of(step, event);

	switch (step->kind) {
	case STEP_INTEGER:
		render_integer(to, step, argument, &shape);
		break;
	case STEP_POINTER:
		render_pointer(to, argument, &shape);
		break;
	case STEP_FIXED:
	case STEP_REAL:
		real_render(to, argument, step->letter, &shape);
		break;
	case STEP_CHARACTER:
	case STEP_WIDE_CHARACTER:
		render_character(to, step, argument, &shape);
		break;
	case STEP_STRING:
	case STEP_TEXT:
		render_text(to, argument, &shape);
		break;
	case STEP_WIDE_TEXT:
		render_wide_text(to, argument, &shape);
		break;
	case STEP_ERROR:
		render_error(to, step, argument, &shape);
		break;
	default:
		render_fault(to, step, event);
	}
}

/* The step's literal, into room that is there. */
static char *copy_literal(char *at, const struct step *step)
{
	return out_copy(at, step->literal, step->literal_bytes);
}

/* A conversion that fits into QUICK_BYTES_MAX, from its field in the record; NULL: it has to be done in general. */
static inline char *convert_quickly(char *at, const struct step *step, const uint8_t *body)
{
	uint64_t bits = ttf_load64(body + step->offset);

	switch (step->kind) {
	case STEP_SIGNED:
		return number_signed(at, cut_signed(bits, step->cut));
	case STEP_UNSIGNED:
		return number_unsigned(at, cut_unsigned(bits, step->cut));
	case STEP_HEX:
		return number_hex(at, cut_unsigned(bits, step->cut), false);
	case STEP_FIXED:
		return quick_fixed(at, bits, (unsigned)step->precision);
	default:
		return NULL;
	}
}

static void run_step(struct out *to, const struct step *step, const struct event *event)
{
	char *at;
	char *end;

	if (step->literal_bytes > SHORT_LITERAL) {
		out_bytes(to, step->literal, step->literal_bytes);
		at = out_reserve(to, QUICK_BYTES_MAX);
	} else {
		at = copy_literal(out_reserve(to, SHORT_LITERAL + QUICK_BYTES_MAX), step);
	}
	end = convert_quickly(at, step, event->body);
	out_commit(to, end != NULL ? end : at);
	if (end == NULL && step->kind != STEP_END)
		render_general(to, step, event);
}

/* A hostile format could print one string two thousand times: the message is cut at its limit. */
static void run(struct out *to, const struct program *program, struct event *event)
{
	size_t from = out_hold(to);
	uint32_t i;

	event_decode(event);
	for (i = 0; i < program->count && out_used(to) - from <= MESSAGE_BYTES_MAX; i++)
		run_step(to, &program->steps[i], event);
	if (out_used(to) - from > MESSAGE_BYTES_MAX) {
		out_rewind(to, from + MESSAGE_BYTES_MAX);
		event->is_truncated = true;
	}
	out_release(to);
}

/* False, and nothing has changed, where a value needs more than a quick conversion. */
static bool run_directly(struct out *to, const struct program *program, const struct event *event)
{
	char *at = out_reserve(to, program->direct);
	const struct step *step = program->steps;

	for (; step->kind != STEP_END; step++) {
		at = convert_quickly(copy_literal(at, step), step, event->body);
		if (at == NULL)
			return false;
	}
	out_commit(to, copy_literal(at, step));
	return true;
}

static void run_escaped(struct out *to, const struct program *program, struct event *event,
			enum characters_form form)
{
	size_t from = out_hold(to);

	run(to, program, event);
	characters_escape_held(to, from, form);
	out_release(to);
}

void message_render(struct out *to, struct event *event)
{
	const struct program *program = program_of(event->site);

	if (program == NULL)
		out_fail(to, ENOMEM);
	else
		run(to, program, event);
}

void message_escape(struct out *to, struct event *event, enum characters_form form)
{
	const struct program *program = program_of(event->site);

	if (program == NULL)
		out_fail(to, ENOMEM);
	else if (!program->is_plain[form])
		run_escaped(to, program, event, form);
	else if (program->direct == 0 || !run_directly(to, program, event))
		run(to, program, event);
}

size_t message_kept_bytes(const struct site *site)
{
	return program_bytes(site->program);
}

void message_forget(struct site *site)
{
	program_free(site->program);
	site->program = NULL;
}
