/*
 * check_moment.c - durations and moments as users write them.
 */
#include "../../decoder/cli/moment.h"
#include "unit.h"

#define SECOND UINT64_C(1000000000)

static uint64_t duration(const char *text)
{
	uint64_t ns = UINT64_MAX;

	return moment_parse_duration(text, &ns) ? ns : UINT64_MAX;
}

START_TEST(test_durations)
{
	ck_assert_uint_eq(duration("10ns"), 10);
	ck_assert_uint_eq(duration("10us"), 10000);
	ck_assert_uint_eq(duration("10ms"), 10000000);
	ck_assert_uint_eq(duration("5s"), 5 * SECOND);
	ck_assert_uint_eq(duration("1m30s"), 90 * SECOND);
	ck_assert_uint_eq(duration("2h"), 7200 * SECOND);
	ck_assert_uint_eq(duration("1d"), 86400 * SECOND);
	ck_assert_uint_eq(duration("0.5h"), 1800 * SECOND);
	ck_assert_uint_eq(duration("1.25s"), 1250000000);
	ck_assert_uint_eq(duration("0.0000000019s"), 1);
	ck_assert_uint_eq(duration("106751d"), 106751 * UINT64_C(86400) * SECOND);
}
END_TEST

START_TEST(test_what_is_no_duration)
{
	static const char *const texts[] = { "",
					     "5",
					     "s",
					     "5 s",
					     "-5s",
					     "5s ",
					     "1.s",
					     ".5s",
					     "5x",
					     "106752d",
					     "1e3s",
					     "5sm",
					     "0x5s",
					     "99999999999999999999s",
					     "9223372036854775808ns" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(duration(texts[i]) == UINT64_MAX, "%s", texts[i]);
}
END_TEST

static uint64_t absolute(const char *text)
{
	struct moment moment = { 0 };

	return moment_parse(text, &moment) && moment.is_given && !moment.is_before_end ? moment.ns
										       : UINT64_MAX;
}

START_TEST(test_absolute)
{
	ck_assert_uint_eq(absolute("1970-01-01"), 0);
	ck_assert_uint_eq(absolute("2026-11-21"), 1795219200 * SECOND);
	ck_assert_uint_eq(absolute("2026-11-21T01:02"), 1795222920 * SECOND);
	ck_assert_uint_eq(absolute("2026-11-21T01:02:03"), 1795222923 * SECOND);
	ck_assert_uint_eq(absolute("2026-11-21 01:02:03Z"), 1795222923 * SECOND);
	ck_assert_uint_eq(absolute("2026-11-21T01:02:03.123456789Z"), 1795222923 * SECOND + 123456789);
	ck_assert_uint_eq(absolute("2026-11-21T01:02:03.5"), 1795222923 * SECOND + 500000000);
	ck_assert_uint_eq(absolute("2026-11-21T02:02:03+01:00"), 1795222923 * SECOND);
	ck_assert_uint_eq(absolute("2026-11-20T20:32:03-0430"), 1795222923 * SECOND);
	ck_assert_uint_eq(absolute("2024-02-29"), 1709164800 * SECOND);
}
END_TEST

START_TEST(test_what_is_no_moment)
{
	static const char *const texts[] = { "",
					     "2026",
					     "2026-13-01",
					     "2026-02-29",
					     "2026-06-31T01:00",
					     "2026-11-21T24:00",
					     "2026-11-21T01:60",
					     "2026-11-21T01:02:03X",
					     "2026-11-21T01:02:03+1",
					     "1969-12-31",
					     "1970-01-01T00:00+01:00",
					     "2263-01-01",
					     "now",
					     "--5s" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct moment moment = { 0 };

		ck_assert_msg(!moment_parse(texts[i], &moment), "%s", texts[i]);
		ck_assert(!moment.is_given);
	}
}
END_TEST

START_TEST(test_before_the_end)
{
	struct moment moment = { 0 };

	ck_assert(moment_parse("-5s", &moment));
	ck_assert_uint_eq(moment_resolve(&moment, 7 * SECOND), 2 * SECOND);
	ck_assert_uint_eq(moment_resolve(&moment, 3 * SECOND), 0);
	ck_assert(moment_parse("10ms", &moment));
	ck_assert_uint_eq(moment_resolve(&moment, SECOND), SECOND - 10000000);
	ck_assert(moment_parse("1970-01-01T00:00:09", &moment));
	ck_assert_uint_eq(moment_resolve(&moment, SECOND), 9 * SECOND);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("moment");
	TCase *tcase = tcase_create("moment");

	tcase_add_test(tcase, test_durations);
	tcase_add_test(tcase, test_what_is_no_duration);
	tcase_add_test(tcase, test_absolute);
	tcase_add_test(tcase, test_what_is_no_moment);
	tcase_add_test(tcase, test_before_the_end);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
