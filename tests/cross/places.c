/*
 * places.c - call places of every shape, a function each: orders.py reads what they are compiled to.
 *
 * As a program it records one event of each, and tells what was recorded.
 */
#include <stdio.h>

#define TT_TARGET "cross.places"
#include <ttlog.h>

#define PLACE __attribute__((noinline)) void

PLACE place_nothing(void);
PLACE place_ints(int a, int b);
PLACE place_wide(long a, double b, const void *c);
PLACE place_string(const char *text);
PLACE place_strings(const char *one, int between, const char *other);
PLACE place_long_double(long double value);
PLACE place_errno(const char *path);
PLACE place_many(int a);

void place_nothing(void)
{
	TT_INFO("nothing");
}

void place_ints(int a, int b)
{
	TT_INFO("ints %d %d", a, b);
}

void place_wide(long a, double b, const void *c)
{
	TT_WARN("wide %ld %f %p", a, b, c);
}

void place_string(const char *text)
{
	TT_DEBUG("string %s", text);
}

void place_strings(const char *one, int between, const char *other)
{
	TT_ERROR("strings %s %d %s", one, between, other);
}

void place_long_double(long double value)
{
	TT_TRACE("long double %Lg", value);
}

void place_errno(const char *path)
{
	TT_FATAL("open %s: %m", path);
}

void place_many(int a)
{
	TT_LOG(TT_LEVEL_INFO, "cross.many", "%d %d %d %d %d %d %d %d", a, a + 1, a + 2, a + 3, a + 4, a + 5,
	       a + 6, a + 7);
}

int main(void)
{
	struct tt_stats stats = { .size = sizeof(stats) };

	place_nothing();
	place_ints(1, 2);
	place_wide(3, 4.5, &stats);
	place_string("a string that is longer than sixteen bytes");
	place_strings("one", 5, "other");
	place_long_double(6.5L);
	place_errno("file");
	place_many(7);
	tt_stats(&stats);
	printf("%llu events recorded\n", (unsigned long long)stats.recorded);
	return stats.recorded == 8 ? 0 : 1;
}
