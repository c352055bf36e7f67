/*
 * check_lib_sections.c - the frame of a snapshot: headers, CRCs, padding, the index; and errors that stick.
 */
#include <errno.h>
#include <fcntl.h>

#include "../../lib/sections.h"
#include "lib_sample.h"

static struct sections sections;
static const char *directory;
static char path[128];
static int fd;

static void begin(void)
{
	directory = sample_directory();
	snprintf(path, sizeof(path), "%s/file", directory);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	ck_assert_int_ge(fd, 0);
	sections_begin(&sections, fd);
}

static void end(void)
{
	close(fd);
	sample_sweep(directory);
}

static void add(uint16_t type, const char *head, const char *rest)
{
	sections_add(&sections, type, head, strlen(head), rest, strlen(rest));
}

/* Checks an INDEX against the `count` sections that it stands for. */
static void check_index(const struct sample_section *section, const struct sample_section *before,
			uint64_t count, uint64_t previous)
{
	const char *body = section->body;

	ck_assert_uint_eq(section->type, TTF_SECTION_INDEX);
	ck_assert_uint_eq(section->bytes, TTF_INDEX_ENTRIES + count * TTF_INDEX_ENTRY_BYTES);
	ck_assert_uint_eq(ttf_load64(body + TTF_INDEX_PREVIOUS), previous);
	ck_assert_uint_eq(ttf_load64(body + TTF_INDEX_COUNT), count);
	for (uint64_t i = 0; i < count; i++) {
		const char *entry = body + TTF_INDEX_ENTRIES + i * TTF_INDEX_ENTRY_BYTES;

		ck_assert_uint_eq(ttf_load64(entry + TTF_INDEX_ENTRY_OFFSET), before[i].offset);
		ck_assert_uint_eq(ttf_load32(entry + TTF_INDEX_ENTRY_TYPE), before[i].type);
		ck_assert_uint_eq(ttf_load32(entry + TTF_INDEX_ENTRY_LENGTH), before[i].bytes);
		if (before[i].type == TTF_SECTION_CHUNK)
			ck_assert_mem_eq(entry + TTF_INDEX_ENTRY_CHUNK, before[i].body, TTF_CHUNKS_DATA);
		else
			for (unsigned at = 0; at < TTF_CHUNKS_DATA; at++)
				ck_assert_int_eq(entry[TTF_INDEX_ENTRY_CHUNK + at], 0);
	}
}

static void check_end(const struct sample_section *section, uint64_t count, uint64_t index, uint32_t torn)
{
	ck_assert_uint_eq(section->type, TTF_SECTION_END);
	ck_assert_uint_eq(section->bytes, TTF_END_BYTES);
	ck_assert_uint_eq(ttf_load32(section->body + TTF_END_TORN), torn);
	ck_assert_uint_eq(ttf_load64(section->body + TTF_END_SECTIONS), count);
	ck_assert_uint_eq(ttf_load64(section->body + TTF_END_INDEX), index);
}

#define HEAD "the head of a chunk, which is 48 bytes, all told"

START_TEST(writes_what_a_parse_reads)
{
	struct sample_section section[8];
	size_t bytes, at, count = 0;
	char *data;

	add(TTF_SECTION_PROCESS, "process", "");
	add(TTF_SECTION_CHUNK, HEAD, "and a rest");
	add(TTF_SECTION_SITES, "", "12345678");
	ck_assert_int_eq(sections_end(&sections, 3), 0);
	data = sample_read(path, &bytes);
	at = sample_header(data, bytes);
	while (count < 8 && sample_section(data, bytes, &at, &section[count]))
		count++;
	ck_assert_uint_eq(count, 5);
	ck_assert_uint_eq(section[0].type, TTF_SECTION_PROCESS);
	ck_assert_uint_eq(section[0].bytes, 7);
	ck_assert_mem_eq(section[0].body, "process\0", 8);
	ck_assert_uint_eq(section[1].bytes, 58);
	ck_assert_mem_eq(section[1].body, HEAD "and a rest\0\0\0\0\0\0", 64);
	ck_assert_uint_eq(section[2].bytes, 8);
	check_index(&section[3], section, 3, 0);
	check_end(&section[4], 4, section[3].offset, 3);
	free(data);
}
END_TEST

START_TEST(gives_each_file_an_id)
{
	char *first, *second;
	size_t bytes;

	ck_assert_int_eq(sections_end(&sections, 0), 0);
	first = sample_read(path, &bytes);
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	sections_begin(&sections, fd);
	ck_assert_int_eq(sections_end(&sections, 0), 0);
	second = sample_read(path, &bytes);
	ck_assert_uint_ne(ttf_load64(first + TTF_FILE_ID), ttf_load64(second + TTF_FILE_ID));
	free(first);
	free(second);
}
END_TEST

/* Bodies around and far above the buffer's size, in every order. */
START_TEST(writes_bodies_of_any_size)
{
	static const size_t sizes[] = { 1,
					SECTIONS_BUFFER_BYTES - 1,
					SECTIONS_BUFFER_BYTES,
					SECTIONS_BUFFER_BYTES + 1,
					7,
					5 * SECTIONS_BUFFER_BYTES + 3,
					0,
					SECTIONS_BUFFER_BYTES - 24 };
	size_t count = sizeof(sizes) / sizeof(sizes[0]), bytes, at;
	char *body = malloc(6 * SECTIONS_BUFFER_BYTES), *data;
	struct sample_section section;

	for (size_t i = 0; i < 6 * SECTIONS_BUFFER_BYTES; i++)
		body[i] = (char)(i * 7 + i / 256);
	for (size_t i = 0; i < count; i++)
		sections_add(&sections, TTF_SECTION_MODULES, body, sizes[i], body + i, sizes[i] / 2);
	ck_assert_int_eq(sections_end(&sections, 0), 0);
	data = sample_read(path, &bytes);
	at = sample_header(data, bytes);
	for (size_t i = 0; i < count; i++) {
		ck_assert(sample_section(data, bytes, &at, &section));
		ck_assert_uint_eq(section.bytes, sizes[i] + sizes[i] / 2);
		ck_assert_int_eq(memcmp(section.body, body, sizes[i]), 0);
		ck_assert_int_eq(memcmp(section.body + sizes[i], body + i, sizes[i] / 2), 0);
	}
	ck_assert(sample_section(data, bytes, &at, &section));
	ck_assert_uint_eq(section.type, TTF_SECTION_INDEX);
	free(data);
	free(body);
}
END_TEST

/* Where one INDEX is full the next begins. */
START_TEST(goes_on_in_another_index)
{
	const uint64_t count = 2 * SECTIONS_INDEX_MAX + 1;
	struct sample_section *section = calloc(count + 4, sizeof(*section));
	uint64_t previous = 0;
	size_t bytes, at, seen = 0;
	char *data;

	for (uint64_t i = 0; i < count; i++)
		add(TTF_SECTION_CHUNK, HEAD, i % 2 == 0 ? "" : "x");
	ck_assert_int_eq(sections_end(&sections, 0), 0);
	data = sample_read(path, &bytes);
	at = sample_header(data, bytes);
	while (seen < count + 4 && sample_section(data, bytes, &at, &section[seen]))
		seen++;
	ck_assert_uint_eq(seen, count + 4);
	for (size_t first = 0; first < seen - 1; first += SECTIONS_INDEX_MAX + 1) {
		size_t entries =
			seen - 2 - first < SECTIONS_INDEX_MAX ? seen - 2 - first : SECTIONS_INDEX_MAX;

		check_index(&section[first + entries], &section[first], entries, previous);
		previous = section[first + entries].offset;
	}
	check_end(&section[seen - 1], seen - 1, previous, 0);
	free(section);
	free(data);
}
END_TEST

START_TEST(has_no_index_of_nothing)
{
	struct sample_section section;
	size_t bytes, at;
	char *data;

	ck_assert_int_eq(sections_end(&sections, 0), 0);
	data = sample_read(path, &bytes);
	at = sample_header(data, bytes);
	ck_assert(sample_section(data, bytes, &at, &section));
	check_end(&section, 0, 0, 0);
	free(data);
}
END_TEST

START_TEST(keeps_the_first_error)
{
	char body[2 * SECTIONS_BUFFER_BYTES] = { 0 };
	int full = open("/dev/full", O_WRONLY);

	ck_assert_int_ge(full, 0);
	sections_begin(&sections, full);
	sections_add(&sections, TTF_SECTION_MODULES, body, sizeof(body), "", 0);
	sections.fd = -1; /* would be EBADF */
	add(TTF_SECTION_MODULES, "x", "");
	ck_assert_int_eq(sections_end(&sections, 0), -ENOSPC);
	close(full);
}
END_TEST

START_TEST(reports_an_error_at_the_end)
{
	int full = open("/dev/full", O_WRONLY);

	sections_begin(&sections, full);
	add(TTF_SECTION_MODULES, "small", "");
	ck_assert_int_eq(sections_end(&sections, 0), -ENOSPC);
	close(full);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lib_sections");
	TCase *tests = tcase_create("sections");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_test(tests, writes_what_a_parse_reads);
	tcase_add_test(tests, gives_each_file_an_id);
	tcase_add_test(tests, writes_bodies_of_any_size);
	tcase_add_test(tests, goes_on_in_another_index);
	tcase_add_test(tests, has_no_index_of_nothing);
	tcase_add_test(tests, keeps_the_first_error);
	tcase_add_test(tests, reports_an_error_at_the_end);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
