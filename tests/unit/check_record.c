/*
 * check_record.c - bodies by their site: every type, and every way a body can be damaged.
 */
#include <stdlib.h>

#include "../../decoder/reader/record.h"
#include "../../decoder/reader/sites.h"
#include "../../format-spec/twin/bytes.h"
#include "build_trace.h"
#include "unit.h"

/* A site of a list of types that ends with 0. */
static struct site site_of(const uint8_t *types)
{
	struct site site = { 0 };

	for (; types[site.fields] != 0; site.fields++)
		site.types[site.fields] = types[site.fields];
	site_lay_out(&site);
	return site;
}

#define SITE(...) site_of((const uint8_t[]){ __VA_ARGS__, 0 })

static void decode(struct site *site, const struct build *body, struct event *event)
{
	static struct argument arguments[EVENT_ARGUMENTS];

	ck_assert_ptr_null(record_check(site, body->bytes, body->count));
	*event = (struct event){ .site = site, .body = body->bytes, .arguments = arguments };
	event_decode(event);
	ck_assert(event->is_decoded);
}

START_TEST(test_numbers)
{
	struct site site = SITE(TTF_I32, TTF_U32, TTF_I64, TTF_U64, TTF_F64, TTF_PTR, TTF_F128, TTF_ERRNO);
	struct build body = { 0 };
	struct event event;

	build_u64(&body, 0x1111);
	build_u64(&body, 0x2222);
	build_u64(&body, (uint64_t)-5);
	build_u64(&body, UINT64_MAX);
	build_u64(&body, 0x3ff0000000000000);
	build_u64(&body, 0x7f00);
	build_u32(&body, (uint32_t)-1);
	build_u32(&body, (uint32_t)-1);
	build_u32(&body, 13);
	decode(&site, &body, &event);
	ck_assert_uint_eq(event.arguments[0].bits, UINT64_MAX);
	ck_assert_uint_eq(event.arguments[1].bits, UINT32_MAX);
	ck_assert_uint_eq(event.arguments[2].bits, (uint64_t)-5);
	ck_assert_uint_eq(event.arguments[3].bits, UINT64_MAX);
	ck_assert_uint_eq(event.arguments[4].bits, 0x3ff0000000000000);
	ck_assert_uint_eq(event.arguments[5].bits, 0x7f00);
	ck_assert_uint_eq(event.arguments[6].bits, 0x1111);
	ck_assert_uint_eq(event.arguments[6].high, 0x2222);
	ck_assert_uint_eq(event.arguments[7].bits, 13);
	ck_assert(!event.is_truncated);
	build_free(&body);
}
END_TEST

START_TEST(test_strings_follow_in_argument_order)
{
	struct site site = SITE(TTF_STR, TTF_I32, TTF_WSTR, TTF_PSTR, TTF_STR);
	struct build body = { 0 };
	struct event event;

	build_u32(&body, 1);
	build_u16(&body, 2);
	build_u16(&body, 4 | TTF_STRING_TRUNCATED);
	build_u16(&body, 8);
	build_u16(&body, TTF_STRING_NULL);
	build_bytes(&body, "abW\0\0\0", 6);
	build_u64(&body, 0xbeef);
	decode(&site, &body, &event);
	ck_assert_uint_eq(event.arguments[0].bytes.bytes, 2);
	ck_assert_mem_eq(event.arguments[0].bytes.at, "ab", 2);
	ck_assert(!event.arguments[0].is_truncated);
	ck_assert_mem_eq(event.arguments[2].bytes.at, "W\0\0\0", 4);
	ck_assert(event.arguments[2].is_truncated);
	ck_assert(event.is_truncated);
	ck_assert_uint_eq(event.arguments[3].bits, 0xbeef);
	ck_assert(event.arguments[4].is_null);
	ck_assert(!event.arguments[4].is_truncated);
	ck_assert_uint_eq(event.arguments[4].bytes.bytes, 0);
	build_free(&body);
}
END_TEST

/* Whether a body with one string's length field and `bytes` bytes of strings is good. */
static bool is_good(uint8_t type, uint16_t length, size_t bytes)
{
	struct site site = SITE(type);
	struct build body = { 0 };
	bool result;

	build_u16(&body, length);
	build_zeros(&body, bytes);
	result = record_check(&site, body.bytes, body.count) == NULL;
	build_free(&body);
	return result;
}

START_TEST(test_damaged_bodies)
{
	struct site site = SITE(TTF_U64, TTF_U32);
	uint8_t body[16] = { 0 };

	ck_assert_ptr_nonnull(record_check(&site, body, 11));
	ck_assert_ptr_null(record_check(&site, body, 12));
	ck_assert(is_good(TTF_STR, 5, 5));
	ck_assert(is_good(TTF_STR, 5, 60)); /* what follows is ignored */
	ck_assert(!is_good(TTF_STR, 6, 5));
	ck_assert(!is_good(TTF_STR, 6 | TTF_STRING_TRUNCATED, 5));
	ck_assert(is_good(TTF_STR, 4096, 4096));
	ck_assert(!is_good(TTF_STR, 4097, 5000));
	ck_assert(!is_good(TTF_STR, 0x7fff, 40000)); /* bit 15 apart it is no NULL */
	ck_assert(is_good(TTF_STR, TTF_STRING_NULL, 0));
	ck_assert(is_good(TTF_WSTR, 8, 8));
	ck_assert(!is_good(TTF_WSTR, 6, 8));
	ck_assert(is_good(TTF_PSTR, 8, 8));
	ck_assert(!is_good(TTF_PSTR, 4, 8));
	ck_assert(is_good(TTF_PSTR, TTF_STRING_NULL, 0));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("record");
	TCase *tcase = tcase_create("record");

	tcase_add_test(tcase, test_numbers);
	tcase_add_test(tcase, test_strings_follow_in_argument_order);
	tcase_add_test(tcase, test_damaged_bodies);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
