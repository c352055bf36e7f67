#include "conversion.h"

#include <string.h>

static bool at_end(const struct ttf_format *format)
{
	return format->text == format->end;
}

/* A run of digits as a number clamped to TTF_WIDTH_MAX; -1 if there is none. */
static int number(struct ttf_format *format)
{
	int value = -1;

	while (!at_end(format) && *format->text >= '0' && *format->text <= '9') {
		value = (value < 0 ? 0 : value) * 10 + (*format->text++ - '0');
		if (value > TTF_WIDTH_MAX)
			value = TTF_WIDTH_MAX;
	}
	return value;
}

/* `n$`: the argument's index. Without it nothing is consumed and TTF_ARGUMENT_NONE comes back. */
static int position(struct ttf_format *format)
{
	struct ttf_format ahead = *format;
	int n = number(&ahead);

	if (n <= 0 || at_end(&ahead) || *ahead.text != '$')
		return TTF_ARGUMENT_NONE;
	format->text = ahead.text + 1;
	return n - 1;
}

static uint8_t flags(struct ttf_format *format)
{
	uint8_t set = 0;

	for (; !at_end(format); format->text++) {
		switch (*format->text) {
		case '-':
			set |= TTF_FLAG_MINUS;
			break;
		case '+':
			set |= TTF_FLAG_PLUS;
			break;
		case ' ':
			set |= TTF_FLAG_SPACE;
			break;
		case '#':
			set |= TTF_FLAG_ALTERNATE;
			break;
		case '0':
			set |= TTF_FLAG_ZERO;
			break;
		case '\'':
			set |= TTF_FLAG_GROUP;
			break;
		case 'I':
			set |= TTF_FLAG_DIGITS;
			break;
		default:
			return set;
		}
	}
	return set;
}

/* A width or a precision: digits, `*` or `*n$`. */
static void amount(struct ttf_format *format, int *value, int *argument)
{
	if (at_end(format) || *format->text != '*') {
		*value = number(format);
		return;
	}
	format->text++;
	*argument = position(format);
	if (*argument == TTF_ARGUMENT_NONE)
		*argument = format->next_argument++;
}

static bool take(struct ttf_format *format, char wanted)
{
	if (at_end(format) || *format->text != wanted)
		return false;
	format->text++;
	return true;
}

static enum ttf_length length(struct ttf_format *format)
{
	if (take(format, 'h'))
		return take(format, 'h') ? TTF_LENGTH_CHAR : TTF_LENGTH_SHORT;
	if (take(format, 'l'))
		return take(format, 'l') ? TTF_LENGTH_64 : TTF_LENGTH_LONG;
	if (take(format, 'L'))
		return TTF_LENGTH_LONG_DOUBLE;
	if (take(format, 'q') || take(format, 'j') || take(format, 'z') || take(format, 'Z') ||
	    take(format, 't'))
		return TTF_LENGTH_64;
	return TTF_LENGTH_NONE;
}

static bool letter(struct ttf_format *format, struct ttf_piece *piece, int numbered)
{
	static const char letters[] = "diouxXcCsSpeEfFgGaAmn%";

	if (at_end(format))
		return false;
	piece->letter = *format->text++;
	if (memchr(letters, piece->letter, sizeof(letters) - 1) == NULL)
		return false;
	if (piece->letter == 'C' || piece->letter == 'S')
		piece->length = TTF_LENGTH_LONG;
	if (piece->letter == 'n')
		return false;
	if (piece->letter != 'm' && piece->letter != '%')
		piece->argument = numbered != TTF_ARGUMENT_NONE ? numbered : format->next_argument++;
	return true;
}

static bool conversion(struct ttf_format *format, struct ttf_piece *piece)
{
	int numbered = position(format);

	piece->flags = flags(format);
	amount(format, &piece->width, &piece->width_argument);
	if (take(format, '.')) {
		amount(format, &piece->precision, &piece->precision_argument);
		if (piece->precision < 0 && piece->precision_argument == TTF_ARGUMENT_NONE)
			piece->precision = 0;
	}
	piece->length = length(format);
	return letter(format, piece, numbered);
}

bool ttf_format_next(struct ttf_format *format, struct ttf_piece *piece)
{
	if (at_end(format))
		return false;
	*piece = (struct ttf_piece){ .text = format->text,
				     .width = -1,
				     .precision = -1,
				     .width_argument = TTF_ARGUMENT_NONE,
				     .precision_argument = TTF_ARGUMENT_NONE,
				     .argument = TTF_ARGUMENT_NONE };
	if (take(format, '%')) {
		int next_argument = format->next_argument;

		if (!conversion(format, piece)) {
			piece->is_literal = piece->is_invalid = true;
			format->next_argument = next_argument; /* it takes none, also not for its `*` */
		}
	} else {
		piece->is_literal = true;
		while (!at_end(format) && *format->text != '%')
			format->text++;
	}
	piece->bytes = (size_t)(format->text - piece->text);
	return true;
}
