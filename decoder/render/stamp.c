/*
 * stamp.c - calendar arithmetic, done once a second.
 *
 * Events come in the order of time, so nearly every one has the second of the one before.
 */
#include "stamp.h"

#include <string.h>

#include "number.h"

#define SECOND_NS 1000000000u
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

/* Of the last moment. */
static _Thread_local struct {
	uint64_t second;
	char date[DATE_BYTES];
	char digits[NUMBER_BYTES_MAX]; /* the second in decimal */
	unsigned digit_count;
} last = { .second = UINT64_MAX };

static void renew(uint64_t second)
{
	write_date(last.date, second);
	last.digit_count = (unsigned)(number_unsigned(last.digits, second) - last.digits);
	last.second = second;
}

char *stamp_write(char *at, uint64_t real_ns)
{
	uint64_t second = real_ns / SECOND_NS;

	if (second != last.second)
		renew(second);
	memcpy(at, last.date, DATE_BYTES);
	at = number_nine(at + DATE_BYTES, (uint32_t)(real_ns % SECOND_NS));
	*at++ = 'Z';
	return at;
}

char *stamp_write_ns(char *at, uint64_t real_ns)
{
	uint64_t second = real_ns / SECOND_NS;

	if (second != last.second || second == 0)
		return number_unsigned(at, real_ns);
	memcpy(at, last.digits, 16);
	return number_nine(at + last.digit_count, (uint32_t)(real_ns % SECOND_NS));
}
