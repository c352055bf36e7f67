/*
 * check_lib_text.c - short texts: what fits is there and terminated, what does not is cut and remembered.
 */
#include <string.h>
#include <time.h>

#include "../../lib/text.h"
#include "unit.h"

START_TEST(adds_pieces)
{
	char buffer[64];
	struct text text = text_in(buffer, sizeof(buffer));

	ck_assert_str_eq(buffer, "");
	text_add(&text, "a");
	text_add(&text, "");
	text_add_bytes(&text, "bcd", 2);
	text_add_number(&text, 0);
	text_add_number(&text, 1234567890123456789u);
	ck_assert_str_eq(buffer, "abc01234567890123456789");
	ck_assert_uint_eq(text.bytes, strlen(buffer));
	ck_assert(!text.is_cut);
}
END_TEST

START_TEST(pads_numbers)
{
	char buffer[128];
	struct text text = text_in(buffer, sizeof(buffer));

	text_add_padded(&text, 7, 3);
	text_add(&text, " ");
	text_add_padded(&text, 12345, 3);
	text_add(&text, " ");
	text_add_hex(&text, 0xbeef, 8);
	text_add(&text, " ");
	text_add_hex(&text, UINT64_MAX, 1);
	text_add(&text, " ");
	text_add_number(&text, UINT64_MAX);
	ck_assert_str_eq(buffer, "007 12345 0000beef ffffffffffffffff 18446744073709551615");
}
END_TEST

/* In every capacity: terminated, never past the end, cut exactly when it does not fit. */
START_TEST(cuts_at_capacity)
{
	const char *whole = "0123456789";

	for (size_t capacity = 1; capacity <= 12; capacity++) {
		char buffer[16];
		struct text text;

		memset(buffer, '#', sizeof(buffer));
		text = text_in(buffer, capacity);
		text_add(&text, "01234");
		text_add(&text, "56789");
		ck_assert_uint_eq(text.bytes, capacity - 1 < 10 ? capacity - 1 : 10);
		ck_assert_int_eq(strncmp(buffer, whole, text.bytes), 0);
		ck_assert_int_eq(buffer[text.bytes], '\0');
		ck_assert_int_eq(buffer[capacity], '#');
		ck_assert_int_eq(text.is_cut, capacity < 11);
	}
}
END_TEST

START_TEST(writes_time)
{
	char buffer[64];
	struct text text = text_in(buffer, sizeof(buffer));

	text_add_time(&text, 1795222923123456789u);
	ck_assert_str_eq(buffer, "20261121T010203.123456789Z");
	text = text_in(buffer, sizeof(buffer));
	text_add_time(&text, 0);
	ck_assert_str_eq(buffer, "19700101T000000.000000000Z");
}
END_TEST

/* Every day to 2262, where 2^63 ns end, as strftime has it. */
START_TEST(knows_the_calendar)
{
	for (uint64_t day = 0; day < 106751; day++) {
		time_t seconds = (time_t)(day * 86400 + 86399);
		char buffer[64], expected[64];
		struct text text = text_in(buffer, sizeof(buffer));
		struct tm parts;

		gmtime_r(&seconds, &parts);
		strftime(expected, sizeof(expected), "%Y%m%dT%H%M%S.000000001Z", &parts);
		text_add_time(&text, (uint64_t)seconds * 1000000000u + 1);
		ck_assert_str_eq(buffer, expected);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lib_text");
	TCase *tests = tcase_create("text");

	tcase_add_test(tests, adds_pieces);
	tcase_add_test(tests, pads_numbers);
	tcase_add_test(tests, cuts_at_capacity);
	tcase_add_test(tests, writes_time);
	tcase_add_test(tests, knows_the_calendar);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
