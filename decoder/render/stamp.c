/*
 * stamp.c - calendar arithmetic, done once a second, and nearly all digits once a burst.
 *
 * Events come in the order of time: nearly every one has the second of the one before, and in a burst all but its last four digits.
 */
#include "stamp.h"

#include <string.h>

#include "../../format-spec/twin/bytes.h"
#include "number.h"

#define UNIT_NS 10000u
#define UNITS_A_SECOND 100000u
#define UNIT_DIGITS 5u
#define DAY_SECONDS 86400u
#define DATE_BYTES 20u /* 2026-11-21T01:02:03. */

struct date {
	uint64_t year;
	unsigned month;
	unsigned day;
};

/*
 * Days since 1970-01-01 as a date of the Gregorian calendar. Years are counted from March, so that the leap day
 * is the last of its year (Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days).
 */
static struct date date_of(uint64_t days)
{
	uint64_t since_era0 = days + 719468; /* 0000-03-01 */
	uint64_t era = since_era0 / 146097;
	uint64_t day_of_era = since_era0 % 146097;
	uint64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	uint64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	uint64_t month = (5 * day_of_year + 2) / 153; /* 0: March */

	return (struct date){ .year = era * 400 + year_of_era + (month >= 10),
			      .month = (unsigned)(month < 10 ? month + 3 : month - 9),
			      .day = (unsigned)(day_of_year - (153 * month + 2) / 5 + 1) };
}

static char *field(char *at, uint64_t value, unsigned digits, char after)
{
	at = number_fixed(at, value, digits);
	*at++ = after;
	return at;
}

static void write_date(char *at, uint64_t second)
{
	struct date date = date_of(second / DAY_SECONDS);
	uint64_t of_day = second % DAY_SECONDS;

	at = field(at, date.year, 4, '-');
	at = field(at, date.month, 2, '-');
	at = field(at, date.day, 2, 'T');
	at = field(at, of_day / 3600, 2, ':');
	at = field(at, of_day / 60 % 60, 2, ':');
	field(at, of_day % 60, 2, '.');
}

/* What a moment has in common with the last one. */
static _Thread_local struct {
	uint64_t unit;
	uint64_t second;
	char date[DATE_BYTES + UNIT_DIGITS + 3]; /* number_fraction writes eight bytes */
} last = { UINT64_MAX, UINT64_MAX, "" };

static _Thread_local struct {
	uint64_t unit;
	unsigned count;
	char digits[NUMBER_BYTES_MAX];
} last_number = { .unit = UINT64_MAX };

static void renew(uint64_t unit)
{
	uint64_t second = unit / UNITS_A_SECOND;

	if (second != last.second)
		write_date(last.date, second);
	number_fraction(last.date + DATE_BYTES, (uint32_t)(unit % UNITS_A_SECOND), UNIT_DIGITS);
	last.second = second;
	last.unit = unit;
}

static void renew_number(uint64_t unit)
{
	last_number.count = (unsigned)(number_unsigned(last_number.digits, unit) - last_number.digits);
	last_number.unit = unit;
}

/* What is left of a moment below its unit. */
static char *write_rest(char *at, uint64_t rest)
{
	ttf_store32(at, number_four_digits((uint32_t)rest) + 0x30303030u);
	return at + 4;
}

char *stamp_write(char *at, uint64_t real_ns)
{
	uint64_t unit = real_ns / UNIT_NS;

	if (unit != last.unit)
		renew(unit);
	memcpy(at, last.date, DATE_BYTES + UNIT_DIGITS);
	at = write_rest(at + DATE_BYTES + UNIT_DIGITS, real_ns % UNIT_NS);
	*at++ = 'Z';
	return at;
}

char *stamp_write_ns(char *at, uint64_t real_ns)
{
	uint64_t unit = real_ns / UNIT_NS;

	if (unit == 0)
		return number_unsigned(at, real_ns);
	if (unit != last_number.unit)
		renew_number(unit);
	memcpy(at, last_number.digits, 16); /* no number of 64 bits has more in front of its last four */
	return write_rest(at + last_number.count, real_ns % UNIT_NS);
}
