/*
 * check_spool.c - what is written to a spool can be read from it, and what is not written is zeros.
 */
#include <errno.h>

#include "../../decoder/input/spool.h"
#include "unit.h"

START_TEST(grows_at_its_end)
{
	struct source spool;
	char got[6];

	ck_assert_int_eq(spool_open(&spool, "spool"), 0);
	ck_assert_int_eq(spool_append(&spool, "abc", 3), 0);
	ck_assert_int_eq(spool_append(&spool, "def", 3), 0);
	ck_assert_uint_eq(spool.bytes, 6);
	ck_assert_int_eq(source_read(&spool, 0, got, 6), 0);
	ck_assert_mem_eq(got, "abcdef", 6);
	ck_assert_int_eq(source_read(&spool, 6, got, 1), -ENODATA);
	source_close(&spool);
}
END_TEST

START_TEST(has_holes)
{
	struct source spool;
	char got[3];

	ck_assert_int_eq(spool_open(&spool, "spool"), 0);
	ck_assert_int_eq(spool_write(&spool, 1 << 20, "abc", 3), 0);
	ck_assert_uint_eq(spool.bytes, (1 << 20) + 3);
	ck_assert_int_eq(spool_extend(&spool, 1 << 21), 0);
	ck_assert_int_eq(spool_extend(&spool, 1 << 19), 0); /* it is longer already */
	ck_assert_uint_eq(spool.bytes, 1 << 21);
	ck_assert_int_eq(source_read(&spool, (1 << 20) - 2, got, 3), 0);
	ck_assert_mem_eq(got, "\0\0a", 3);
	ck_assert_int_eq(source_read(&spool, (1 << 21) - 3, got, 3), 0);
	ck_assert_mem_eq(got, "\0\0\0", 3);
	ck_assert_uint_gt(source_next_data(&spool, 4096), (1 << 20) - 65537);
	source_close(&spool);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("spool");
	TCase *all = tcase_create("all");

	tcase_add_test(all, grows_at_its_end);
	tcase_add_test(all, has_holes);
	suite_add_tcase(suite, all);
	return unit_run(suite);
}
