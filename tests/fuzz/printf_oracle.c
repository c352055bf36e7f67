#include "printf_oracle.h"

#include <errno.h>
#include <float.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "../../lib/string_rule.h"

#define AMOUNT_MAX 4095	     /* of a width or a precision */
#define CONVERSION_BYTES 512 /* of its text: flags may be repeated */
#define ONE_BYTES 16384	     /* what one conversion prints at most: a long double with a precision of 4095 */

/* A conversion of the strict grammar. */
struct conversion {
	char text[CONVERSION_BYTES]; /* for snprintf */
	unsigned stars;
	int star[2];
	bool has_precision;
	bool is_precision_star;
	int precision; /* if it has one: -1 is none */
	char length;   /* 'H' for hh, 'q' for ll, 0 for none */
	char letter;
};

/* The reading of one format. */
struct reading {
	struct printf_oracle *oracle;
	struct fuzz_input values;
	const char *at;
	struct tt_impl_site site; /* as the program would register it */
	uint64_t bits[TTF_ARGUMENTS_MAX];
	struct conversion conversion;
	int error; /* errno at the call */
};

/* The next argument, NULL if there are too many. */
static struct argument *add_argument(struct reading *reading, enum ttf_type type, uint64_t bits)
{
	struct printf_oracle *oracle = reading->oracle;
	struct argument *argument = &oracle->event.arguments[oracle->site.fields];

	if (oracle->site.fields == TTF_ARGUMENTS_MAX)
		return NULL;
	reading->bits[oracle->site.fields] = bits;
	reading->site.types[oracle->site.fields] = (uint8_t)type;
	oracle->site.fields++;
	*argument = (struct argument){ .type = type, .bits = bits };
	return argument;
}

/* Digits or `*` with its value. False: neither is right. */
static bool take_amount(struct reading *reading, int *amount, bool *is_star)
{
	*is_star = *reading->at == '*';
	if (*is_star) {
		*amount = (int16_t)fuzz_u16(&reading->values) % (AMOUNT_MAX + 1);
		reading->at++;
		reading->conversion.star[reading->conversion.stars++] = *amount;
		return add_argument(reading, TTF_I32, (uint64_t)(int64_t)*amount) != NULL;
	}
	for (*amount = 0; *reading->at >= '0' && *reading->at <= '9' && *amount <= AMOUNT_MAX; reading->at++)
		*amount = *amount * 10 + (*reading->at - '0');
	return *amount <= AMOUNT_MAX;
}

static char take_length(struct reading *reading)
{
	char first = *reading->at;

	if (first == '\0' || strchr("hljztL", first) == NULL)
		return '\0';
	reading->at++;
	if (*reading->at != first || (first != 'h' && first != 'l'))
		return first;
	reading->at++;
	return first == 'h' ? 'H' : 'q';
}

static bool is_defined(char letter, char length)
{
	switch (letter) {
	case 'd':
	case 'i':
	case 'o':
	case 'u':
	case 'x':
	case 'X':
		return length != 'L';
	case 'c':
	case 's':
		return length == '\0' || length == 'l';
	case 'p':
	case 'm':
	case 'C':
	case 'S':
		return length == '\0';
	default:
		return letter != '\0' && strchr("eEfFgGaA", letter) != NULL &&
		       (length == '\0' || length == 'l' || length == 'L');
	}
}

/* What follows a `%`. False: C11 and glibc do not define it, or it is too long. */
static bool take_conversion(struct reading *reading)
{
	struct conversion *conversion = &reading->conversion;
	const char *from = reading->at;
	bool is_star;
	int width;

	*conversion = (struct conversion){ .precision = -1 };
	reading->at++;
	reading->at += strspn(reading->at, "-+ #0'I");
	if (!take_amount(reading, &width, &is_star))
		return false;
	conversion->has_precision = *reading->at == '.';
	if (conversion->has_precision) {
		reading->at++;
		if (!take_amount(reading, &conversion->precision, &conversion->is_precision_star))
			return false;
		if (conversion->precision < 0)
			conversion->precision = -1;
	}
	conversion->length = take_length(reading);
	conversion->letter = *reading->at;
	if (!is_defined(conversion->letter, conversion->length))
		return false;
	reading->at++;
	if (reading->at - from >= CONVERSION_BYTES)
		return false;
	memcpy(conversion->text, from, (size_t)(reading->at - from));
	return true;
}

#define PRINT(value)                                                                                         \
	(conversion->stars == 0	  ? snprintf(to, ONE_BYTES, conversion->text, value)                         \
	 : conversion->stars == 1 ? snprintf(to, ONE_BYTES, conversion->text, conversion->star[0], value)    \
				  : snprintf(to, ONE_BYTES, conversion->text, conversion->star[0],           \
					     conversion->star[1], value))

static int print_integer(struct reading *reading, char *to)
{
	const struct conversion *conversion = &reading->conversion;
	uint64_t bits = fuzz_u64(&reading->values);

	if (conversion->length == '\0' || conversion->length == 'h' || conversion->length == 'H') {
		bool is_signed = conversion->letter == 'd' || conversion->letter == 'i';
		int value = (int)(uint32_t)bits;

		if (add_argument(reading, is_signed ? TTF_I32 : TTF_U32,
				 is_signed ? (uint64_t)(int64_t)value : (uint32_t)bits) == NULL)
			return -1;
		return PRINT(value);
	}
	return add_argument(reading, bits % 2 ? TTF_I64 : TTF_U64, bits) != NULL ? PRINT((long)bits) : -1;
}

#if LDBL_MANT_DIG == 64
#define LONG_DOUBLE_TYPE TTF_F80
#define LONG_DOUBLE_BYTES 10

/* No processor makes a number whose leading bit and exponent contradict each other, and glibc has no one answer. */
static void make_sound(uint64_t *low, const uint64_t *high)
{
	uint64_t leading = (uint64_t)1 << 63;

	*low = (*high & 0x7fff) == 0 ? *low & ~leading : *low | leading;
}
#else
#define LONG_DOUBLE_TYPE TTF_F128
#define LONG_DOUBLE_BYTES 16

static void make_sound(uint64_t *low, const uint64_t *high)
{
	(void)low, (void)high;
}
#endif

static int print_real(struct reading *reading, char *to)
{
	const struct conversion *conversion = &reading->conversion;
	uint64_t bits[2] = { fuzz_u64(&reading->values), 0 };
	struct argument *argument;

	if (conversion->length == 'L') {
		long double value = 0;

		bits[1] = LONG_DOUBLE_BYTES == 10 ? fuzz_u16(&reading->values) : fuzz_u64(&reading->values);
		make_sound(&bits[0], &bits[1]);
		memcpy(&value, bits, LONG_DOUBLE_BYTES);
		argument = add_argument(reading, LONG_DOUBLE_TYPE, bits[0]);
		if (argument == NULL)
			return -1;
		argument->high = bits[1];
		return PRINT(value);
	} else {
		double value;

		memcpy(&value, bits, sizeof(value));
		return add_argument(reading, TTF_F64, bits[0]) != NULL ? PRINT(value) : -1;
	}
}

static bool is_wide(const struct conversion *conversion)
{
	return conversion->length == 'l' || conversion->letter == 'C' || conversion->letter == 'S';
}

/* A character that has a form in UTF-8. */
static uint32_t take_wide(struct reading *reading)
{
	uint32_t unit = fuzz_u16(&reading->values);

	if (unit >= 0xd800 && unit < 0xe000)
		unit += 0x10000;
	return unit == 0 ? 1 : unit;
}

static int print_character(struct reading *reading, char *to)
{
	const struct conversion *conversion = &reading->conversion;

	if (is_wide(conversion)) {
		wint_t value = take_wide(reading);

		return add_argument(reading, TTF_U32, value) != NULL ? PRINT(value) : -1;
	} else {
		int value = fuzz_u8(&reading->values);

		return add_argument(reading, TTF_I32, (uint64_t)value) != NULL ? PRINT(value) : -1;
	}
}

static int print_pointer(struct reading *reading, char *to)
{
	const struct conversion *conversion = &reading->conversion;
	uint64_t bits = fuzz_u64(&reading->values);
	const void *value = (const void *)(uintptr_t)bits;

	return add_argument(reading, TTF_PTR, bits) != NULL ? PRINT(value) : -1;
}

/* A string in memory that ends where printf may read last: without a terminator where the precision ends it. */
static char *make_string(struct reading *reading)
{
	const struct conversion *conversion = &reading->conversion;
	size_t bytes = fuzz_u8(&reading->values) % 128;
	const uint8_t *from = fuzz_bytes(&reading->values, &bytes);
	bool is_open = conversion->precision >= 0 && (size_t)conversion->precision <= bytes;
	char *string = fuzz_exact(from, is_open ? (size_t)conversion->precision : bytes, !is_open);

	for (size_t i = 0; i < (is_open ? (size_t)conversion->precision : bytes); i++)
		if (string[i] == '\0')
			string[i] = 'z';
	return string;
}

/* Wide ones always end: glibc's precision counts the bytes that come out, the recorder's characters. */
static wchar_t *make_wide(struct reading *reading)
{
	size_t count = fuzz_u8(&reading->values) % 64;
	wchar_t *string = calloc(count + 1, sizeof(*string));

	fuzz_require(string != NULL, "there is memory");
	for (size_t i = 0; i < count; i++)
		string[i] = (wchar_t)take_wide(reading);
	return string;
}

static int print_string(struct reading *reading, char *to)
{
	const struct conversion *conversion = &reading->conversion;
	unsigned index = reading->oracle->site.fields;
	bool is_null = fuzz_u8(&reading->values) == 0;
	void *value = NULL;

	if (index == TTF_ARGUMENTS_MAX)
		return -1;
	if (!is_null)
		value = is_wide(conversion) ? (void *)make_wide(reading) : (void *)make_string(reading);
	reading->oracle->strings[index] = value;
	add_argument(reading, is_wide(conversion) ? TTF_WSTR : TTF_STR, (uint64_t)(uintptr_t)value);
	return is_wide(conversion) ? PRINT((wchar_t *)value) : PRINT((char *)value);
}

static int print_error(struct reading *reading, char *to)
{
	const struct conversion *conversion = &reading->conversion;

	errno = reading->error;
	return conversion->stars == 0 ? snprintf(to, ONE_BYTES, conversion->text, 0)
	       : conversion->stars == 1
		       ? snprintf(to, ONE_BYTES, conversion->text, conversion->star[0])
		       : snprintf(to, ONE_BYTES, conversion->text, conversion->star[0], conversion->star[1]);
}

static int print_conversion(struct reading *reading, char *to)
{
	switch (reading->conversion.letter) {
	case 'd':
	case 'i':
	case 'o':
	case 'u':
	case 'x':
	case 'X':
		return print_integer(reading, to);
	case 'c':
	case 'C':
		return print_character(reading, to);
	case 's':
	case 'S':
		return print_string(reading, to);
	case 'p':
		return print_pointer(reading, to);
	case 'm':
		return print_error(reading, to);
	default:
		return print_real(reading, to);
	}
}

/* The whole format. False: a part of it is not defined, or it prints too much. */
static bool print(struct reading *reading)
{
	struct printf_oracle *oracle = reading->oracle;

	while (*reading->at != '\0') {
		char *to = oracle->expected + oracle->expected_bytes;
		int bytes = 1;

		if (oracle->expected_bytes + ONE_BYTES > PRINTF_ORACLE_BYTES)
			return false;
		if (reading->at[0] != '%' || reading->at[1] == '%') {
			*to = *reading->at;
			reading->at += 1 + (reading->at[0] == '%');
		} else {
			bytes = take_conversion(reading) ? print_conversion(reading, to) : -1;
		}
		if (bytes < 0 || bytes >= ONE_BYTES)
			return false;
		oracle->expected_bytes += (size_t)bytes;
	}
	return true;
}

/* The strings as the recorder would keep them. */
static void measure(struct reading *reading)
{
	struct event *event = &reading->oracle->event;
	uint32_t left = TTF_STRINGS_BYTES_MAX;
	uint8_t types[TT_IMPL_ARGUMENTS_MAX];

	fuzz_require(string_rule_set(&reading->site) == 0, "a defined format can be recorded");
	string_rule_types(&reading->site, types);
	for (unsigned i = 0; i < reading->oracle->site.fields; i++) {
		struct argument *argument = &event->arguments[i];
		struct tt_impl_string string;

		fuzz_require(types[i] == argument->type, "an argument goes by its type");
		if (argument->type != TTF_STR && argument->type != TTF_WSTR)
			continue;
		string = string_rule_measure(reading->bits[i], reading->site.rules[i],
					     i > 0 ? reading->bits[i - 1] : 0, left);
		argument->is_null = string.field == TTF_STRING_NULL;
		fuzz_require(argument->is_null == (reading->bits[i] == 0), "NULL is recorded as NULL");
		fuzz_require(argument->is_null || (string.field == string.bytes && string.bytes <= left),
			     "a short string is recorded whole");
		argument->bits = 0;
		argument->bytes = (struct text){ string.from, argument->is_null ? 0 : string.bytes };
		left -= string.bytes;
	}
}

static void finish(struct reading *reading)
{
	struct printf_oracle *oracle = reading->oracle;
	struct site *site = &oracle->site;

	memcpy(site->types, reading->site.types, site->fields);
	site->arguments = site->fields;
	site->has_errno = reading->site.has_errno;
	if (site->has_errno) {
		site->types[site->fields] = TTF_ERRNO;
		oracle->event.arguments[site->fields] =
			(struct argument){ .type = TTF_ERRNO, .bits = (uint64_t)(int64_t)reading->error };
		site->fields++;
	}
	event_body(&oracle->event, oracle->body);
	oracle->event.is_decoded = false;
}

bool printf_oracle_ask(struct printf_oracle *oracle, struct fuzz_input input)
{
	static const struct process process = { .pid = 1 };
	static const struct ring ring = { .process = &process, .tid = 1 };
	static bool has_locale;
	struct reading reading = { .oracle = oracle };
	size_t value_bytes = fuzz_u8(&input);

	if (!has_locale)
		has_locale = setlocale(LC_ALL, "C.UTF-8") != NULL;
	fuzz_require(has_locale, "there is a locale C.UTF-8");
	reading.values.at = fuzz_bytes(&input, &value_bytes);
	reading.values.left = value_bytes;
	reading.error = (int16_t)fuzz_u16(&reading.values);
	memset(oracle, 0, offsetof(struct printf_oracle, expected));
	oracle->event.arguments = oracle->arguments;
	oracle->event.ring = &ring;
	oracle->event.site = &oracle->site;
	oracle->format = fuzz_exact(input.at, input.left, true);
	oracle->site.format = (struct text){ oracle->format, strlen(oracle->format) };
	oracle->site.level = TTF_LEVEL_INFO;
	reading.at = oracle->format;
	reading.site.format = oracle->format;
	if (!print(&reading)) {
		printf_oracle_end(oracle);
		return false;
	}
	reading.site.arguments = (uint8_t)oracle->site.fields;
	measure(&reading);
	finish(&reading);
	return true;
}

void printf_oracle_end(struct printf_oracle *oracle)
{
	for (unsigned i = 0; i < TTF_ARGUMENTS_MAX; i++)
		free(oracle->strings[i]);
	free(oracle->format);
}
