/*
 * check_cli.c - ttdecode as users call it: what goes where, what every option does, and the exit status.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../decoder/cli/cli.h"
#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/record.h"
#include "../../format-spec/twin/region.h"
#include "../../format-spec/twin/snapshot.h"
#include "build_trace.h"
#include "capture.h"
#include "unit.h"

/* A snapshot of two rings of 20 events each, and a directory to write to. */
static struct build build;
static struct capture got;
static char snapshot[32];
static char directory[64];
static char output[96];
static int fd;

static void setup(void)
{
	build = (struct build){ 0 };
	build_small_snapshot(&build, 20);
	fd = build_file(&build);
	snprintf(snapshot, sizeof(snapshot), "%s", build_path(fd));
	snprintf(directory, sizeof(directory), "/tmp/check_cli.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(output, sizeof(output), "%s/out", directory);
}

static void teardown(void)
{
	unlink(output);
	ck_assert_int_eq(rmdir(directory), 0); /* nothing else may have been left there */
	close(fd);
	build_free(&build);
}

static unsigned lines(const char *text)
{
	unsigned count = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		count++;
	return count;
}

START_TEST(test_text)
{
	CAPTURE(&got, snapshot);
	ck_assert_int_eq(got.status, CLI_FINE);
	ck_assert_uint_eq(got.err_bytes, 0);
	ck_assert_uint_eq(lines(got.out), 40);
	ck_assert_ptr_eq(strstr(got.out, "2026-11-21T01:02:03.000000000Z INFO  first app: n 0 (main.c:1)\n"
					 "2026-11-21T01:02:03.000000001Z INFO  second app: n 0 (main.c:1)\n"),
			 got.out);
}
END_TEST

START_TEST(test_json)
{
	CAPTURE(&got, "--format=json", "--head", "1", snapshot);
	ck_assert_int_eq(got.status, CLI_FINE);
	ck_assert_str_eq(got.out,
			 "{\"ts\":\"2026-11-21T01:02:03.000000000Z\",\"ts_ns\":\"1795222923000000000\","
			 "\"level\":\"info\",\"target\":\"app\",\"pid\":77,\"tid\":100,"
			 "\"thread\":\"first\",\"seq\":0,\"file\":\"main.c\",\"line\":1,"
			 "\"func\":\"main\",\"fmt\":\"n %d\",\"msg\":\"n 0\",\"args\":[0]}\n");
}
END_TEST

START_TEST(test_several_files)
{
	CAPTURE(&got, snapshot, snapshot);
	ck_assert_int_eq(got.status, CLI_FINE);
	ck_assert_uint_eq(lines(got.out), 80);
	ck_assert_ptr_nonnull(strstr(got.out, " svc[77]/second app: n 19 "));
}
END_TEST

/* How many lines are left with these options. */
#define COUNT(...) (CAPTURE(&got, __VA_ARGS__, snapshot), lines(got.out))

START_TEST(test_filters)
{
	ck_assert_uint_eq(COUNT("--level", "info"), 40);
	ck_assert_uint_eq(COUNT("--level", "warn"), 0);
	ck_assert_uint_eq(COUNT("--target", "app"), 40);
	ck_assert_uint_eq(COUNT("--target", "net,a*"), 40);
	ck_assert_uint_eq(COUNT("--target", "ap"), 0);
	ck_assert_uint_eq(COUNT("--thread", "first"), 20);
	ck_assert_uint_eq(COUNT("--thread", "101"), 20);
	ck_assert_uint_eq(COUNT("--thread", "f*,sec*"), 40);
	ck_assert_uint_eq(COUNT("--grep", "^n 1$"), 2);
	ck_assert_uint_eq(COUNT("--grep", "n (1|2)."), 20);
	ck_assert_uint_eq(COUNT("--head", "3"), 3);
	ck_assert_uint_eq(COUNT("--head", "0"), 0);
	ck_assert_uint_eq(COUNT("--head", "100"), 40);
	ck_assert_uint_eq(COUNT("--tail", "0"), 0);
	ck_assert_uint_eq(COUNT("--tail", "100"), 40);
	ck_assert_int_eq(got.status, CLI_FINE);
}
END_TEST

/* Events stand at 0, 10, .. 190 ns of the second, the other ring's 1 ns later. */
START_TEST(test_times)
{
	ck_assert_uint_eq(COUNT("--since", "2026-11-21T01:02:03.000000191Z"), 1);
	ck_assert_uint_eq(COUNT("--until", "2026-11-21T01:02:03.000000001Z"), 2);
	ck_assert_uint_eq(COUNT("--since", "2026-11-21T01:02:04"), 0);
	ck_assert_uint_eq(COUNT("--until", "2026-11-21"), 0);
	ck_assert_uint_eq(COUNT("--last", "10ns"), 3);
	ck_assert_uint_eq(COUNT("--since", "-11ns"), 4);
	ck_assert_uint_eq(COUNT("--until", "-190ns"), 2);
	ck_assert_uint_eq(COUNT("--since", "-30ns", "--until", "10ns"), 5);
	ck_assert_uint_eq(COUNT("--last", "1h"), 40);
}
END_TEST

START_TEST(test_tail_is_the_end)
{
	CAPTURE(&got, "--tail", "2", snapshot);
	ck_assert_str_eq(got.out, "2026-11-21T01:02:03.000000190Z INFO  first app: n 19 (main.c:1)\n"
				  "2026-11-21T01:02:03.000000191Z INFO  second app: n 19 (main.c:1)\n");
	CAPTURE(&got, "--head", "5", "--tail", "1", "--thread", "second", snapshot);
	ck_assert_str_eq(got.out, "2026-11-21T01:02:03.000000041Z INFO  second app: n 4 (main.c:1)\n");
}
END_TEST

START_TEST(test_tail_reports_damage_once)
{
	/* The second chunk's count of events is wrong, which only the reading of its records shows. */
	struct build other = { 0 };
	struct build records = { 0 };
	struct build_chunk chunk = { .number = 1, .events = 2 };
	int other_fd;

	build_snapshot_header(&other);
	build_process(&other, 1);
	build_clock(&other, TTF_CLOCK_TSC, NULL, 0);
	build_sites(&other, 1, 1);
	build_thread(&other, 0, 1, "t");
	build_number_record(&records, 1, 0, 5);
	build_chunk(&other, &chunk, &records, false);
	build_end(&other, 5, 0);
	other_fd = build_file(&other);
	CAPTURE(&got, "--tail", "1", build_path(other_fd));
	ck_assert_int_eq(got.status, CLI_DAMAGED);
	ck_assert_uint_eq(lines(got.out), 1);
	ck_assert_uint_eq(lines(got.err), 1);
	close(other_fd);
	build_free(&records);
	build_free(&other);
}
END_TEST

START_TEST(test_usage)
{
	static const char *const wrong[][3] = {
		{ "--format", "xml", "f" },
		{ "--level", "loud", "f" },
		{ "--since", "soon", "f" },
		{ "--head", "-1", "f" },
		{ "--tail", "many", "f" },
		{ "--color", "blue", "f" },
		{ "--last", "5", "f" },
		{ "--grep", "(", snapshot },
		{ "--info", "--format=json", "f" },
		{ "--nonsense", "f", NULL },
		{ "-x", "f", NULL },
		{ "--level", NULL, NULL },
		{ "--check", NULL, NULL },
		{ "--level", "best", "f" },
		{ "--repack", "--tail=3", "f" },
		{ "--repack", "f", "g" },
		{ "--repack", "--format=json", "f" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const char *const arguments[] = { wrong[i][0], wrong[i][1], wrong[i][2], NULL };

		capture_run(&got, arguments);
		ck_assert_msg(got.status == CLI_REFUSED, "%s: %d", wrong[i][0], got.status);
		ck_assert_uint_eq(lines(got.err), 1);
		ck_assert_ptr_nonnull(strstr(got.err, "(see ttdecode --help)"));
		ck_assert_uint_eq(got.out_bytes, 0);
	}
}
END_TEST

START_TEST(test_help_names_every_option)
{
	static const char *const names[] = { "--format", "--output", "--info",	 "--check", "--repack",
					     "--level",	 "--target", "--thread", "--since", "--until",
					     "--last",	 "--head",   "--tail",	 "--grep",  "--color",
					     "--help",	 "--version" };

	CAPTURE(&got, "--help");
	ck_assert_int_eq(got.status, CLI_FINE);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_ptr_nonnull(strstr(got.out, names[i]));
	CAPTURE(&got, "--version");
	ck_assert_int_eq(got.status, CLI_FINE);
	ck_assert_ptr_eq(strstr(got.out, "ttdecode "), got.out);
}
END_TEST

START_TEST(test_what_cannot_be_read)
{
	CAPTURE(&got, "/nonexistent/file");
	ck_assert_int_eq(got.status, CLI_IO);
	ck_assert_str_eq(got.err, "ttdecode: /nonexistent/file: No such file or directory\n");
	CAPTURE(&got, "/");
	ck_assert_int_eq(got.status, CLI_IO);
	ck_assert_str_eq(got.err, "ttdecode: /: Is a directory\n");
	CAPTURE(&got, "/proc/self/status");
	ck_assert_int_eq(got.status, CLI_REFUSED);
	/* The other files are shown all the same. */
	CAPTURE(&got, "/", snapshot);
	ck_assert_int_eq(got.status, CLI_IO);
	ck_assert_uint_eq(lines(got.out), 40);
}
END_TEST

/* Of a snapshot's name its program has a say, and a shell puts the names of a whole directory on the command line. */
START_TEST(test_hostile_name)
{
	static const char name[] = "a\x1b]0;b\a\n\xc2\x9b\xff";
	static const char shown[] = "a\\x1b]0;b\\x07\\n\\u009b\\xff";
	char path[128];
	char safe[160];

	CAPTURE(&got, name);
	snprintf(safe, sizeof(safe), "ttdecode: %s: No such file or directory\n", shown);
	ck_assert_str_eq(got.err, safe);
	CAPTURE(&got, "--level", name, snapshot);
	snprintf(safe, sizeof(safe), "ttdecode: --level %s: not a value of LEVEL (see ttdecode --help)\n",
		 shown);
	ck_assert_str_eq(got.err, safe);
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	ck_assert_int_eq(symlink(snapshot, path), 0);
	snprintf(safe, sizeof(safe), "%s/%s: ", directory, shown);
	CAPTURE(&got, "--check", path);
	ck_assert_ptr_eq(strstr(got.out, safe), got.out);
	CAPTURE(&got, "--info", path);
	ck_assert_ptr_eq(strstr(got.out, safe), got.out);
	unlink(path);
}
END_TEST

static size_t file_bytes(const char *path)
{
	struct stat stat_of_path;

	return stat(path, &stat_of_path) == 0 ? (size_t)stat_of_path.st_size : SIZE_MAX;
}

START_TEST(test_output_file)
{
	CAPTURE(&got, snapshot);
	CAPTURE(&got, "-o", output, snapshot);
	ck_assert_int_eq(got.status, CLI_FINE);
	ck_assert_uint_eq(got.out_bytes, 0);
	ck_assert_uint_gt(file_bytes(output), 2000);
	/* It is replaced, also by what is left of a damaged file. */
	ck_assert_int_eq(ftruncate(fd, (off_t)build.count - 10), 0);
	CAPTURE(&got, "--head=1", "-o", output, snapshot);
	ck_assert_int_eq(got.status, CLI_DAMAGED);
	ck_assert_uint_lt(file_bytes(output), 100);
}
END_TEST

/* The file that a symbolic link names is replaced, not the link. */
START_TEST(test_output_through_a_link)
{
	char link[96];

	snprintf(link, sizeof(link), "%s/link", directory);
	CAPTURE(&got, "-o", output, "--head=1", snapshot);
	ck_assert_int_eq(symlink("out", link), 0);
	CAPTURE(&got, "-o", link, snapshot);
	ck_assert_int_eq(got.status, CLI_FINE);
	ck_assert_uint_gt(file_bytes(output), 2000);
	ck_assert_int_eq(unlink(link), 0);
}
END_TEST

START_TEST(test_output_that_fails_leaves_nothing)
{
	CAPTURE(&got, "-o", output, "/nonexistent/file");
	ck_assert_int_eq(got.status, CLI_IO);
	ck_assert_uint_eq(file_bytes(output), SIZE_MAX);
	CAPTURE(&got, "-o", "/nonexistent/out", snapshot);
	ck_assert_int_eq(got.status, CLI_IO);
	ck_assert_uint_eq(lines(got.err), 1);
	CAPTURE(&got, "-o", "/dev/full", snapshot);
	ck_assert_int_eq(got.status, CLI_IO);
	ck_assert_str_eq(got.err, "ttdecode: /dev/full: No space left on device\n");
}
END_TEST

START_TEST(test_reader_that_has_gone)
{
	int ends[2];
	int old = dup(STDOUT_FILENO);
	char *argv[] = { "ttdecode", snapshot, NULL };

	ck_assert_int_eq(pipe(ends), 0);
	close(ends[0]);
	dup2(ends[1], STDOUT_FILENO);
	close(ends[1]);
	ck_assert_int_eq(cli_run(2, argv), CLI_FINE);
	dup2(old, STDOUT_FILENO);
	close(old);
}
END_TEST

START_TEST(test_standard_input)
{
	int old = dup(STDIN_FILENO);

	dup2(fd, STDIN_FILENO);
	CAPTURE(&got, "-");
	ck_assert_int_eq(got.status, CLI_FINE);
	ck_assert_uint_eq(lines(got.out), 40);
	dup2(old, STDIN_FILENO);
	close(old);
}
END_TEST

START_TEST(test_color)
{
	ck_assert_int_eq(setenv("NO_COLOR", "1", 1), 0);
	CAPTURE(&got, snapshot);
	ck_assert_ptr_null(strchr(got.out, '\033'));
	CAPTURE(&got, "--color=always", snapshot);
	ck_assert_ptr_nonnull(strchr(got.out, '\033'));
	ck_assert_int_eq(unsetenv("NO_COLOR"), 0);
	CAPTURE(&got, snapshot); /* no terminal */
	ck_assert_ptr_null(strchr(got.out, '\033'));
	CAPTURE(&got, "--color", "never", snapshot);
	ck_assert_ptr_null(strchr(got.out, '\033'));
}
END_TEST

START_TEST(test_info)
{
	static const char *const parts[] = {
		"snapshot, format 1.0",
		"process   svc[77]  /bin/svc",
		"host      host",
		"on demand",
		"reason    why",
		"clock     x86 TSC",
		"sites     1",
		"threads   2, 2 of them live",
		"first                        100",
		"second                       101",
		"0.000000 s",
	};

	CAPTURE(&got, "--info", snapshot);
	ck_assert_int_eq(got.status, CLI_FINE);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		ck_assert_msg(strstr(got.out, parts[i]) != NULL, "%s is not in\n%s", parts[i], got.out);
}
END_TEST

START_TEST(test_info_of_a_region)
{
	struct build region = { 0 };
	int region_fd;

	build_small_region(&region, 20);
	region_fd = build_file(&region);
	CAPTURE(&got, "--info", build_path(region_fd));
	ck_assert_int_eq(got.status, CLI_FINE);
	ck_assert_ptr_nonnull(strstr(got.out, "black box, layout 1"));
	ck_assert_ptr_nonnull(strstr(got.out, "the process is gone"));
	ck_assert_ptr_nonnull(strstr(got.out, "40 recorded, 40 retained, 0 overwritten"));
	close(region_fd);
	build_free(&region);
}
END_TEST

/* A crash of thread 101 at 0x401234, in a module of which the second frame is outside. */
static void build_crash(struct build *trace)
{
	struct build body = { 0 };

	build_snapshot_header(trace);
	build_process(trace, 77);
	build_clock(trace, TTF_CLOCK_TSC, NULL, 0);
	build_u32(&body, 1);
	build_u32(&body, 0);
	build_u64(&body, 0x400000);
	build_u64(&body, 0x500000);
	build_bytes(&body, "\2\xab\xcd", 3);
	build_string(&body, "/bin/evil\033[2J");
	build_section(trace, TTF_SECTION_MODULES, &body);
	build_free(&body);
	build_thread(trace, 0, 101, "victim");
	build_u32(&body, 101);
	build_u32(&body, 62);
	build_u64(&body, 0x401234);
	build_u64(&body, 0x7fff0000);
	build_u32(&body, 18);
	build_u32(&body, 2);
	build_zeros(&body, TTF_CRASH_SIGINFO_BYTES);
	ttf_store32(body.bytes + TTF_CRASH_SIGINFO, 11);
	ttf_store32(body.bytes + TTF_CRASH_SIGINFO + 8, 1);
	ttf_store64(body.bytes + TTF_CRASH_SIGINFO + 16, 0xdead);
	for (uint64_t i = 0; i < 18; i++)
		build_u64(&body, 0x1100 + i);
	build_u64(&body, 0x401234);
	build_u64(&body, 0x600000);
	build_section(trace, TTF_SECTION_CRASH, &body);
	build_free(&body);
	build_end(trace, 5, 0);
}

START_TEST(test_info_of_a_crash)
{
	static const char *const parts[] = {
		"CRASH of thread 101 victim on x86-64\n",
		"signal 11 SIGSEGV, code 1 SEGV_MAPERR, at address 0xdead\n",
		"pc 0x0000000000401234  sp 0x000000007fff0000\n",
		"   rax 0000000000001100",
		"eflags 0000000000001111",
		"#0   0x0000000000401234  /bin/evil\\x1b[2J+0x1234\n",
		"#1   0x0000000000600000\n",
		"0000000000400000-0000000000500000  /bin/evil\\x1b[2J  build-id abcd\n",
	};
	struct build crash = { 0 };
	int crash_fd;

	build_crash(&crash);
	crash_fd = build_file(&crash);
	CAPTURE(&got, "--info", build_path(crash_fd));
	ck_assert_int_eq(got.status, CLI_FINE);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		ck_assert_msg(strstr(got.out, parts[i]) != NULL, "%s is not in\n%s", parts[i], got.out);
	close(crash_fd);
	build_free(&crash);
}
END_TEST

START_TEST(test_check)
{
	CAPTURE(&got, "--check", snapshot);
	ck_assert_int_eq(got.status, CLI_FINE);
	ck_assert_uint_eq(lines(got.out), 1);
	ck_assert_ptr_nonnull(strstr(got.out, ": fine: 40 of 40 retained events can be read"));
	ck_assert_uint_eq(got.err_bytes, 0);
	ck_assert_ptr_null(strstr(got.out, "gone"));
	ck_assert_int_eq(ftruncate(fd, (off_t)build.count - 10), 0);
	CAPTURE(&got, "--check", snapshot);
	ck_assert_int_eq(got.status, CLI_DAMAGED);
	ck_assert_ptr_nonnull(strstr(got.out, ": gone: tid=? ring=? generation=? seq=? events=? reason=cut"));
	ck_assert_ptr_nonnull(strstr(got.out, ": damaged: "));
	ck_assert_ptr_nonnull(strstr(got.err, ": offset "));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cli");
	TCase *tcase = tcase_create("cli");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_text);
	tcase_add_test(tcase, test_json);
	tcase_add_test(tcase, test_several_files);
	tcase_add_test(tcase, test_filters);
	tcase_add_test(tcase, test_times);
	tcase_add_test(tcase, test_tail_is_the_end);
	tcase_add_test(tcase, test_tail_reports_damage_once);
	tcase_add_test(tcase, test_usage);
	tcase_add_test(tcase, test_help_names_every_option);
	tcase_add_test(tcase, test_what_cannot_be_read);
	tcase_add_test(tcase, test_hostile_name);
	tcase_add_test(tcase, test_output_file);
	tcase_add_test(tcase, test_output_through_a_link);
	tcase_add_test(tcase, test_output_that_fails_leaves_nothing);
	tcase_add_test(tcase, test_reader_that_has_gone);
	tcase_add_test(tcase, test_standard_input);
	tcase_add_test(tcase, test_color);
	tcase_add_test(tcase, test_info);
	tcase_add_test(tcase, test_info_of_a_region);
	tcase_add_test(tcase, test_info_of_a_crash);
	tcase_add_test(tcase, test_check);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
