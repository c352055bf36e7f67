/*
 * check_lib_modules.c - the mapped programs and libraries, compared with /proc/self/maps and the files' own build-ids.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <limits.h>
#include <sys/mman.h>

#include "../../lib/modules.h"
#include "lib_sample.h"

#define MODULES_MAX 256

static struct module_info found[MODULES_MAX];
static size_t count;
static int initialized = 1; /* its memory is the program's file, which that of zeros is not */

static void collect(void)
{
	static struct modules modules;

	count = 0;
	ck_assert_int_eq(modules_begin(&modules), 0);
	while (count < MODULES_MAX && modules_next(&modules, &found[count]))
		count++;
	ck_assert_uint_lt(count, MODULES_MAX);
	modules_end(&modules);
}

static const struct module_info *module_of(const void *address)
{
	uint64_t at = (uint64_t)(uintptr_t)address;

	for (size_t i = 0; i < count; i++)
		if (at >= found[i].base && at < found[i].end)
			return &found[i];
	return NULL;
}

static void own_path(char *path)
{
	ssize_t bytes = readlink("/proc/self/exe", path, PATH_MAX - 1);

	ck_assert_int_gt(bytes, 0);
	path[bytes] = '\0';
}

START_TEST(finds_the_program)
{
	const struct module_info *own;
	char path[PATH_MAX];

	own_path(path);
	collect();
	own = module_of((const void *)(uintptr_t)collect);
	ck_assert_ptr_nonnull(own);
	ck_assert_str_eq(own->path, path);
	ck_assert_ptr_eq(module_of(&initialized), own); /* data too */
}
END_TEST

START_TEST(finds_the_libraries)
{
	const struct module_info *libc;
	Dl_info info;

	collect();
	ck_assert_int_ne(dladdr((void *)(uintptr_t)gnu_get_libc_version, &info), 0);
	libc = module_of(info.dli_fbase);
	ck_assert_ptr_nonnull(libc);
	ck_assert_uint_eq(libc->base, (uint64_t)(uintptr_t)info.dli_fbase);
	ck_assert_ptr_nonnull(strstr(libc->path, "libc.so"));
	ck_assert_ptr_eq(module_of((const void *)(uintptr_t)gnu_get_libc_version), libc);
}
END_TEST

START_TEST(lists_each_once_in_order)
{
	collect();
	ck_assert_uint_ge(count, 3);
	for (size_t i = 1; i < count; i++) {
		ck_assert_uint_le(found[i - 1].end, found[i].base);
		ck_assert_str_ne(found[i - 1].path, found[i].path);
	}
}
END_TEST

/* As readelf reads it from the file. */
START_TEST(reads_build_ids)
{
	size_t with = 0;

	collect();
	for (size_t i = 0; i < count; i++) {
		char command[MODULES_PATH_BYTES + 64], line[128] = "", own[2 * TTF_BUILD_ID_MAX + 1] = "";
		FILE *pipe;

		snprintf(command, sizeof(command), "readelf -n '%s' 2>/dev/null | sed -n 's/.*Build ID: //p'",
			 found[i].path);
		pipe = popen(command, "r");
		ck_assert_ptr_nonnull(pipe);
		if (fgets(line, sizeof(line), pipe))
			line[strcspn(line, "\n")] = '\0';
		pclose(pipe);
		for (unsigned k = 0; k < found[i].build_id_bytes; k++)
			snprintf(own + 2 * k, 3, "%02x", found[i].build_id[k]);
		ck_assert_str_eq(own, line);
		with += found[i].build_id_bytes > 0;
	}
	ck_assert_uint_ge(with, 2); /* the C library has one, and the loader */
}
END_TEST

/* Files that are mapped but are no programs, and ones that are shorter than their mapping. */
START_TEST(leaves_out_data)
{
	const char *directory = sample_directory();
	char path[128];
	int fd;
	const void *data, *empty;

	snprintf(path, sizeof(path), "%s/data", directory);
	fd = open(path, O_CREAT | O_RDWR, 0600);
	ck_assert_int_eq(write(fd, "no program", 10), 10);
	data = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	snprintf(path, sizeof(path), "%s/empty", directory);
	fd = open(path, O_CREAT | O_RDWR, 0600);
	empty = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0); /* a read of it is a SIGBUS */
	close(fd);
	ck_assert_ptr_ne(data, MAP_FAILED);
	ck_assert_ptr_ne(empty, MAP_FAILED);
	collect();
	ck_assert_ptr_null(module_of(data));
	ck_assert_ptr_null(module_of(empty));
	ck_assert_ptr_nonnull(module_of((const void *)(uintptr_t)collect));
	sample_sweep(directory);
}
END_TEST

static void add_note(char *notes, size_t *at, uint32_t name_bytes, uint32_t bytes, uint32_t type)
{
	uint32_t words[3] = { name_bytes, bytes, type };

	memcpy(notes + *at, words, sizeof(words));
	*at += sizeof(words);
}

/* Program headers of another size than ours, or nowhere. */
START_TEST(survives_hostile_headers)
{
	const char *directory = sample_directory();
	char program[4096] = "\x7f"
			     "ELF\x02\x01\x01",
	     path[128];

	snprintf(path, sizeof(path), "%s/elf", directory);
	for (int is_elsewhere = 0; is_elsewhere < 2; is_elsewhere++) {
		int fd = open(path, O_CREAT | O_RDWR | O_TRUNC, 0600);
		void *map;

		ttf_store64(program + 32, is_elsewhere ? UINT64_MAX / 2 : 64); /* e_phoff */
		ttf_store16(program + 54, is_elsewhere ? 56 : 64);	       /* e_phentsize */
		ttf_store16(program + 56, 0xffff);			       /* e_phnum */
		ck_assert_int_eq(write(fd, program, sizeof(program)), sizeof(program));
		map = mmap(NULL, sizeof(program), PROT_READ, MAP_PRIVATE, fd, 0);
		close(fd);
		collect();
		ck_assert(is_elsewhere ? module_of(map) != NULL : module_of(map) == NULL);
		if (is_elsewhere)
			ck_assert_uint_eq(module_of(map)->build_id_bytes, 0);
		munmap(map, sizeof(program));
	}
	sample_sweep(directory);
}
END_TEST

/* An ELF file whose notes lie about their lengths. */
START_TEST(survives_hostile_notes)
{
	const char *directory = sample_directory();
	char program[8192] = "\x7f"
			     "ELF\x02\x01\x01",
	     path[128];
	uint32_t lengths[] = { 0, 1, 4, 0x7fffffff, 0xfffffffd, 0xffffffff };

	ttf_store64(program + 32, 64); /* e_phoff */
	ttf_store16(program + 54, 56); /* e_phentsize */
	ttf_store16(program + 56, 1);  /* e_phnum */
	ttf_store32(program + 64, 4);  /* PT_NOTE */
	ttf_store64(program + 64 + 8, 4096);
	ttf_store64(program + 64 + 32, 40);
	snprintf(path, sizeof(path), "%s/elf", directory);
	for (unsigned i = 0; i < 36; i++) {
		int fd = open(path, O_CREAT | O_RDWR | O_TRUNC, 0600);
		size_t at = 4096;
		void *map;

		add_note(program, &at, lengths[i / 6], lengths[i % 6], 3);
		memcpy(program + at, "GNU\0abcdefgh", 12);
		ck_assert_int_eq(write(fd, program, sizeof(program)), sizeof(program));
		map = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, fd, 0);
		close(fd);
		collect();
		ck_assert_ptr_nonnull(module_of(map));
		ck_assert_uint_le(module_of(map)->build_id_bytes, TTF_BUILD_ID_MAX);
		munmap(map, 8192);
	}
	sample_sweep(directory);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lib_modules");
	TCase *tests = tcase_create("modules");

	tcase_add_test(tests, finds_the_program);
	tcase_add_test(tests, finds_the_libraries);
	tcase_add_test(tests, lists_each_once_in_order);
	tcase_add_test(tests, reads_build_ids);
	tcase_add_test(tests, leaves_out_data);
	tcase_add_test(tests, survives_hostile_headers);
	tcase_add_test(tests, survives_hostile_notes);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
