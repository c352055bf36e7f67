/*
 * check_glob.c - patterns of targets and threads.
 */
#include <string.h>

#include "../../decoder/cli/glob.h"
#include "unit.h"

static struct text text_of(const char *string)
{
	return (struct text){ string, strlen(string) };
}

static bool matches(const char *pattern, const char *text)
{
	return glob_matches(text_of(pattern), text_of(text));
}

static bool targets(const char *pattern, const char *text)
{
	return glob_matches_target(text_of(pattern), text_of(text));
}

START_TEST(test_whole)
{
	ck_assert(matches("worker", "worker"));
	ck_assert(!matches("worker", "worker-1"));
	ck_assert(matches("worker-*", "worker-1"));
	ck_assert(matches("*", ""));
	ck_assert(matches("*a*b*", "xxaxxbxx"));
	ck_assert(!matches("*a*b", "xxaxxbxx"));
	ck_assert(matches("a*b*c", "abbbcabc"));
	ck_assert(!matches("", "a"));
	ck_assert(matches("", ""));
	ck_assert(matches("****x", "x"));
}
END_TEST

START_TEST(test_targets_match_below_a_dot)
{
	ck_assert(targets("net", "net"));
	ck_assert(targets("net", "net.http"));
	ck_assert(!targets("net", "network"));
	ck_assert(!targets("net.http", "net"));
	ck_assert(targets("net.*", "net.http.client"));
	ck_assert(targets("*.http", "net.http.client"));
	ck_assert(!targets("*.http", "net.https"));
}
END_TEST

/* A pattern of many stars on a long text must end soon. */
START_TEST(test_many_stars)
{
	char text[4096];
	char pattern[200];

	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = i % 2 == 0 ? '*' : 'a';
	pattern[sizeof(pattern) - 1] = 'b';
	ck_assert(!glob_matches((struct text){ pattern, sizeof(pattern) },
				(struct text){ text, sizeof(text) }));
}
END_TEST

static bool is_equal(struct text pattern, const void *context)
{
	struct text wanted = text_of(context);

	return pattern.bytes == wanted.bytes && memcmp(pattern.at, wanted.at, wanted.bytes) == 0;
}

START_TEST(test_lists)
{
	ck_assert(glob_any("a,b c, d ", is_equal, "a"));
	ck_assert(glob_any("a,b c, d ", is_equal, "b c"));
	ck_assert(glob_any("a,b c, d ", is_equal, "d"));
	ck_assert(!glob_any("a,b c, d ", is_equal, "b"));
	ck_assert(!glob_any(",, ,", is_equal, ""));
	ck_assert(!glob_any("", is_equal, ""));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("glob");
	TCase *tcase = tcase_create("glob");

	tcase_add_test(tcase, test_whole);
	tcase_add_test(tcase, test_targets_match_below_a_dot);
	tcase_add_test(tcase, test_many_stars);
	tcase_add_test(tcase, test_lists);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
