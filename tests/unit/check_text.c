/*
 * check_text.c - the text line, and the time that text and JSON show.
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "../../decoder/render/number.h"
#include "../../decoder/render/stamp.h"
#include "../../decoder/render/text.h"
#include "sample.h"
#include "unit.h"

static struct sample sample;
static struct out out;

static void begin_test(void)
{
	ck_assert_int_eq(out_open(&out, -1), 0);
	sample_begin(&sample, "conn %d state %s");
	sample_i32(&sample, 7);
	sample_str(&sample, "open");
}

static void end_test(void)
{
	message_forget(&sample.site);
	ck_assert_int_eq(out_close(&out), 0);
}

/* Twice: the second time what belongs to the site and the ring is kept already. */
static void expect_as(struct text_style style, const char *line)
{
	for (int i = 0; i < 2; i++) {
		text_event(&out, &sample.event, &style);
		sample_expect(&out, line);
	}
}

static void expect(const char *line)
{
	expect_as((struct text_style){ .color = false }, line);
}

START_TEST(the_line)
{
	expect("2026-11-21T01:02:03.123456789Z INFO  worker-1 net.http: conn 7 state open (server.c:42)\n");
}
END_TEST

/* _i: the level. */
START_TEST(levels)
{
	static const char *const names[] = { "", "TRACE", "DEBUG", "INFO ", "WARN ", "ERROR", "FATAL" };

	struct text_style plain = { .color = false };

	sample.site.level = (uint8_t)_i;
	text_event(&out, &sample.event, &plain);
	ck_assert_mem_eq(out.start + 31, names[_i], 5);
	ck_assert_int_eq(out.start[36], ' ');
}
END_TEST

START_TEST(threads)
{
	sample.ring.name.bytes = 0;
	expect("2026-11-21T01:02:03.123456789Z INFO  2 net.http: conn 7 state open (server.c:42)\n");
	sample.ring.is_nested = true;
	expect("2026-11-21T01:02:03.123456789Z INFO  2/nested net.http: conn 7 state open (server.c:42)\n");
	sample.ring.name = sample_text("my thread");
	expect("2026-11-21T01:02:03.123456789Z INFO  my thread/nested net.http: conn 7 state open (server.c:42)\n");
}
END_TEST

START_TEST(several_files)
{
	expect_as(
		(struct text_style){ .several_files = true },
		"2026-11-21T01:02:03.123456789Z INFO  svc[1]/worker-1 net.http: conn 7 state open (server.c:42)\n");
}
END_TEST

START_TEST(truncated)
{
	sample.event.is_truncated = true;
	expect("2026-11-21T01:02:03.123456789Z INFO  worker-1 net.http: conn 7 state open [truncated] (server.c:42)\n");
}
END_TEST

START_TEST(colors)
{
	expect_as((struct text_style){ .color = true },
		  "\x1b[2m2026-11-21T01:02:03.123456789Z\x1b[0m \x1b[32mINFO \x1b[0m worker-1 net.http: "
		  "conn 7 state open (server.c:42)\n");
}
END_TEST

/* Wherever a string of the file is shown, it is escaped. */
START_TEST(hostile_strings)
{
	sample.process.service = sample_text("s\x1b");
	sample.ring.name = sample_text("t\n");
	sample.site.target = sample_text("n\xff");
	sample.site.file = sample_text("f\xe2\x80\xae");
	sample.event.arguments[1].bytes = sample_text("\x1b[31m");
	expect_as(
		(struct text_style){ .several_files = true },
		"2026-11-21T01:02:03.123456789Z INFO  s\\x1b[1]/t\\n n\\xff: conn 7 state \\x1b[31m (f\\u202e:42)\n");
}
END_TEST

START_TEST(largest_numbers)
{
	sample.site.line = UINT32_MAX;
	sample.ring.tid = UINT32_MAX;
	sample.ring.name.bytes = 0;
	sample.event.real_ns = INT64_MAX;
	expect("2262-04-11T23:47:16.854775807Z INFO  4294967295 net.http: conn 7 state open (server.c:4294967295)\n");
}
END_TEST

static void expect_time(uint64_t real_ns)
{
	time_t seconds = (time_t)(real_ns / 1000000000);
	char date[32];
	char expected[48];
	char number[NUMBER_BYTES_MAX];
	struct tm tm;

	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &tm));
	snprintf(expected, sizeof(expected), "%s.%09uZ", date, (unsigned)(real_ns % 1000000000));
	stamp_render(&out, real_ns);
	ck_assert_uint_eq(out_used(&out), STAMP_BYTES);
	sample_expect(&out, expected);
	*stamp_write_ns(number, real_ns) = '\0';
	snprintf(expected, sizeof(expected), "%" PRIu64, real_ns);
	ck_assert_str_eq(number, expected);
}

/* Every day from 1970 to 2262, its first and its last ns, which also takes the date's cache over each midnight. */
START_TEST(times)
{
	const uint64_t day_ns = UINT64_C(86400000000000);

	for (uint64_t day = 0; day <= 106751; day++) {
		expect_time(day * day_ns);
		if (day < 106751)
			expect_time(day * day_ns + day_ns - 1);
	}
	expect_time(INT64_MAX);
	expect_time(0);
}
END_TEST

START_TEST(times_within_a_second)
{
	expect_time(UINT64_C(1795222923000000000));
	expect_time(UINT64_C(1795222923999999999));
	expect_time(UINT64_C(1795222924000000000));
	expect_time(UINT64_C(1795222923000000001));
}
END_TEST

/* Each power of ten, and what is one below: the digits that moments share end at one of them. */
START_TEST(times_that_differ_in_some_digits)
{
	const uint64_t begin_ns = UINT64_C(1795222923123456789);

	for (uint64_t power = 1; power <= UINT64_C(1000000000000000000); power *= 10) {
		expect_time(begin_ns);
		expect_time(begin_ns + power);
		expect_time(begin_ns / power * power);
		expect_time(begin_ns / power * power - 1);
		expect_time(power);
		expect_time(power - 1);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("text");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, begin_test, end_test);
	tcase_add_test(all, the_line);
	tcase_add_loop_test(all, levels, TTF_LEVEL_TRACE, TTF_LEVEL_END);
	tcase_add_test(all, threads);
	tcase_add_test(all, several_files);
	tcase_add_test(all, truncated);
	tcase_add_test(all, colors);
	tcase_add_test(all, hostile_strings);
	tcase_add_test(all, largest_numbers);
	tcase_add_test(all, times);
	tcase_add_test(all, times_within_a_second);
	tcase_add_test(all, times_that_differ_in_some_digits);
	tcase_set_timeout(all, 60);
	suite_add_tcase(suite, all);
	return unit_run(suite);
}
