/*
 * check_lib_filter.c - filters: which rules are rules, what they match, and that the last one decides.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format-spec/twin/record.h"
#include "../../lib/config.h"
#include "../../lib/filter.h"
#include "unit.h"

#define OFF TTF_LEVEL_END

static const struct sample {
	const char *spec;
	const char *target;
	unsigned minimum;
} samples[] = {
	{ "", "app", TTF_LEVEL_TRACE },
	{ "trace", "app", TTF_LEVEL_TRACE },
	{ "debug", "app", TTF_LEVEL_DEBUG },
	{ "info", "app", TTF_LEVEL_INFO },
	{ "warn", "app", TTF_LEVEL_WARN },
	{ "error", "app", TTF_LEVEL_ERROR },
	{ "fatal", "app", TTF_LEVEL_FATAL },
	{ "off", "app", OFF },
	/* The design's example. */
	{ "info,net=debug,db.*=off", "app", TTF_LEVEL_INFO },
	{ "info,net=debug,db.*=off", "net", TTF_LEVEL_DEBUG },
	{ "info,net=debug,db.*=off", "net.http", TTF_LEVEL_DEBUG },
	{ "info,net=debug,db.*=off", "network", TTF_LEVEL_INFO },
	{ "info,net=debug,db.*=off", "db", TTF_LEVEL_INFO },
	{ "info,net=debug,db.*=off", "db.pool", OFF },
	{ "info,net=debug,db.*=off", "db.pool.size", OFF },
	/* The last rule that matches decides. */
	{ "net=off,net.http=warn", "net.http", TTF_LEVEL_WARN },
	{ "net=off,net.http=warn", "net.dns", OFF },
	{ "net.http=warn,net=off", "net.http", OFF },
	{ "net=error,trace", "net", TTF_LEVEL_TRACE },
	/* What no rule matches. */
	{ "net=off", "app", TTF_LEVEL_TRACE },
	/* A target matches itself and what is below it, not what is above. */
	{ "net.http=off", "net", TTF_LEVEL_TRACE },
	{ "net.http=off", "net.http.x.y", OFF },
	{ "net.http=off", "net.https", TTF_LEVEL_TRACE },
	/* Globs. */
	{ "*=off", "anything.at.all", OFF },
	{ "*.http=off", "net.http", OFF },
	{ "*.http=off", "http", TTF_LEVEL_TRACE },
	{ "*.http=off", "a.b.http.c", OFF },
	{ "n*t=off", "net", OFF },
	{ "n*t=off", "nt", OFF },
	{ "n*t=off", "next.to.net.work", OFF },
	{ "n*t=off", "nets", TTF_LEVEL_TRACE },
	{ "*a*b*=off", "xxaxxbxx", OFF },
	{ "*a*b*=off", "xxbxxaxx", TTF_LEVEL_TRACE },
	{ "**=off", "x", OFF },
	/* Blanks around rules and their parts. */
	{ " info , net = debug ", "net", TTF_LEVEL_DEBUG },
	{ " info , net = debug ", "app", TTF_LEVEL_INFO },
	{ "info,", "app", TTF_LEVEL_INFO },
	{ "info, ", "app", TTF_LEVEL_INFO },
	{ "  ", "app", TTF_LEVEL_TRACE },
};

START_TEST(decides)
{
	const struct sample *sample = &samples[_i];

	ck_assert_int_eq(filter_check(sample->spec), 0);
	filter_set(sample->spec);
	ck_assert_msg(filter_minimum(sample->target) == sample->minimum, "`%s` for %s: %u, not %u",
		      sample->spec, sample->target, filter_minimum(sample->target), sample->minimum);
}
END_TEST

static const char *const bad[] = {
	"verbose", "INFO",   "net=verbose", "=info",	 "net=", "net", "info,,warn", "info,,",
	",",	   " ,info", "net=info=",   "net==info", ",,",	 "5",	"=",
};

START_TEST(refuses)
{
	ck_assert_msg(filter_check(bad[_i]) == -EINVAL, "`%s` was taken", bad[_i]);
}
END_TEST

START_TEST(refuses_what_is_too_long)
{
	char spec[CONFIG_FILTER_BYTES + 1];

	memset(spec, 'x', sizeof(spec));
	memcpy(spec + CONFIG_FILTER_BYTES - 1 - 5, "=warn", 6);
	ck_assert_uint_eq(strlen(spec), CONFIG_FILTER_BYTES - 1);
	ck_assert_int_eq(filter_check(spec), 0);
	memset(spec, 'x', sizeof(spec));
	memcpy(spec + CONFIG_FILTER_BYTES - 5, "=warn", 6);
	ck_assert_int_eq(filter_check(spec), -EINVAL);
}
END_TEST

/* The naive twin: tries everything. */
static bool matches(const char *pattern, const char *target)
{
	if (*pattern == '\0')
		return *target == '\0' || *target == '.';
	if (*pattern == '*')
		return matches(pattern + 1, target) || (*target != '\0' && matches(pattern, target + 1));
	return *pattern == *target && matches(pattern + 1, target + 1);
}

static void put_random(char *to, size_t most, const char *letters)
{
	size_t bytes = 1 + (size_t)random() % most;

	for (size_t i = 0; i < bytes; i++)
		to[i] = letters[(size_t)random() % strlen(letters)];
	to[bytes] = '\0';
}

START_TEST(agrees_with_naive_twin)
{
	srandom(1);
	for (int i = 0; i < 200000; i++) {
		char pattern[8], target[16], spec[16];

		put_random(pattern, 7, "ab.*");
		put_random(target, 12, "ab.");
		snprintf(spec, sizeof(spec), "%s=off", pattern);
		filter_set(spec);
		ck_assert_msg((filter_minimum(target) == OFF) == matches(pattern, target), "%s for %s", spec,
			      target);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lib_filter");
	TCase *tests = tcase_create("filter");

	tcase_add_loop_test(tests, decides, 0, sizeof(samples) / sizeof(samples[0]));
	tcase_add_loop_test(tests, refuses, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tests, refuses_what_is_too_long);
	tcase_add_test(tests, agrees_with_naive_twin);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
