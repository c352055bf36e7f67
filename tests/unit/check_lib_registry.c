/*
 * check_lib_registry.c - modules enter and leave with their sites: ids, slots, entries in the region, filters.
 */
#include "../../lib/filter.h"
#include "../../lib/registry.h"
#include "lib_sample.h"

#define ON(id, words) ((int32_t)((id) << 12 | (words)))

static struct tt_impl_site sites[4];
static struct tt_impl_site *const entries[4] = { &sites[0], &sites[1], &sites[2], &sites[3] };

/* The test's own sites are none; ids go on from those of Check's process, which has none either. */
static void begin(void)
{
	sites[0] = sample_site("none", "");
	sites[1] = sample_site("%d %d", "\x01\x01");
	sites[2] = sample_site("%s %ld %m", "\x09\x03");
	sites[3] = sample_site("%Lf", "\x06");
	sites[0].level = TTF_LEVEL_DEBUG;
	sites[3].target = "db";
}

static void enter_all(void)
{
	registry_enter(entries, entries + 4);
}

START_TEST(gives_dense_ids_and_slots)
{
	uint32_t id = (uint32_t)registry_count() + 1;

	enter_all();
	ck_assert_uint_eq(registry_count(), id + 3);
	ck_assert_int_eq(sites[0].slot, ON(id, 1));
	ck_assert_int_eq(sites[1].slot, ON(id + 1, 2));
	ck_assert_int_eq(sites[2].slot, ON(id + 2, 3)); /* 8 + 8 + 4 + 2 */
	ck_assert_int_eq(sites[3].slot, ON(id + 3, 3));
	enter_all(); /* the second time it does nothing */
	ck_assert_uint_eq(registry_count(), id + 3);
	ck_assert_int_eq(sites[0].slot, ON(id, 1));
}
END_TEST

/* Ids of the entries in the region's first sites block. */
static uint32_t written(uint32_t ids[], uint32_t most)
{
	const char *block = region_base() + TTF_PAGE;
	uint64_t committed, at = 0;
	uint32_t count = 0;

	if (region_used_bytes() == TTF_PAGE)
		return 0;
	ck_assert_uint_eq(ttf_load32(block + TTF_BLOCK_TYPE), TTF_BLOCK_SITES);
	committed = ttf_load64(block + TTF_SITES_COMMITTED);
	while (at < committed && count < most) {
		const char *entry = block + TTF_SITES_ENTRIES + at;
		uint32_t bytes = ttf_load32(entry + TTF_SITE_BYTES);

		ck_assert_uint_eq(ttf_load32(entry + TTF_SITE_CRC),
				  ttf_crc32(0, entry + TTF_SITE_ID, bytes - TTF_SITE_ID));
		ids[count++] = ttf_load32(entry + TTF_SITE_ID);
		at += bytes;
	}
	return count;
}

/* A plugin that is loaded again and again takes no new ids, and no more of the region. */
static void come_and_go(void)
{
	uint64_t count;
	int32_t slot;

	enter_all();
	count = registry_count();
	slot = sites[2].slot;
	for (int i = 0; i < 100; i++) {
		registry_leave(entries);
		registry_leave(entries); /* again: nothing */
		begin();		 /* its memory is fresh */
		enter_all();
		ck_assert_int_eq(sites[2].slot, slot);
	}
	ck_assert_uint_eq(registry_count(), count);
}

START_TEST(gives_the_old_ids_again)
{
	uint32_t ids[16];

	come_and_go();
	sample_region(65536, 1 << 20);
	come_and_go();
	ck_assert_uint_eq(written(ids, 16), 4);
}
END_TEST

/* What differs in anything that a reader sees is another site. */
START_TEST(gives_new_ids_to_what_has_changed)
{
	uint64_t count;
	uint32_t ids[16];

	sample_region(65536, 1 << 20);
	enter_all();
	count = registry_count();
	registry_leave(entries);
	begin();
	sites[3].line++;
	enter_all();
	ck_assert_uint_eq(registry_count(), count + 4);
	ck_assert_uint_eq(written(ids, 16), 8);
	registry_leave(entries);
	registry_enter(entries, entries + 3); /* fewer */
	ck_assert_uint_eq(registry_count(), count + 7);
}
END_TEST

START_TEST(sets_slots_by_filter)
{
	enter_all();
	registry_filter("info");
	ck_assert_int_eq(sites[0].slot, 0);
	ck_assert_int_gt(sites[1].slot, 0);
	registry_filter("off,db=trace");
	ck_assert_int_eq(sites[1].slot, 0);
	ck_assert_int_gt(sites[3].slot, 0);
	registry_filter("");
	for (int i = 0; i < 4; i++)
		ck_assert_int_gt(sites[i].slot, 0);
}
END_TEST

/* The filter that stands decides over who comes later, and leaves alone who is gone. */
START_TEST(filters_newcomers_only)
{
	registry_filter("error");
	enter_all();
	ck_assert_int_eq(sites[1].slot, 0);
	registry_leave(entries);
	registry_filter("trace");
	ck_assert_int_eq(sites[1].slot, 0); /* its memory may be unmapped */
}
END_TEST

START_TEST(refuses_what_cannot_be_recorded)
{
	uint64_t refused = registry_refused_count();

	sites[0] = sample_site("%n", "\x08");
	sites[1].target = "";
	enter_all();
	ck_assert_uint_eq(registry_refused_count(), refused + 2);
	ck_assert_int_eq(sites[0].slot, 0);
	ck_assert_int_eq(sites[1].slot, 0);
	ck_assert_int_gt(sites[2].slot, 0);
	registry_filter("trace"); /* does not bring them back */
	ck_assert_int_eq(sites[0].slot, 0);
}
END_TEST

START_TEST(writes_into_a_region_made_later)
{
	uint32_t ids[16], id = (uint32_t)registry_count() + 1;

	sites[1] = sample_site("%n", "\x08");
	enter_all();
	sample_region(65536, 1 << 20);
	ck_assert_uint_eq(written(ids, 16), 3); /* not the refused one */
	ck_assert_uint_eq(ids[0], id);
	ck_assert_uint_eq(ids[1], id + 2);
	ck_assert_uint_eq(ids[2], id + 3);
}
END_TEST

START_TEST(writes_into_a_region_that_is_there)
{
	uint32_t ids[16];

	sample_region(65536, 1 << 20);
	ck_assert_uint_eq(written(ids, 16), 0);
	enter_all();
	ck_assert_uint_eq(written(ids, 16), 4);
	enter_all();
	ck_assert_uint_eq(written(ids, 16), 4); /* once */
}
END_TEST

/* Without room for its description a site must not record: nobody could read it. */
START_TEST(refuses_sites_without_room)
{
	uint64_t refused = registry_refused_count();

	sample_region(65536, 16 * CONFIG_CHUNK_BYTES);
	while (region_take(TTF_BLOCK_RING, TTF_PAGE))
		continue;
	enter_all();
	ck_assert_uint_eq(registry_refused_count(), refused + 4);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(sites[i].slot, 0);
}
END_TEST

START_TEST(leaves_out_modules_that_are_gone)
{
	uint32_t ids[16];

	enter_all();
	registry_leave(entries);
	for (int i = 0; i < 4; i++)
		sites[i].format = NULL; /* touching them would be a crash */
	sample_region(65536, 1 << 20);
	ck_assert_uint_eq(written(ids, 16), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lib_registry");
	TCase *tests = tcase_create("registry");

	tcase_add_checked_fixture(tests, begin, NULL);
	tcase_add_test(tests, gives_dense_ids_and_slots);
	tcase_add_test(tests, gives_the_old_ids_again);
	tcase_add_test(tests, gives_new_ids_to_what_has_changed);
	tcase_add_test(tests, sets_slots_by_filter);
	tcase_add_test(tests, filters_newcomers_only);
	tcase_add_test(tests, refuses_what_cannot_be_recorded);
	tcase_add_test(tests, writes_into_a_region_made_later);
	tcase_add_test(tests, writes_into_a_region_that_is_there);
	tcase_add_test(tests, refuses_sites_without_room);
	tcase_add_test(tests, leaves_out_modules_that_are_gone);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
