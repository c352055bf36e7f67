/*
 * check_json.c - the JSON line: every key, every type of argument.
 */
#include <float.h>
#include <math.h>

#include "../../decoder/render/json.h"
#include "sample.h"
#include "unit.h"

#define HEAD                                                                                                 \
	"{\"ts\":\"2026-11-21T01:02:03.123456789Z\",\"ts_ns\":\"1795222923123456789\",\"level\":\"info\","   \
	"\"target\":\"net.http\",\"pid\":1,\"tid\":2,\"thread\":\"worker-1\",\"seq\":17,"                    \
	"\"file\":\"server.c\",\"line\":42,\"func\":\"serve\","

static struct sample sample;
static struct out out;

static void begin_test(void)
{
	ck_assert_int_eq(out_open(&out, -1), 0);
}

static void end_test(void)
{
	message_forget(&sample.site);
	ck_assert_int_eq(out_close(&out), 0);
}

/* Twice: the second time what belongs to the site and the ring is kept already. */
static void expect(const char *line)
{
	struct labels labels = { 0 };

	for (int i = 0; i < 2; i++) {
		json_event(&out, &sample.event, &labels);
		sample_expect(&out, line);
	}
}

/* The value of the one argument, of an event whose format shows nothing. */
static void expect_value(const char *value)
{
	char expected[1024] = HEAD "\"fmt\":\"\",\"msg\":\"\",\"args\":[";

	strcat(strcat(expected, value), "]}\n");
	expect(expected);
	message_forget(&sample.site);
}

static struct argument *only_argument(enum ttf_type type, uint64_t bits)
{
	sample_begin(&sample, "");
	return sample_argument(&sample, type, bits);
}

static void expect_f64(double value, const char *expected)
{
	sample_begin(&sample, "");
	sample_f64(&sample, value);
	expect_value(expected);
}

START_TEST(the_line)
{
	sample_begin(&sample, "conn %d state %s");
	sample_i32(&sample, 7);
	sample_str(&sample, "open");
	expect(HEAD "\"fmt\":\"conn %d state %s\",\"msg\":\"conn 7 state open\",\"args\":[7,\"open\"]}\n");
}
END_TEST

START_TEST(optional_keys)
{
	sample_begin(&sample, "%m");
	sample_errno(&sample, -2);
	sample.event.is_truncated = true;
	sample.ring.is_nested = true;
	sample.site.kind = TTF_KIND_COUNTER;
	expect(HEAD
	       "\"fmt\":\"%m\",\"msg\":\"Unknown error -2\",\"args\":[],\"ring\":\"nested\",\"kind\":\"counter\","
	       "\"truncated\":true,\"errno\":-2}\n");
}
END_TEST

/* The key errno needs both the hidden argument and a %m. */
START_TEST(errno_without_its_conversion)
{
	sample_begin(&sample, "%%m");
	sample_errno(&sample, 2);
	expect(HEAD "\"fmt\":\"%%m\",\"msg\":\"%m\",\"args\":[]}\n");
	message_forget(&sample.site);
	sample_begin(&sample, "%m");
	expect(HEAD "\"fmt\":\"%m\",\"msg\":\"%!m(missing)\",\"args\":[]}\n");
}
END_TEST

/* _i: the kind. */
START_TEST(kinds)
{
	static const char *const names[] = { NULL, "\"kind\":\"span_begin\"", "\"kind\":\"span_end\"",
					     "\"kind\":\"counter\"", "\"kind\":\"context\"" };
	void *found;

	sample_begin(&sample, "");
	sample.site.kind = (uint8_t)_i;
	json_event(&out, &sample.event, &(struct labels){ 0 });
	found = memmem(out.start, out_used(&out), "\"kind\"", 6);
	if (_i == TTF_KIND_LOG)
		ck_assert_ptr_null(found);
	else
		ck_assert_mem_eq(found, names[_i], strlen(names[_i]));
}
END_TEST

/* _i: the level. */
START_TEST(levels)
{
	static const char *const names[] = { "",	 "\"trace\"", "\"debug\"", "\"info\"",
					     "\"warn\"", "\"error\"", "\"fatal\"" };
	char *found;

	sample_begin(&sample, "");
	sample.site.level = (uint8_t)_i;
	json_event(&out, &sample.event, &(struct labels){ 0 });
	found = memmem(out.start, out_used(&out), "\"level\":", 8);
	ck_assert_ptr_nonnull(found);
	ck_assert_mem_eq(found + 8, names[_i], strlen(names[_i]));
}
END_TEST

START_TEST(an_empty_thread)
{
	sample_begin(&sample, "");
	sample.ring.name.bytes = 0;
	json_event(&out, &sample.event, &(struct labels){ 0 });
	ck_assert_ptr_nonnull(memmem(out.start, out_used(&out), "\"thread\":\"\",", 12));
}
END_TEST

START_TEST(integers)
{
	only_argument(TTF_I32, (uint64_t)INT64_C(-2147483648));
	expect_value("-2147483648");
	only_argument(TTF_U32, UINT32_MAX);
	expect_value("4294967295");
	only_argument(TTF_I64, (uint64_t)INT64_MIN);
	expect_value("-9223372036854775808");
	only_argument(TTF_U64, UINT64_MAX);
	expect_value("18446744073709551615");
}
END_TEST

START_TEST(doubles)
{
	expect_f64(0.1, "0.1");
	expect_f64(-0.0, "-0");
	expect_f64(123456789, "123456789");
	expect_f64(1e15, "1e+15");
	expect_f64(0.1 + 0.2, "0.30000000000000004");
	expect_f64(5e-324, "4.94065645841247e-324");
	expect_f64(DBL_MAX, "1.7976931348623157e+308");
	expect_f64(1.0 / 3, "0.333333333333333"
			    "3");
	expect_f64(9007199254740993.0, "9007199254740992");
	expect_f64(INFINITY, "\"inf\"");
	expect_f64(-INFINITY, "\"-inf\"");
	expect_f64(NAN, "\"nan\"");
	expect_f64(-NAN, "\"nan\"");
}
END_TEST

START_TEST(long_doubles)
{
	only_argument(TTF_F80, 0xc90fdaa22168c235)->high = 0x4000;
	expect_value("3.14159265358979323851");
	only_argument(TTF_F80, (uint64_t)1 << 63)->high = 0xffff;
	expect_value("\"-inf\"");
	only_argument(TTF_F80, 1)->high = 0x3fff;
	expect_value("\"nan\"");
	only_argument(TTF_F128, 0x8469898cc51701b8)->high = 0x4000921fb54442d1;
	expect_value("3.1415926535897932384626433832795028");
	only_argument(TTF_F128, 0)->high = 0x7fff000000000000;
	expect_value("\"inf\"");
}
END_TEST

START_TEST(addresses)
{
	only_argument(TTF_PTR, 0x7f00);
	expect_value("\"0x7f00\"");
	only_argument(TTF_PSTR, UINT64_MAX);
	expect_value("\"0xffffffffffffffff\"");
	only_argument(TTF_PTR, 0);
	expect_value("null");
	only_argument(TTF_PSTR, 0)->is_null = true;
	expect_value("null");
}
END_TEST

START_TEST(strings)
{
	only_argument(TTF_STR, 0)->bytes = sample_text("a\"\\\n\x1b\xff\xe2\x80\xa8/");
	expect_value("\"a\\\"\\\\\\n\\u001b\\ufffd\\u2028/\"");
	only_argument(TTF_STR, 0);
	expect_value("\"\"");
	only_argument(TTF_STR, 0)->is_null = true;
	expect_value("null");
	only_argument(TTF_WSTR, 0)->bytes = (struct text){ "\"\0\0\0\xac\x20\0\0\0\xd8\0\0\x0e\x20\0\0", 16 };
	expect_value("\"\\\"\xe2\x82\xac\xef\xbf\xbd\\u200e\"");
	only_argument(TTF_WSTR, 0)->is_null = true;
	expect_value("null");
}
END_TEST

/* Wherever a string of the file is shown, it is escaped. */
START_TEST(hostile_strings)
{
	sample_begin(&sample, "m\"%d\xff");
	sample_i32(&sample, 1);
	sample.site.target = sample_text("n\"");
	sample.ring.name = sample_text("t\\");
	sample.site.file = sample_text("f\n");
	sample.site.function = sample_text("\x1b");
	expect("{\"ts\":\"2026-11-21T01:02:03.123456789Z\",\"ts_ns\":\"1795222923123456789\",\"level\":\"info\","
	       "\"target\":\"n\\\"\",\"pid\":1,\"tid\":2,\"thread\":\"t\\\\\",\"seq\":17,\"file\":\"f\\n\",\"line\":42,"
	       "\"func\":\"\\u001b\",\"fmt\":\"m\\\"%d\\ufffd\",\"msg\":\"m\\\"1\\ufffd\",\"args\":[1]}\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("json");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, begin_test, end_test);
	tcase_add_test(all, the_line);
	tcase_add_test(all, optional_keys);
	tcase_add_test(all, errno_without_its_conversion);
	tcase_add_loop_test(all, kinds, TTF_KIND_LOG, TTF_KIND_END);
	tcase_add_loop_test(all, levels, TTF_LEVEL_TRACE, TTF_LEVEL_END);
	tcase_add_test(all, an_empty_thread);
	tcase_add_test(all, integers);
	tcase_add_test(all, doubles);
	tcase_add_test(all, long_doubles);
	tcase_add_test(all, addresses);
	tcase_add_test(all, strings);
	tcase_add_test(all, hostile_strings);
	suite_add_tcase(suite, all);
	return unit_run(suite);
}
