/*
 * printf_differential.c - message_render against glibc's snprintf, on random conversions.
 *
 * usage: printf_differential [count [seed]]
 *
 * Three kinds of trial: one conversion with up to two `*`; one conversion for each kind of argument, in a row;
 * the same with `n$`, in random order. The event is what the reader would hand over. Differences are shown with
 * their format and arguments; any makes the exit status 1.
 */
#include <errno.h>
#include <float.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wchar.h>

#include "../../decoder/render/message.h"
#include "../../format-spec/twin/bytes.h"
#include "../unit/event_body.h"

#define RESULT_BYTES 65536
#define SHOWN_MAX 10 /* differences */
#define WIDE_MAX 24

/* What kind of argument a conversion takes. The first KINDS_IN_ROW make up a row. */
enum kind {
	KIND_INT,
	KIND_LONG,
	KIND_DOUBLE,
	KIND_LONG_DOUBLE,
	KIND_STRING,
	KIND_WIDE,
	KIND_POINTER,
	KIND_CHARACTER,
	KINDS_IN_ROW,
	KIND_WIDE_CHARACTER = KINDS_IN_ROW,
	KIND_ERROR,
	KIND_PERCENT,
	KINDS
};

union value {
	int i;
	long l;
	double d;
	long double ld;
	const char *s;
	const wchar_t *w;
	const void *p;
};

/* One comparison: what glibc and the renderer are given. */
struct trial {
	struct event event;
	struct argument arguments[EVENT_ARGUMENTS]; /* of the event */
	struct site site;
	char format[1024];
	size_t format_bytes;
	bool is_numbered; /* n$ */
	unsigned stars;
	int star[2];
	union value value[KINDS];
	uint32_t wide[WIDE_MAX];
	char recorded_wide[4 * WIDE_MAX]; /* the same, little endian */
	uint8_t body[EVENT_BODY_MAX];
};

/* AddressSanitizer's own printf parser knows no I flag and then reads strings past their precision. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "check_printf=0";
}

static uint64_t random_state;
static char *guarded_end; /* of readable memory */
static char expected[RESULT_BYTES];

/* splitmix64 */
static uint64_t random64(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static unsigned below(unsigned limit)
{
	return (unsigned)(random64() % limit);
}

static bool one_in(unsigned n)
{
	return below(n) == 0;
}

static void add(struct trial *trial, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	trial->format_bytes +=
		(size_t)vsnprintf(trial->format + trial->format_bytes,
				  sizeof(trial->format) - trial->format_bytes, format, arguments);
	va_end(arguments);
}

static void add_one_of(struct trial *trial, const char *letters)
{
	add(trial, "%c", letters[below((unsigned)strlen(letters))]);
}

static void add_literal(struct trial *trial)
{
	static const char *const literals[] = { "",   "",      " ",	   "a",
						"x=", "100%%", "\xc3\xa4", "end of a longer literal, " };

	add(trial, "%s", literals[below(sizeof(literals) / sizeof(*literals))]);
}

static struct argument *add_argument(struct trial *trial, enum ttf_type type, uint64_t bits)
{
	struct argument *argument = &trial->event.arguments[trial->site.fields];

	trial->site.types[trial->site.fields++] = (uint8_t)type;
	*argument = (struct argument){ .type = type, .bits = bits };
	return argument;
}

/* A `*`, with its argument recorded; only trials of one conversion have it. */
static void add_star(struct trial *trial, int value)
{
	add(trial, "*");
	trial->star[trial->stars++] = value;
	add_argument(trial, TTF_I32, (uint64_t)(int64_t)value);
}

static unsigned amount(void)
{
	static const unsigned limits[] = { 3, 8, 20, 40, 130 };

	return one_in(200) ? below(4096) : below(limits[below(5)]);
}

static void add_flags(struct trial *trial)
{
	while (one_in(2))
		add_one_of(trial, "-+ #0'I");
}

/* Flags, width, precision. Returns the precision, -1 for none. */
static int add_shape(struct trial *trial, bool allows_stars)
{
	int precision = (int)amount();

	add_flags(trial);
	if (one_in(8) && allows_stars)
		add_star(trial, one_in(3) ? -(int)amount() : (int)amount());
	else if (one_in(2))
		add(trial, "%u", 1 + amount() % 4095);
	if (one_in(2))
		return -1;
	add(trial, ".");
	if (one_in(6) && allows_stars) {
		precision = one_in(4) ? -precision : precision;
		add_star(trial, precision);
		return precision < 0 ? -1 : precision;
	}
	if (one_in(6))
		return 0;
	add(trial, "%d", precision);
	return precision;
}

static uint64_t random_bits(void)
{
	switch (below(6)) {
	case 0:
		return below(20);
	case 1:
		return 0 - (uint64_t)below(300);
	case 2:
		return (uint64_t)1 << below(64);
	case 3:
		return ((uint64_t)1 << below(64)) - 1;
	default:
		return random64() >> below(64);
	}
}

static void add_int(struct trial *trial)
{
	static const char *const lengths[] = { "", "", "h", "hh" };
	uint32_t bits = (uint32_t)random_bits();

	add(trial, "%s", lengths[below(4)]);
	add_one_of(trial, "dioxXu");
	trial->value[KIND_INT].i = (int)bits;
	if (one_in(2))
		add_argument(trial, TTF_U32, bits);
	else
		add_argument(trial, TTF_I32, (uint64_t)(int64_t)(int32_t)bits);
}

static void add_long(struct trial *trial)
{
	static const char *const lengths[] = { "l", "ll", "j", "z", "Z", "t", "q", "L" };
	static const enum ttf_type types[] = { TTF_I64, TTF_U64, TTF_PTR };
	uint64_t bits = random_bits();

	/* glibc up to 2.36 at least forgets q and L of integers after n$ and prints 32 bits: not an example. */
	add(trial, "%s", lengths[below(trial->is_numbered ? 6 : 8)]);
	add_one_of(trial, "dioxXu");
	trial->value[KIND_LONG].l = (long)bits;
	add_argument(trial, types[below(3)], bits);
}

static uint64_t random_double_bits(void)
{
	uint64_t sign = random64() << 63;
	double value;
	uint64_t bits;

	switch (below(8)) {
	case 0: /* anything, infinities and NaN rarely among it */
		return random64();
	case 1: /* denormal */
		return sign | random64() >> (12 + below(52));
	case 2: /* special */
		return sign | (uint64_t)0x7ff << 52 | (one_in(2) ? 0 : random64() >> 12);
	case 3: /* extremes and zero */
		return sign | (one_in(2) ? 0 : 0x7fefffffffffffff);
	case 4: /* halves of all kinds, for the rounding of ties */
		value = (double)(random64() >> below(64)) / (double)((uint64_t)1 << below(20));
		break;
	default: /* as programs have them */
		value = (double)(int64_t)(random64() >> below(64));
		for (unsigned i = below(20); i > 0; i--)
			value /= 10;
	}
	memcpy(&bits, &value, sizeof(bits));
	return sign | bits;
}

static void add_double(struct trial *trial)
{
	uint64_t bits = random_double_bits();

	if (one_in(4))
		add(trial, "l");
	add_one_of(trial, "fFeEgGaA");
	memcpy(&trial->value[KIND_DOUBLE].d, &bits, sizeof(bits));
	add_argument(trial, TTF_F64, bits);
}

/* The exponent field of a long double: near 1, or anywhere. */
static unsigned random_exponent(void)
{
	return one_in(8) ? below(0x8000) : 0x3fff - 70 + below(140);
}

#if LDBL_MANT_DIG == 64
static void random_long_double(uint64_t *bits, uint64_t *high)
{
	uint64_t leading = (uint64_t)1 << 63;
	unsigned exponent = one_in(20) ? 0 : one_in(20) ? 0x7fff : random_exponent();

	*bits = random64();
	if (one_in(2))
		*bits &= ~(uint64_t)0 << below(64);
	*bits = exponent == 0 ? *bits & ~leading : *bits | leading;
	if (exponent == 0x7fff && one_in(2))
		*bits = leading;
	*high = exponent | (random64() & 1) << 15;
}
#define LONG_DOUBLE_TYPE TTF_F80
#else
static void random_long_double(uint64_t *bits, uint64_t *high)
{
	uint64_t exponent = one_in(20) ? 0 : one_in(20) ? 0x7fff : random_exponent();

	*bits = one_in(2) ? 0 : random64() << below(64);
	*high = random64() >> 63 << 63 | exponent << 48 | (one_in(3) ? 0 : random64() >> 16);
}
#define LONG_DOUBLE_TYPE TTF_F128
#endif

static void add_long_double(struct trial *trial)
{
	bool is_little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
	uint64_t bits, high, parts[2];

	random_long_double(&bits, &high);
	parts[!is_little] = bits;
	parts[is_little] = high;
	add(trial, "L");
	add_one_of(trial, "fFeEgGaA");
	trial->value[KIND_LONG_DOUBLE].ld = 0;
	memcpy(&trial->value[KIND_LONG_DOUBLE].ld, parts, LDBL_MANT_DIG == 64 ? 10 : 16);
	add_argument(trial, LONG_DOUBLE_TYPE, bits)->high = high;
}

/* A string that ends where memory does: without terminator if the precision allows it. NULL at times. */
static void add_string(struct trial *trial, int precision)
{
	size_t bytes = one_in(4) ? 0 : below(50);
	bool is_open = precision >= 0 && (size_t)precision <= bytes;
	char *at = guarded_end - bytes - !is_open;
	struct argument *argument;

	add(trial, "s");
	argument = add_argument(trial, TTF_STR, 0);
	argument->is_null = one_in(8);
	trial->value[KIND_STRING].s = argument->is_null ? NULL : at;
	if (argument->is_null)
		return;
	for (size_t i = 0; i < bytes; i++)
		at[i] = (char)(1 + below(255));
	if (!is_open)
		at[bytes] = '\0';
	argument->bytes = (struct text){ .at = at, .bytes = is_open ? (size_t)precision : bytes };
}

static uint32_t random_character(void)
{
	static const uint32_t limits[] = { 0x7f, 0x7ff, 0xd7ff, 0x10ffff };
	uint32_t character = 1 + below(limits[below(4)]);

	return character >= 0xd800 && character < 0xe000 ? 0xfffd : character;
}

static void add_wide(struct trial *trial)
{
	size_t count = below(WIDE_MAX);
	struct argument *argument;

	add(trial, "%s", one_in(2) ? "S" : "ls");
	argument = add_argument(trial, TTF_WSTR, 0);
	argument->is_null = one_in(8);
	trial->value[KIND_WIDE].w = argument->is_null ? NULL : (const wchar_t *)trial->wide;
	if (argument->is_null)
		return;
	for (size_t i = 0; i < count; i++) {
		trial->wide[i] = random_character();
		ttf_store32(trial->recorded_wide + 4 * i, trial->wide[i]);
	}
	trial->wide[count] = 0;
	argument->bytes = (struct text){ .at = trial->recorded_wide, .bytes = 4 * count };
}

static void add_pointer(struct trial *trial)
{
	static const enum ttf_type types[] = { TTF_PTR, TTF_PSTR, TTF_U64, TTF_I64 };
	uint64_t bits = one_in(4) ? 0 : random_bits();
	enum ttf_type type = types[below(4)];

	add(trial, "p");
	trial->value[KIND_POINTER].p = (const void *)(uintptr_t)bits;
	add_argument(trial, type, bits)->is_null = type == TTF_PSTR && bits == 0;
}

static void add_conversion(struct trial *trial, enum kind kind, int precision)
{
	switch (kind) {
	case KIND_INT:
		add_int(trial);
		break;
	case KIND_LONG:
		add_long(trial);
		break;
	case KIND_DOUBLE:
		add_double(trial);
		break;
	case KIND_LONG_DOUBLE:
		add_long_double(trial);
		break;
	case KIND_STRING:
		add_string(trial, precision);
		break;
	case KIND_WIDE:
		add_wide(trial);
		break;
	case KIND_POINTER:
		add_pointer(trial);
		break;
	case KIND_CHARACTER:
		add(trial, "c");
		trial->value[kind].i = (int)below(256);
		add_argument(trial, TTF_I32, (uint64_t)trial->value[kind].i);
		break;
	case KIND_WIDE_CHARACTER:
		add(trial, "%s", one_in(2) ? "C" : "lc");
		trial->value[kind].i = (int)random_character();
		add_argument(trial, TTF_U32, (uint64_t)trial->value[kind].i);
		break;
	case KIND_ERROR:
		add(trial, "m");
		trial->value[kind].i = one_in(8) ? (int)random_bits() : (int)below(140);
		break;
	default:
		add(trial, "%%");
	}
}

static void begin(struct trial *trial, bool is_numbered)
{
	static const struct ring ring;

	memset(&trial->site, 0, sizeof(trial->site));
	trial->event.arguments = trial->arguments;
	trial->event.ring = &ring;
	trial->event.site = &trial->site;
	trial->format_bytes = 0;
	trial->is_numbered = is_numbered;
	trial->stars = 0;
}

/* The arguments are all there: the hidden errno goes last. */
static void finish(struct trial *trial)
{
	trial->site.format = (struct text){ .at = trial->format, .bytes = trial->format_bytes };
	trial->site.arguments = (uint8_t)trial->site.fields;
	trial->site.has_errno = true;
	add_argument(trial, TTF_ERRNO, (uint64_t)(int64_t)trial->value[KIND_ERROR].i);
}

#define PRINT(value)                                                                                         \
	(trial->stars == 0 ? snprintf(expected, RESULT_BYTES, trial->format, value)                          \
	 : trial->stars == 1                                                                                 \
		 ? snprintf(expected, RESULT_BYTES, trial->format, trial->star[0], value)                    \
		 : snprintf(expected, RESULT_BYTES, trial->format, trial->star[0], trial->star[1], value))

static int print_single(const struct trial *trial, enum kind kind)
{
	const union value *value = &trial->value[kind];

	errno = trial->value[KIND_ERROR].i;
	switch (kind) {
	case KIND_LONG:
		return PRINT(value->l);
	case KIND_DOUBLE:
		return PRINT(value->d);
	case KIND_LONG_DOUBLE:
		return PRINT(value->ld);
	case KIND_STRING:
		return PRINT(value->s);
	case KIND_WIDE:
		return PRINT(value->w);
	case KIND_POINTER:
		return PRINT(value->p);
	default:
		return PRINT(value->i);
	}
}

static int single(struct trial *trial)
{
	enum kind kind = (enum kind)below(KINDS);
	int precision;

	begin(trial, false);
	add_literal(trial);
	add(trial, "%%");
	precision = add_shape(trial, true);
	add_conversion(trial, kind, precision);
	add_literal(trial);
	finish(trial);
	return print_single(trial, kind);
}

static int print_row(const struct trial *trial)
{
	const union value *value = trial->value;

	errno = value[KIND_ERROR].i;
	return snprintf(expected, RESULT_BYTES, trial->format, value[KIND_INT].i, value[KIND_LONG].l,
			value[KIND_DOUBLE].d, value[KIND_LONG_DOUBLE].ld, value[KIND_STRING].s,
			value[KIND_WIDE].w, value[KIND_POINTER].p, value[KIND_CHARACTER].i);
}

static int row(struct trial *trial)
{
	begin(trial, false);
	for (int kind = 0; kind < KINDS_IN_ROW; kind++) {
		int precision;

		add_literal(trial);
		add(trial, "%%");
		precision = add_shape(trial, false);
		add_conversion(trial, (enum kind)kind, precision);
	}
	finish(trial);
	return print_row(trial);
}

static void shuffle(unsigned *order, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		order[i] = i;
	for (unsigned i = count - 1; i > 0; i--) {
		unsigned other = below(i + 1);
		unsigned held = order[i];

		order[i] = order[other];
		order[other] = held;
	}
}

/* Every argument by its number. A width may be the character's, which is small: `*8$`. */
static int numbered(struct trial *trial)
{
	unsigned order[KINDS_IN_ROW];
	struct argument sorted[KINDS_IN_ROW];
	uint8_t types[KINDS_IN_ROW];

	shuffle(order, KINDS_IN_ROW);
	begin(trial, true);
	for (unsigned i = 0; i < KINDS_IN_ROW; i++) {
		add_literal(trial);
		add(trial, "%%%u$", order[i] + 1);
		add_flags(trial);
		if (one_in(3))
			add(trial, "*%u$", KIND_CHARACTER + 1u);
		if (one_in(3) && order[i] != KIND_STRING)
			add(trial, ".*%u$", KIND_CHARACTER + 1u);
		add_conversion(trial, (enum kind)order[i], -1);
		sorted[order[i]] = trial->event.arguments[i];
		types[order[i]] = trial->site.types[i];
	}
	memcpy(trial->event.arguments, sorted, sizeof(sorted));
	memcpy(trial->site.types, types, sizeof(types));
	finish(trial);
	return print_row(trial);
}

static void show_arguments(const struct trial *trial)
{
	for (unsigned i = 0; i < trial->site.fields; i++) {
		const struct argument *argument = &trial->event.arguments[i];

		printf(" type %d bits %#llx high %#llx%s bytes %zu;", (int)argument->type,
		       (unsigned long long)argument->bits, (unsigned long long)argument->high,
		       argument->is_null ? " null" : "", argument->bytes.bytes);
	}
}

static void show(const struct trial *trial, const struct out *result, int length)
{
	printf("format   [%s]\n  with    ", trial->format);
	show_arguments(trial);
	printf("\n  glibc   [%.*s]\n  ttdecode[%.*s]\n", length, expected, (int)out_used(result),
	       result->start);
}

/* Whether both print the same. */
static bool agrees(struct trial *trial, struct out *result, int length)
{
	event_body(&trial->event, trial->body);
	trial->event.is_decoded = false;
	out_clear(result);
	message_render(result, &trial->event);
	message_forget(&trial->site);
	return result->error == 0 && length >= 0 && length < RESULT_BYTES &&
	       out_used(result) == (size_t)length && memcmp(result->start, expected, (size_t)length) == 0;
}

/* One trial; returns how many conversions it was. */
static unsigned try(struct trial *trial, int *length)
{
	switch (below(10)) {
	case 0:
		*length = row(trial);
		return KINDS_IN_ROW;
	case 1:
		*length = numbered(trial);
		return KINDS_IN_ROW;
	default:
		*length = single(trial);
		return 1;
	}
}

static int set_up(struct out *result)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED || mprotect(memory + page, page, PROT_NONE) != 0)
		return -ENOMEM;
	guarded_end = memory + page;
	if (setlocale(LC_ALL, "C.UTF-8") == NULL) {
		fputs("printf_differential: there is no locale C.UTF-8\n", stderr);
		return -ENOENT;
	}
	return out_open(result, -1);
}

int main(int argc, char **argv)
{
	static struct trial trial;
	static struct out result;
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 200000;
	unsigned long done = 0;
	unsigned long differ = 0;

	random_state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	if (set_up(&result) < 0)
		return 2;
	while (done < count) {
		int length;

		done += try(&trial, &length);
		if (agrees(&trial, &result, length))
			continue;
		if (differ++ < SHOWN_MAX)
			show(&trial, &result, length);
	}
	out_close(&result);
	printf("%lu conversions, %lu differ\n", done, differ);
	return differ != 0;
}
