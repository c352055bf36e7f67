#include "moment.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

#define NS_PER_SECOND 1000000000u

static const struct {
	const char *name;
	uint64_t ns;
} units[] = {
	/* Those that begin as another one stand before it. */
	{ "ns", 1 },
	{ "us", 1000 },
	{ "ms", 1000000 },
	{ "s", NS_PER_SECOND },
	{ "m", (uint64_t)60 * NS_PER_SECOND },
	{ "h", (uint64_t)3600 * NS_PER_SECOND },
	{ "d", (uint64_t)86400 * NS_PER_SECOND },
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits as a number below 2^63; false if there is none or it is larger. */
static bool take_number(const char **text, uint64_t *value)
{
	if (!is_digit(**text))
		return false;
	for (*value = 0; is_digit(**text); ++*text)
		if (__builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, (uint64_t)(**text - '0'), value) || *value > INT64_MAX)
			return false;
	return true;
}

/* The digits after a point, as a part of `whole`; digits too small to count are passed over. */
static bool take_fraction(const char **text, uint64_t whole, uint64_t *value)
{
	*value = 0;
	if (**text != '.')
		return true;
	++*text;
	if (!is_digit(**text))
		return false;
	for (uint64_t digit = whole / 10; is_digit(**text); ++*text, digit /= 10)
		*value += (uint64_t)(**text - '0') * digit;
	return true;
}

static bool take_unit(const char **text, uint64_t *ns)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t bytes = strlen(units[i].name);

		if (strncmp(*text, units[i].name, bytes) != 0)
			continue;
		*text += bytes;
		*ns = units[i].ns;
		return true;
	}
	return false;
}

bool moment_parse_duration(const char *text, uint64_t *ns)
{
	uint64_t sum = 0;

	do {
		const char *after = text + strspn(text, "0123456789");
		const char *unit = after + (*after == '.') + strspn(after + (*after == '.'), "0123456789");
		uint64_t unit_ns;
		uint64_t number;
		uint64_t fraction;

		if (!take_unit(&unit, &unit_ns) || !take_number(&text, &number) ||
		    !take_fraction(&text, unit_ns, &fraction) ||
		    __builtin_mul_overflow(number, unit_ns, &number) ||
		    __builtin_add_overflow(sum, number, &sum) ||
		    __builtin_add_overflow(sum, fraction, &sum) || sum > INT64_MAX)
			return false;
		text = unit;
	} while (*text != '\0');
	*ns = sum;
	return true;
}

/* `count` digits as a number from `low` to `high`. */
static bool take_field(const char **text, int count, int low, int high, int *value)
{
	*value = 0;
	for (int i = 0; i < count; i++) {
		if (!is_digit(**text))
			return false;
		*value = *value * 10 + (*(*text)++ - '0');
	}
	return *value >= low && *value <= high;
}

static bool take_char(const char **text, char wanted)
{
	if (**text != wanted)
		return false;
	++*text;
	return true;
}

/* timegm would turn the 31st of June into the 1st of July. */
static bool is_date(const struct tm *tm)
{
	struct tm date = *tm;

	return timegm(&date) != (time_t)-1 && date.tm_mday == tm->tm_mday;
}

static bool take_date(const char **text, struct tm *tm)
{
	if (!take_field(text, 4, 1970, 2262, &tm->tm_year) || !take_char(text, '-') ||
	    !take_field(text, 2, 1, 12, &tm->tm_mon) || !take_char(text, '-') ||
	    !take_field(text, 2, 1, 31, &tm->tm_mday))
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon--;
	return is_date(tm);
}

/* `T` (or a space) and the time of day; nothing is midnight. */
static bool take_time(const char **text, struct tm *tm, uint64_t *fraction_ns)
{
	*fraction_ns = 0;
	if (!take_char(text, 'T') && !take_char(text, 't') && !take_char(text, ' '))
		return **text == '\0';
	if (!take_field(text, 2, 0, 23, &tm->tm_hour) || !take_char(text, ':') ||
	    !take_field(text, 2, 0, 59, &tm->tm_min))
		return false;
	if (!take_char(text, ':'))
		return true;
	return take_field(text, 2, 0, 60, &tm->tm_sec) && take_fraction(text, NS_PER_SECOND, fraction_ns);
}

/* Z, an offset or nothing: seconds east of UTC. */
static bool take_zone(const char **text, int64_t *east)
{
	int sign = **text == '-' ? -1 : 1;
	int hours;
	int minutes = 0;

	*east = 0;
	if (**text == '\0' || take_char(text, 'Z') || take_char(text, 'z'))
		return **text == '\0';
	if (!take_char(text, '+') && !take_char(text, '-'))
		return false;
	if (!take_field(text, 2, 0, 23, &hours))
		return false;
	take_char(text, ':');
	if (**text != '\0' && !take_field(text, 2, 0, 59, &minutes))
		return false;
	*east = sign * (hours * 3600 + minutes * 60);
	return **text == '\0';
}

static bool parse_absolute(const char *text, uint64_t *ns)
{
	struct tm tm = { 0 };
	uint64_t fraction_ns;
	uint64_t sum;
	int64_t east;
	int64_t seconds;

	if (!take_date(&text, &tm) || !take_time(&text, &tm, &fraction_ns) || !take_zone(&text, &east))
		return false;
	seconds = (int64_t)timegm(&tm) - east;
	if (seconds < 0 || __builtin_mul_overflow((uint64_t)seconds, NS_PER_SECOND, &sum))
		return false;
	sum += fraction_ns;
	if (sum > INT64_MAX)
		return false;
	*ns = sum;
	return true;
}

bool moment_parse(const char *text, struct moment *moment)
{
	struct moment parsed = { .is_given = true };

	if (parse_absolute(text, &parsed.ns)) {
		*moment = parsed;
		return true;
	}
	parsed.is_before_end = true;
	if (!moment_parse_duration(text + (*text == '-'), &parsed.ns))
		return false;
	*moment = parsed;
	return true;
}

uint64_t moment_resolve(const struct moment *moment, uint64_t end_ns)
{
	if (!moment->is_before_end)
		return moment->ns;
	return end_ns > moment->ns ? end_ns - moment->ns : 0;
}
