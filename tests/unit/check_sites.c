/*
 * check_sites.c - site entries: their layout, their limits, and what is read on after a damaged one.
 */
#include <stdlib.h>
#include <unistd.h>

#include "../../decoder/reader/sites.h"
#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/crc32.h"
#include "collect.h"
#include "unit.h"

/* Reads what was built, up to `to`. */
static struct sites read_until(const struct build *build, uint64_t to, struct collect *collect)
{
	struct sites sites = { 0 };
	struct source source;
	struct window window = WINDOW_ON(&source);
	int fd = build_file(build);

	*collect = collect_begin();
	ck_assert_int_eq(source_open(&source, build_path(fd)), 0);
	struct sites_range range = { .to = to, .promised = to, .limit = to };

	ck_assert_int_eq(sites_read(&sites, &window, &range, &collect->damage), 0);
	window_free(&window);
	source_close(&source);
	close(fd);
	return sites;
}

static struct sites read_built(const struct build *build, struct collect *collect)
{
	return read_until(build, build->count, collect);
}

START_TEST(test_entry)
{
	struct build build = { 0 };
	struct collect collect;
	struct sites sites;
	const struct site *site;

	build_site(&build, &(struct build_site){ .id = 7,
						 .line = 42,
						 .level = TTF_LEVEL_WARN,
						 .kind = TTF_KIND_COUNTER,
						 .flags = TTF_SITE_FLAG_ERRNO,
						 .arguments = 2,
						 .types = { TTF_STR, TTF_U64 },
						 .target = "net.http",
						 .format = "%s %lu %m" });
	sites = read_built(&build, &collect);
	ck_assert_uint_eq(collect.damage.count, 0);
	ck_assert_uint_eq(sites.count, 1);
	ck_assert_ptr_nonnull(sites_find(&sites, 7));
	ck_assert_ptr_null(sites_find(&sites, 6));
	ck_assert_ptr_null(sites_find(&sites, UINT32_MAX));
	site = sites_find(&sites, 7);
	ck_assert_uint_eq(site->line, 42);
	ck_assert_uint_eq(site->level, TTF_LEVEL_WARN);
	ck_assert_uint_eq(site->kind, TTF_KIND_COUNTER);
	ck_assert_uint_eq(site->arguments, 2);
	ck_assert(site->has_errno);
	ck_assert_uint_eq(site->types[2], TTF_ERRNO);
	ck_assert_uint_eq(site->target.bytes, 8);
	ck_assert_mem_eq(site->target.at, "net.http", 8);
	ck_assert_mem_eq(site->file.at, "main.c", 6);
	ck_assert_mem_eq(site->function.at, "main", 4);
	ck_assert_mem_eq(site->format.at, "%s %lu %m", 9);
	sites_free(&sites, NULL);
	build_free(&build);
}
END_TEST

/* 16 bytes first, then 8, 4, 2; within a size the order of the arguments; errno is the last of its size. */
START_TEST(test_layout)
{
	struct build build = { 0 };
	struct collect collect;
	struct sites sites;
	const struct site *site;

	build_site(&build,
		   &(struct build_site){ .id = 1,
					 .level = 1,
					 .flags = TTF_SITE_FLAG_ERRNO,
					 .arguments = 6,
					 .types = { TTF_STR, TTF_PTR, TTF_I32, TTF_F80, TTF_WSTR, TTF_U32 },
					 .target = "t",
					 .format = "" });
	sites = read_built(&build, &collect);
	site = sites_find(&sites, 1);
	ck_assert_uint_eq(site->fields, 7);
	ck_assert_uint_eq(site->offsets[3], 0);	 /* f80 */
	ck_assert_uint_eq(site->offsets[1], 16); /* ptr */
	ck_assert_uint_eq(site->offsets[2], 24); /* i32 */
	ck_assert_uint_eq(site->offsets[5], 28); /* u32 */
	ck_assert_uint_eq(site->offsets[6], 32); /* errno */
	ck_assert_uint_eq(site->offsets[0], 36); /* str */
	ck_assert_uint_eq(site->offsets[4], 38); /* wstr */
	ck_assert_uint_eq(site->fixed_bytes, 40);
	ck_assert_uint_eq(site->strings, 2);
	ck_assert_uint_eq(site->string_fields[0], 0);
	ck_assert_uint_eq(site->string_fields[1], 4);
	sites_free(&sites, NULL);
	build_free(&build);
}
END_TEST

START_TEST(test_first_of_two_counts)
{
	struct build build = { 0 };
	struct collect collect;
	struct sites sites;

	build_site_number(&build, 1);
	build_site(&build, &(struct build_site){ .id = 1, .level = 1, .target = "second", .format = "" });
	sites = read_built(&build, &collect);
	ck_assert_uint_eq(sites.count, 1);
	ck_assert_mem_eq(sites_find(&sites, 1)->target.at, "app", 3);
	ck_assert_uint_eq(collect.damage.count, 0);
	sites_free(&sites, NULL);
	build_free(&build);
}
END_TEST

START_TEST(test_reading_goes_on_after_a_damaged_entry)
{
	struct build build = { 0 };
	struct collect collect;
	size_t second;

	build_site_number(&build, 1);
	second = build.count;
	build_site_number(&build, 2);
	build_site_number(&build, 3);
	for (size_t at = second; at < second + TTF_SITE_STRINGS; at++) {
		struct sites sites;
		uint8_t good = build.bytes[at];

		build.bytes[at] ^= 0x21;
		sites = read_built(&build, &collect);
		ck_assert_ptr_nonnull(sites_find(&sites, 1));
		ck_assert_ptr_null(sites_find(&sites, 2));
		ck_assert_ptr_nonnull(sites_find(&sites, 3));
		ck_assert_uint_eq(collect.damage.count, 1);
		ck_assert_uint_eq(collect.offset, second);
		sites_free(&sites, NULL);
		build.bytes[at] = good;
	}
	build_free(&build);
}
END_TEST

/* Changes a byte of the one entry and sets its CRC right again. */
static uint64_t reports_with(size_t at, uint8_t value)
{
	struct build build = { 0 };
	struct collect collect;
	struct sites sites;

	build_site_number(&build, 1);
	build.bytes[at] = value;
	ttf_store32(build.bytes + TTF_SITE_CRC,
		    ttf_crc32(0, build.bytes + TTF_SITE_ID, build.count - TTF_SITE_ID));
	sites = read_built(&build, &collect);
	ck_assert_uint_eq(sites.count, collect.damage.count == 0);
	sites_free(&sites, NULL);
	build_free(&build);
	return collect.damage.count;
}

START_TEST(test_limits)
{
	ck_assert_uint_eq(reports_with(TTF_SITE_LINE, 200), 0);
	ck_assert_uint_eq(reports_with(TTF_SITE_ID, 0), 1);
	ck_assert_uint_eq(reports_with(TTF_SITE_ID + 2, 7), 0); /* 458753 */
	ck_assert_uint_eq(reports_with(TTF_SITE_ID + 2, 8), 1); /* above 524287 */
	ck_assert_uint_eq(reports_with(TTF_SITE_TARGET_BYTES, 0), 1);
	ck_assert_uint_eq(reports_with(TTF_SITE_FILE_BYTES + 1, 16), 1);
	ck_assert_uint_eq(reports_with(TTF_SITE_FORMAT_BYTES, 100), 1); /* past the entry */
	ck_assert_uint_eq(reports_with(TTF_SITE_TYPES, 0), 1);
	ck_assert_uint_eq(reports_with(TTF_SITE_TYPES, TTF_ERRNO), 1);
}
END_TEST

/* Of an entry whose string of that field has `length` bytes, and which is `more` bytes longer than it needs to be. */
static uint64_t reports_of_length(size_t field, uint16_t length, size_t more)
{
	static const size_t fields[] = { TTF_SITE_TARGET_BYTES, TTF_SITE_FILE_BYTES, TTF_SITE_FUNCTION_BYTES,
					 TTF_SITE_FORMAT_BYTES, TTF_SITE_NAMES_BYTES };
	struct build build = { 0 };
	struct collect collect;
	struct sites sites;

	build_site_number(&build, 1);
	build.count = TTF_SITE_STRINGS;
	ttf_store16(build.bytes + field, length);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		for (unsigned left = ttf_load16(build.bytes + fields[i]); left > 0; left--)
			build_bytes(&build, "x", 1);
	build_pad(&build, 8);
	build_zeros(&build, more);
	ttf_store32(build.bytes + TTF_SITE_BYTES, (uint32_t)build.count);
	ttf_store32(build.bytes + TTF_SITE_CRC,
		    ttf_crc32(0, build.bytes + TTF_SITE_ID, build.count - TTF_SITE_ID));
	sites = read_built(&build, &collect);
	ck_assert_uint_eq(sites.count, collect.damage.count == 0);
	sites_free(&sites, NULL);
	build_free(&build);
	return collect.damage.count;
}

START_TEST(test_limits_of_lengths)
{
	static const struct {
		size_t field;
		uint16_t most;
	} strings[] = {
		{ TTF_SITE_TARGET_BYTES, TTF_SITE_TARGET_MAX },
		{ TTF_SITE_FILE_BYTES, TTF_SITE_FILE_MAX },
		{ TTF_SITE_FUNCTION_BYTES, TTF_SITE_FUNCTION_MAX },
		{ TTF_SITE_FORMAT_BYTES, TTF_SITE_FORMAT_MAX },
		{ TTF_SITE_NAMES_BYTES, TTF_SITE_NAMES_MAX },
	};
	size_t least = (TTF_SITE_STRINGS + 1 + 6 + 4 + 4 + 7) / 8 * 8; /* with a target of one letter */

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		ck_assert_uint_eq(reports_of_length(strings[i].field, strings[i].most, 0), 0);
		ck_assert_uint_eq(reports_of_length(strings[i].field, strings[i].most + 1, 0), 1);
	}
	ck_assert_uint_eq(reports_of_length(TTF_SITE_TARGET_BYTES, 1, 8), 0);
	ck_assert_uint_eq(reports_of_length(TTF_SITE_TARGET_BYTES, 1, 4), 1);
	ck_assert_uint_eq(reports_of_length(TTF_SITE_TARGET_BYTES, 1, TTF_SITE_MAX - least), 0);
	ck_assert_uint_eq(reports_of_length(TTF_SITE_TARGET_BYTES, 1, TTF_SITE_MAX - least + 8), 1);
}
END_TEST

/* More types than there is room for: what stands behind them is not zero either. */
START_TEST(test_too_many_arguments)
{
	struct build build = { 0 };
	struct collect collect;
	struct sites sites;

	build_site(&build, &(struct build_site){ .id = 1,
						 .level = 1,
						 .arguments = TTF_ARGUMENTS_MAX + 1,
						 .types = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 },
						 .target = "t",
						 .format = "" });
	sites = read_built(&build, &collect);
	ck_assert_uint_eq(sites.count, 0);
	ck_assert_uint_eq(collect.damage.count, 1);
	sites_free(&sites, NULL);
	build_free(&build);
}
END_TEST

/* An entry that is whole in the file, but not in its block. */
START_TEST(test_entry_that_reaches_out_of_its_block)
{
	struct build build = { 0 };
	struct collect collect;
	struct sites sites;

	build_site_number(&build, 1);
	for (size_t to = 8; to < build.count; to += 8) {
		sites = read_until(&build, to, &collect);
		ck_assert_uint_eq(sites.count, 0);
		ck_assert_uint_eq(collect.damage.count, 1);
		sites_free(&sites, NULL);
	}
	build_free(&build);
}
END_TEST

START_TEST(test_later_versions_are_unknown)
{
	struct build build = { 0 };
	struct collect collect;
	struct sites sites;

	build_site(&build,
		   &(struct build_site){ .id = 1, .level = TTF_LEVEL_END, .target = "t", .format = "" });
	build_site(&build, &(struct build_site){ .id = 2, .level = 0, .target = "t", .format = "" });
	build_site(&build, &(struct build_site){
				   .id = 3, .level = 1, .kind = TTF_KIND_END, .target = "t", .format = "" });
	build_site(&build, &(struct build_site){ .id = 4,
						 .level = 1,
						 .arguments = 1,
						 .types = { TTF_TYPE_END },
						 .target = "t",
						 .format = "" });
	sites = read_built(&build, &collect);
	ck_assert_uint_eq(collect.damage.count, 0);
	ck_assert_uint_eq(sites.unknown, 4);
	for (uint32_t id = 1; id <= 4; id++)
		ck_assert(sites_find(&sites, id)->is_unknown);
	sites_free(&sites, NULL);
	build_free(&build);
}
END_TEST

START_TEST(test_each_miss_is_first_once)
{
	struct sites sites;

	ck_assert_int_eq(sites_open(&sites), 0);
	ck_assert(sites_first_miss(&sites, 5));
	ck_assert(!sites_first_miss(&sites, 5));
	ck_assert(sites_first_miss(&sites, 6));
	ck_assert(sites_first_miss(&sites, (1u << 20) - 1));
	ck_assert(!sites_first_miss(&sites, (1u << 20) - 1));
	sites_free(&sites, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sites");
	TCase *tcase = tcase_create("sites");

	tcase_add_test(tcase, test_entry);
	tcase_add_test(tcase, test_layout);
	tcase_add_test(tcase, test_first_of_two_counts);
	tcase_add_test(tcase, test_reading_goes_on_after_a_damaged_entry);
	tcase_add_test(tcase, test_limits);
	tcase_add_test(tcase, test_limits_of_lengths);
	tcase_add_test(tcase, test_too_many_arguments);
	tcase_add_test(tcase, test_entry_that_reaches_out_of_its_block);
	tcase_add_test(tcase, test_later_versions_are_unknown);
	tcase_add_test(tcase, test_each_miss_is_first_once);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
