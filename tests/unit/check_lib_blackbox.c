/*
 * check_lib_blackbox.c - the file behind a region: its name and modes, what is refused, and what is left of the dead.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "../../lib/blackbox.h"
#include "../../lib/process.h"
#include "lib_sample.h"

#define BYTES (1u << 20)
#define OTHERS 14

static const char *directory;

static void use_directory(const char *path, bool is_own)
{
	strcpy(config.service, "shop");
	strcpy(config.blackbox_dir, path);
	config.is_own_dir = is_own;
	config.max_bytes = BYTES;
}

static void begin(void)
{
	directory = sample_directory();
	use_directory(directory, true);
}

static void end(void)
{
	sample_sweep(directory);
}

static int filled;

/* Before the file has its name. */
static void fill(void)
{
	filled++;
}

static struct blackbox make(void)
{
	struct blackbox map = { 0 };

	filled = 0;
	ck_assert_int_eq(blackbox_make(&map, fill), 0);
	ck_assert_int_eq(filled, 1);
	ck_assert_uint_eq(map.bytes, BYTES);
	for (size_t i = 0; i < BYTES; i += 512)
		ck_assert_int_eq(map.base[i], 0);
	map.base[0] = 'x'; /* it can be written */
	return map;
}

static unsigned count_files(void)
{
	DIR *open = opendir(directory);
	unsigned count = 0;

	ck_assert_ptr_nonnull(open);
	for (struct dirent *entry = readdir(open); entry; entry = readdir(open))
		count += entry->d_name[0] != '.';
	closedir(open);
	return count;
}

static unsigned count_descriptors(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

START_TEST(makes_a_private_file)
{
	unsigned descriptors = count_descriptors();
	struct blackbox map = make();
	struct stat info;
	char first;
	int fd;

	ck_assert_int_eq(stat(map.path, &info), 0);
	ck_assert_uint_eq(info.st_mode, S_IFREG | 0600);
	ck_assert_int_eq(info.st_size, BYTES);
	ck_assert_uint_eq(count_descriptors(), descriptors);
	fd = open(map.path, O_RDONLY);
	ck_assert_int_eq(read(fd, &first, 1), 1);
	ck_assert_int_eq(first, 'x');
	close(fd);
	blackbox_remove(&map);
	ck_assert_uint_eq(count_files(), 0);
	map.base[BYTES - 1] = 'y'; /* the mapping stays */
	blackbox_remove(&map);	   /* again: nothing */
}
END_TEST

START_TEST(names_the_file)
{
	struct blackbox map = make();
	char pattern[512];
	regex_t regex;

	snprintf(pattern, sizeof(pattern), "^%s/shop-%d-%llu-[0-9a-f]{8}\\.ttr$", directory, (int)getpid(),
		 (unsigned long long)process_start_time(getpid()));
	ck_assert_int_eq(regcomp(&regex, pattern, REG_EXTENDED), 0);
	ck_assert_msg(regexec(&regex, map.path, 0, NULL, 0) == 0, "%s", map.path);
	regfree(&regex);
}
END_TEST

START_TEST(makes_the_directory)
{
	char path[128];
	struct stat info;

	snprintf(path, sizeof(path), "%s/new", directory);
	use_directory(path, true);
	ck_assert_str_ne(make().path, "");
	ck_assert_int_eq(stat(path, &info), 0);
	ck_assert_uint_eq(info.st_mode, S_IFDIR | 0700);
}
END_TEST

/* The recorder's own directory must be ours alone: else memory. */
START_TEST(refuses_an_open_directory)
{
	ck_assert_int_eq(chmod(directory, 0755), 0);
	ck_assert_str_eq(make().path, "");
	ck_assert_uint_eq(count_files(), 0);
	use_directory(directory, false); /* the user's choice is the user's */
	ck_assert_str_ne(make().path, "");
}
END_TEST

START_TEST(refuses_a_symlink)
{
	char real[128], link[128];

	snprintf(real, sizeof(real), "%s/real", directory);
	snprintf(link, sizeof(link), "%s/link", directory);
	ck_assert_int_eq(mkdir(real, 0700), 0);
	ck_assert_int_eq(symlink(real, link), 0);
	use_directory(link, true);
	ck_assert_str_eq(make().path, "");
	use_directory(real, true);
	ck_assert_str_ne(make().path, "");
}
END_TEST

START_TEST(refuses_anothers_directory)
{
	if (geteuid() != 0)
		return; /* only root can give a directory away */
	ck_assert_int_eq(chown(directory, 65534, 65534), 0);
	ck_assert_str_eq(make().path, "");
}
END_TEST

START_TEST(falls_back_to_memory)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/no/such", directory);
	use_directory(path, true);
	ck_assert_str_eq(make().path, "");
	config.blackbox_dir[0] = '\0'; /* off */
	ck_assert_str_eq(make().path, "");
	use_directory("/proc/self", false);
	ck_assert_str_eq(make().path, "");
}
END_TEST

/* A limit on file sizes would be a SIGXFSZ. */
START_TEST(respects_the_file_limit)
{
	struct rlimit limit = { BYTES - 1, RLIM_INFINITY };

	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_str_eq(make().path, "");
	ck_assert_uint_eq(count_files(), 0);
}
END_TEST

static void put_file(const char *name)
{
	char path[1024];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static bool is_there(const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return access(path, F_OK) == 0;
}

/* A pid that no process has. */
static int dead_pid(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	return (int)pid;
}

START_TEST(keeps_the_newest_eight_of_the_dead)
{
	int pid = dead_pid();
	char name[64];

	for (int i = 0; i < 20; i++) { /* starts 100 to 119, in a mixed order */
		snprintf(name, sizeof(name), "shop-%d-%d-%08x.ttr", pid, 100 + i * 7 % 20, (unsigned)i);
		put_file(name);
	}
	ck_assert_str_ne(make().path, "");
	ck_assert_uint_eq(count_files(), 8 + 1);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "shop-%d-%d-%08x.ttr", pid, 100 + i * 7 % 20, (unsigned)i);
		ck_assert_msg(is_there(name) == (i * 7 % 20 >= 12), "%s", name);
	}
}
END_TEST

/* Only black boxes of this very service, of processes that are gone. */
START_TEST(leaves_others_alone)
{
	int pid = dead_pid();
	char others[OTHERS][NAME_MAX];

	snprintf(others[0], NAME_MAX, "store-%d-5-00000000.ttr", pid);
	snprintf(others[1], NAME_MAX, "shop-%d-5-00000000.ttr.bak", pid);
	snprintf(others[2], NAME_MAX, "shop-%d-00000000.ttr", pid);
	snprintf(others[3], NAME_MAX, "shop-%d-5-00000000.tts", pid);
	snprintf(others[4], NAME_MAX, "shop-x-5-00000000.ttr");
	/* This process is alive. */
	snprintf(others[5], NAME_MAX, "shop-%d-%llu-00000000.ttr", (int)getpid(),
		 (unsigned long long)process_start_time(getpid()));
	/* Of services named shop-1-2 and shop-1. */
	snprintf(others[6], NAME_MAX, "shop-1-2-%d-%llu-00000000.ttr", (int)getpid(),
		 (unsigned long long)process_start_time(getpid()));
	snprintf(others[7], NAME_MAX, "shop-1-%d-%llu-00000000.ttr", (int)getpid(),
		 (unsigned long long)process_start_time(getpid()));
	snprintf(others[8], NAME_MAX, "shop-%d-5-0000000g.ttr", pid);
	snprintf(others[9], NAME_MAX, "shap-%d-5-00000000.ttr", pid);
	snprintf(others[10], NAME_MAX, "shop+%d-5-00000000.ttr", pid);
	snprintf(others[11], NAME_MAX, "shop-0-5-00000000.ttr"); /* no process, and none could be */
	snprintf(others[12], NAME_MAX, "shop-%llu-5-00000000.ttr", (unsigned long long)pid + (1ull << 32));
	snprintf(others[13], NAME_MAX, "shop-%d-%0150d-00000000.ttr", pid, 5); /* longer than any of ours */
	for (int i = 0; i < OTHERS; i++)
		put_file(others[i]);
	for (int i = 0; i < 8; i++) {
		char name[96];

		snprintf(name, sizeof(name), "shop-%d-%d-00000000.ttr", pid, 1000 + i);
		put_file(name);
	}
	ck_assert_str_ne(make().path, "");
	for (int i = 0; i < OTHERS; i++)
		ck_assert_msg(is_there(others[i]), "%s is gone", others[i]);
	ck_assert_uint_eq(count_files(), OTHERS + 8 + 1);
}
END_TEST

/* In a directory of the user's choice others may have files of such names: they neither go, nor drive ours out. */
START_TEST(leaves_other_users_alone)
{
	int pid = dead_pid();
	char name[96], path[1024];

	if (geteuid() != 0)
		return; /* only root can give files away */
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "shop-%d-%d-00000000.ttr", pid, 1000 + i);
		put_file(name);
		snprintf(path, sizeof(path), "%s/%s", directory, name);
		ck_assert_int_eq(i < 4 ? 0 : chown(path, 65534, 65534), 0);
	}
	ck_assert_str_ne(make().path, "");
	ck_assert_uint_eq(count_files(), 20 + 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lib_blackbox");
	TCase *tests = tcase_create("blackbox");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_test(tests, makes_a_private_file);
	tcase_add_test(tests, names_the_file);
	tcase_add_test(tests, makes_the_directory);
	tcase_add_test(tests, refuses_an_open_directory);
	tcase_add_test(tests, refuses_a_symlink);
	tcase_add_test(tests, refuses_anothers_directory);
	tcase_add_test(tests, falls_back_to_memory);
	tcase_add_test(tests, respects_the_file_limit);
	tcase_add_test(tests, keeps_the_newest_eight_of_the_dead);
	tcase_add_test(tests, leaves_others_alone);
	tcase_add_test(tests, leaves_other_users_alone);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
