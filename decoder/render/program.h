/*
 * program.h - a site's format, parsed once into steps.
 *
 * A step is literal bytes and then one conversion, with everything decided that the format and the site's
 * argument types decide. Only the renderers see this; site->program points to it.
 */
#ifndef TTDECODE_PROGRAM_H
#define TTDECODE_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "../reader/event.h"
#include "characters.h"
#include "out.h"

enum step_kind {
	STEP_END,     /* literal bytes only */
	STEP_MISSING, /* there is no such argument */
	STEP_MISFIT,  /* its type does not fit */
	/* Without flags, width and, but for %f, precision; straight from the record: */
	STEP_SIGNED,
	STEP_UNSIGNED,
	STEP_HEX,
	STEP_FIXED, /* %.Nf of an f64, N at most QUICK_PRECISION_MAX */
	/* The same from the argument: */
	STEP_STRING,
	/* In general: */
	STEP_INTEGER,
	STEP_POINTER,
	STEP_REAL,
	STEP_CHARACTER,
	STEP_WIDE_CHARACTER,
	STEP_TEXT,
	STEP_WIDE_TEXT,
	STEP_ERROR, /* %m */
};

struct step {
	const char *literal; /* OUT_SLACK more bytes may be read */
	uint32_t literal_bytes;
	uint8_t kind; /* enum step_kind */
	uint8_t argument;
	uint8_t cut; /* of an integer's 64 bits, how many do not count */
	uint8_t flags;
	uint16_t offset; /* of the argument's field */
	char letter;
	int16_t width;
	int16_t precision;
	int16_t width_argument; /* TTF_ARGUMENT_NONE, or one of the site's that fits a `*` */
	int16_t precision_argument;
};

/* What the line renderers keep of a site, escaped once. */
enum fragment { FRAGMENT_TEXT_HEAD, FRAGMENT_TEXT_TAIL, FRAGMENT_JSON_HEAD, FRAGMENT_JSON_TAIL, FRAGMENTS };

struct program {
	bool is_plain[2]; /* by characters_form: no argument can bring in a character that needs an escape */
	uint16_t direct; /* the most bytes of a message that is made straight from the record; 0: it cannot */
	bool has_errno;	 /* a %m, and the site has the hidden argument */
	struct text fragments[FRAGMENTS];
	bool is_kept[2]; /* all of them for text, for JSON */
	uint32_t count;
	struct step steps[]; /* and the literals behind them */
};

/* Makes the site's program. NULL: no memory. */
struct program *program_make(struct site *site);

/* The site's program, made when it is first asked for. NULL: no memory. */
static inline struct program *program_of(struct site *site)
{
	return site->program != NULL ? site->program : program_make(site);
}

/* Writes a fragment that is asked for the first time, and keeps it, with OUT_SLACK bytes behind it. */
void program_make_fragment(struct out *to, struct site *site, enum fragment which,
			   void (*make)(struct out *to, const struct site *site));

/* Appends a fragment; at its first use `make` writes it. */
static inline void program_fragment(struct out *to, struct site *site, enum fragment which,
				    void (*make)(struct out *to, const struct site *site))
{
	const struct program *program = site->program;

	if (program != NULL && program->fragments[which].at != NULL)
		out_blocks(to, program->fragments[which].at, program->fragments[which].bytes);
	else
		program_make_fragment(to, site, which, make);
}

/* About how much memory it takes, without the literals; 0 of NULL. */
size_t program_bytes(const struct program *program);

void program_free(struct program *program);

#endif
