/*
 * check_lib_sections.c - the frame of a snapshot: headers, CRCs, padding, the table of contents; and errors that stick.
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

static void add(uint16_t type, uint32_t ring, const char *head, const char *rest)
{
	sections_add(&sections, type, ring, head, strlen(head), rest, strlen(rest));
}

/* Checks END against the sections before it. */
static void check_end(const struct sample_section *section, const struct sample_section *before,
		      uint64_t count, uint32_t torn)
{
	const char *body = section->body;

	ck_assert_uint_eq(section->type, TTF_SECTION_END);
	ck_assert_uint_eq(ttf_load32(body + TTF_END_COUNT), count);
	ck_assert_uint_eq(ttf_load32(body + TTF_END_TORN), torn);
	ck_assert_uint_eq(ttf_load64(body + TTF_END_SECTIONS), count);
	for (uint64_t i = 0; i < count; i++) {
		const char *entry = body + TTF_END_ENTRIES + i * TTF_END_ENTRY_BYTES;

		ck_assert_uint_eq(ttf_load64(entry + TTF_END_ENTRY_OFFSET), before[i].offset);
		ck_assert_uint_eq(ttf_load32(entry + TTF_END_ENTRY_TYPE), before[i].type);
	}
}

START_TEST(writes_what_a_parse_reads)
{
	struct sample_section section[8];
	size_t bytes, at, count = 0;
	char *data;

	add(TTF_SECTION_PROCESS, TTF_END_NO_RING, "process", "");
	add(TTF_SECTION_CHUNK, 17, "head of 16 bytes", "and a rest");
	add(TTF_SECTION_SITES, TTF_END_NO_RING, "", "12345678");
	ck_assert_int_eq(sections_end(&sections, 3), 0);
	data = sample_read(path, &bytes);
	at = sample_header(data, bytes);
	while (count < 8 && sample_section(data, bytes, &at, &section[count]))
		count++;
	ck_assert_uint_eq(count, 4);
	ck_assert_uint_eq(section[0].type, TTF_SECTION_PROCESS);
	ck_assert_uint_eq(section[0].bytes, 7);
	ck_assert_mem_eq(section[0].body, "process\0", 8);
	ck_assert_uint_eq(section[1].bytes, 26);
	ck_assert_mem_eq(section[1].body, "head of 16 bytesand a rest\0\0\0\0\0\0", 32);
	ck_assert_uint_eq(section[2].bytes, 8);
	check_end(&section[3], section, 3, 3);
	ck_assert_uint_eq(ttf_load32(section[3].body + TTF_END_ENTRIES + TTF_END_ENTRY_RING),
			  TTF_END_NO_RING);
	ck_assert_uint_eq(
		ttf_load32(section[3].body + TTF_END_ENTRIES + TTF_END_ENTRY_BYTES + TTF_END_ENTRY_RING), 17);
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
		sections_add(&sections, TTF_SECTION_MODULES, TTF_END_NO_RING, body, sizes[i], body + i,
			     sizes[i] / 2);
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
	ck_assert_uint_eq(section.type, TTF_SECTION_END);
	free(data);
	free(body);
}
END_TEST

/* The table of contents has its limit; the sections have none. */
START_TEST(does_without_contents_when_there_are_many)
{
	const uint64_t count = SECTIONS_CONTENTS_MAX + 100;
	struct sample_section section;
	size_t bytes, at;
	char *data;

	for (uint64_t i = 0; i < count; i++)
		add(TTF_SECTION_CHUNK, (uint32_t)i, "x", "");
	ck_assert_int_eq(sections_end(&sections, 0), 0);
	data = sample_read(path, &bytes);
	at = sample_header(data, bytes);
	for (uint64_t i = 0; i <= count; i++)
		ck_assert(sample_section(data, bytes, &at, &section));
	ck_assert_uint_eq(ttf_load32(section.body + TTF_END_COUNT), SECTIONS_CONTENTS_MAX);
	ck_assert_uint_eq(ttf_load64(section.body + TTF_END_SECTIONS), count);
	free(data);
}
END_TEST

START_TEST(keeps_the_first_error)
{
	char body[2 * SECTIONS_BUFFER_BYTES] = { 0 };
	int full = open("/dev/full", O_WRONLY);

	ck_assert_int_ge(full, 0);
	sections_begin(&sections, full);
	sections_add(&sections, TTF_SECTION_MODULES, TTF_END_NO_RING, body, sizeof(body), "", 0);
	sections.fd = -1; /* would be EBADF */
	add(TTF_SECTION_MODULES, TTF_END_NO_RING, "x", "");
	ck_assert_int_eq(sections_end(&sections, 0), -ENOSPC);
	close(full);
}
END_TEST

START_TEST(reports_an_error_at_the_end)
{
	int full = open("/dev/full", O_WRONLY);

	sections_begin(&sections, full);
	add(TTF_SECTION_MODULES, TTF_END_NO_RING, "small", "");
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
	tcase_add_test(tests, does_without_contents_when_there_are_many);
	tcase_add_test(tests, keeps_the_first_error);
	tcase_add_test(tests, reports_an_error_at_the_end);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
