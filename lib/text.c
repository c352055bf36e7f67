#include "text.h"

#include <string.h>

struct text text_in(char *buffer, size_t capacity)
{
	buffer[0] = '\0';
	return (struct text){ buffer, 0, capacity, false };
}

void text_add_bytes(struct text *text, const char *bytes, size_t count)
{
	size_t room = text->capacity - 1 - text->bytes;

	if (count > room) {
		count = room;
		text->is_cut = true;
	}
	memcpy(text->at + text->bytes, bytes, count);
	text->bytes += count;
	text->at[text->bytes] = '\0';
}

void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

static void add_digits(struct text *text, uint64_t number, unsigned base, unsigned digits)
{
	char reversed[64];
	unsigned count = 0;

	while ((number > 0 || count < digits) && count < sizeof(reversed)) {
		reversed[sizeof(reversed) - ++count] = "0123456789abcdef"[number % base];
		number /= base;
	}
	text_add_bytes(text, reversed + sizeof(reversed) - count, count);
}

void text_add_number(struct text *text, uint64_t number)
{
	add_digits(text, number, 10, 1);
}

void text_add_padded(struct text *text, uint64_t number, unsigned digits)
{
	add_digits(text, number, 10, digits);
}

void text_add_hex(struct text *text, uint64_t number, unsigned digits)
{
	add_digits(text, number, 16, digits);
}

/* Days since 1970 as a date: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days. */
static void add_date(struct text *text, uint64_t days)
{
	uint64_t shifted = days + 719468; /* since 0000-03-01 */
	uint64_t era = shifted / 146097, day_of_era = shifted % 146097;
	uint64_t year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	uint64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
	uint64_t month = (5 * day_of_year + 2) / 153; /* from March */

	text_add_padded(text, year + era * 400 + (month >= 10), 4);
	text_add_padded(text, month < 10 ? month + 3 : month - 9, 2);
	text_add_padded(text, day_of_year - (153 * month + 2) / 5 + 1, 2);
}

void text_add_time(struct text *text, uint64_t real_ns)
{
	uint64_t seconds = real_ns / 1000000000u;

	add_date(text, seconds / 86400);
	text_add(text, "T");
	text_add_padded(text, seconds / 3600 % 24, 2);
	text_add_padded(text, seconds / 60 % 60, 2);
	text_add_padded(text, seconds % 60, 2);
	text_add(text, ".");
	text_add_padded(text, real_ns % 1000000000u, 9);
	text_add(text, "Z");
}
