/*
 * conversion.h - printf formats taken apart: the grammar of rendering.md, "The message".
 *
 * The recorder needs it at registration (how far may a `%.16s` be read? is this `char *` a string or a
 * pointer?), the decoder to print. One parser, so that both read a format in the same way.
 * Pure, bounded by the format's length; any context.
 */
#ifndef TTF_CONVERSION_H
#define TTF_CONVERSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TTF_FLAG_MINUS 1u
#define TTF_FLAG_PLUS 2u
#define TTF_FLAG_SPACE 4u
#define TTF_FLAG_ALTERNATE 8u /* # */
#define TTF_FLAG_ZERO 16u
#define TTF_FLAG_GROUP 32u  /* ' */
#define TTF_FLAG_DIGITS 64u /* I */

/* Widths and precisions above this count as this. */
#define TTF_WIDTH_MAX 4095

enum ttf_length {
	TTF_LENGTH_NONE,
	TTF_LENGTH_CHAR,	/* hh */
	TTF_LENGTH_SHORT,	/* h */
	TTF_LENGTH_LONG,	/* l; for c and s: wide */
	TTF_LENGTH_64,		/* ll q j z Z t */
	TTF_LENGTH_LONG_DOUBLE, /* L; for integers: as ll */
};

#define TTF_ARGUMENT_NONE (-1)

/* One piece of a format: literal bytes, or a conversion. */
struct ttf_piece {
	const char *text; /* into the format: the piece's own bytes */
	size_t bytes;	  /* how many */
	bool is_literal;  /* bytes to copy: no conversion, or one that is not valid */
	bool is_invalid;  /* a literal because the conversion is broken off or not known */
	char letter;	  /* d i o u x X c C s S p e E f F g G a A m n %; C and S also set length to LONG */
	uint8_t flags;	  /* TTF_FLAG_* */
	enum ttf_length length;
	int width;		/* -1: none */
	int precision;		/* -1: none; 0 for a lone '.' */
	int width_argument;	/* index of the argument of a `*`, else TTF_ARGUMENT_NONE */
	int precision_argument; /* the same */
	int argument;		/* index of the argument converted; TTF_ARGUMENT_NONE for m and % */
};

/* A reading position in a format. Set text and end, and next_argument to 0. */
struct ttf_format {
	const char *text;
	const char *end;
	int next_argument;
};

/*
 * The next piece of the format. Returns false at its end, with *piece untouched. `%n` comes back as not valid, with its letter:
 * the recorder refuses it. Indices may exceed what the site has: the caller checks.
 */
bool ttf_format_next(struct ttf_format *format, struct ttf_piece *piece);

#endif
