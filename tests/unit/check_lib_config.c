/*
 * check_lib_config.c - what the user asked for: variables over options over defaults, and bad values of both.
 *
 * Variables are read before main, so a test runs this program again, with the variables set and the argument `show`.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/config.h"
#include "../../lib/include/ttlog.h"
#include "lib_sample.h"

static int show(void)
{
	printf("service=%s dir=%s blackbox=%s own=%d ring=%llu max=%llu clock=%d filter=%s crash=%d signal=%d\n",
	       config.service, config.dir, config.blackbox_dir, config.is_own_dir,
	       (unsigned long long)config.ring_bytes, (unsigned long long)config.max_bytes, (int)config.clock,
	       config.has_filter ? config.filter : "-", config.is_crash, config.signo);
	return 0;
}

static void run_mode(const char *mode, const char *variables, char *line, size_t capacity)
{
	/* A program of another machine is run by an emulator, which the shell does not know of. */
	const char *emulator = getenv("EMULATOR");
	char program[PATH_MAX], command[PATH_MAX + 512];
	ssize_t bytes = readlink("/proc/self/exe", program, sizeof(program) - 1);
	FILE *pipe;
	size_t got;

	ck_assert_int_gt(bytes, 0);
	program[bytes] = '\0';
	snprintf(command, sizeof(command), "cd /tmp && env -u XDG_RUNTIME_DIR %s %s '%s' %s 2>&1", variables,
		 emulator ? emulator : "", program, mode);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	got = fread(line, 1, capacity - 1, pipe);
	line[got] = '\0';
	ck_assert_int_eq(pclose(pipe), 0);
}

static void run_shown(const char *variables, char *line, size_t capacity)
{
	run_mode("show", variables, line, capacity);
}

/* Sizes of its own, in a program whose environment may have some, too. */
static int apply(void)
{
	struct tt_options options = { .size = sizeof(options), .ring_bytes = 65536, .max_bytes = 1 << 20 };

	if (config_apply(&options) < 0)
		return 1;
	return show();
}

#define DEFAULT_RING "ring=262144 "

static const struct sample {
	const char *variables;
	const char *shown;
} good[] = {
	{ "A=b", "service=check_lib_config dir=/tmp blackbox=/dev/shm/ttlog-" },
	{ "A=b", " own=1 ring=262144 max=67108864 clock=0 filter=- crash=0 signal=0\n" },
	{ "XDG_RUNTIME_DIR=/run/user/5", " blackbox=/run/user/5/ttlog own=1 " },
	{ "XDG_RUNTIME_DIR=relative", " blackbox=/dev/shm/ttlog-" },
	{ "TTLOG_SERVICE=shop", "service=shop " },
	{ "TTLOG_DIR=/var/x", " dir=/var/x " },
	{ "TTLOG_DIR=x/y", " dir=/tmp/x/y " },
	{ "TTLOG_BLACKBOX_DIR=/var/x", " blackbox=/var/x own=0 " },
	{ "TTLOG_BLACKBOX_DIR=x", " blackbox=/tmp/x own=0 " },
	{ "TTLOG_BLACKBOX_DIR=off", " blackbox= own=0 " },
	{ "TTLOG_RING_BYTES=65536", " ring=65536 " },
	{ "TTLOG_RING_BYTES=64K", " ring=65536 " },
	{ "TTLOG_RING_BYTES=64k", " ring=65536 " },
	{ "TTLOG_RING_BYTES=1M", " ring=1048576 " },
	{ "TTLOG_RING_BYTES=65535", " ring=49152 " },
	{ "TTLOG_MAX_BYTES=1G", " max=1073741824 " },
	{ "TTLOG_MAX_BYTES=1048577", " max=1048576 " },
	{ "TTLOG_CLOCK=tsc", " clock=1 " },
	{ "TTLOG_CLOCK=monotonic", " clock=2 " },
	{ "TTLOG_FILTER=info,net=debug", " filter=info,net=debug " },
	{ "TTLOG_FILTER=", " filter= " },
	{ "TTLOG_CRASH=1", " crash=1 " },
	{ "TTLOG_CRASH=0", " crash=0 " },
	{ "TTLOG_SIGNAL=USR2", " signal=12\n" },
	{ "TTLOG_SIGNAL=SIGUSR2", " signal=12\n" },
	{ "TTLOG_SIGNAL=12", " signal=12\n" },
	{ "TTLOG_SIGNAL=64", " signal=64\n" },
};

START_TEST(takes_good_variables)
{
	char line[4096];

	run_shown(good[_i].variables, line, sizeof(line));
	ck_assert_msg(strstr(line, good[_i].shown) && strncmp(line, "service=", 8) == 0, "%s: %s",
		      good[_i].variables, line);
}
END_TEST

/* Of each the default, after one line that names it. */
static const struct sample bad[] = {
	{ "TTLOG_SERVICE=", "service=check_lib_config " },
	{ "TTLOG_SERVICE=a/b", "service=check_lib_config " },
	{ "TTLOG_SERVICE=../x", "service=check_lib_config " },
	{ "TTLOG_SERVICE=1234567890123456789012345678901234567890123456789012345678901234",
	  "service=check_lib_config " },
	{ "TTLOG_DIR=", " dir=/tmp " },
	{ "TTLOG_BLACKBOX_DIR=", " blackbox=/dev/shm/ttlog-" },
	{ "TTLOG_RING_BYTES=", DEFAULT_RING },
	{ "TTLOG_RING_BYTES=x", DEFAULT_RING },
	{ "TTLOG_RING_BYTES=-1", DEFAULT_RING },
	{ "TTLOG_RING_BYTES=0", DEFAULT_RING },
	{ "TTLOG_RING_BYTES=32767", DEFAULT_RING },
	{ "TTLOG_RING_BYTES=64KB", DEFAULT_RING },
	{ "TTLOG_RING_BYTES=64Q", DEFAULT_RING },
	{ "TTLOG_RING_BYTES=2G", DEFAULT_RING },
	{ "TTLOG_RING_BYTES=99999999999999999999", DEFAULT_RING },
	{ "TTLOG_RING_BYTES=17179869185G", DEFAULT_RING },
	{ "TTLOG_MAX_BYTES=1000", " max=67108864 " },
	{ "TTLOG_MAX_BYTES=2000G", " max=67108864 " },
	{ "TTLOG_CLOCK=sundial", " clock=0 " },
	{ "TTLOG_CLOCK=", " clock=0 " },
	{ "TTLOG_FILTER=net", " filter=- " },
	{ "TTLOG_CRASH=yes", " crash=0 " },
	{ "TTLOG_CRASH=", " crash=0 " },
	{ "TTLOG_CRASH=11", " crash=0 " },
	{ "TTLOG_SIGNAL=", " signal=0\n" },
	{ "TTLOG_SIGNAL=KILL", " signal=0\n" },
	{ "TTLOG_SIGNAL=19", " signal=0\n" },
	{ "TTLOG_SIGNAL=0", " signal=0\n" },
	{ "TTLOG_SIGNAL=65", " signal=0\n" },
	{ "TTLOG_SIGNAL=12x", " signal=0\n" },
	{ "TTLOG_SIGNAL=4294967308", " signal=0\n" },
	{ "TTLOG_SIGNAL=USR3", " signal=0\n" },
};

START_TEST(reports_bad_variables)
{
	char line[4096], name[64];
	const char *shown;

	snprintf(name, sizeof(name), "%.*s=", (int)strcspn(bad[_i].variables, "="), bad[_i].variables);
	run_shown(bad[_i].variables, line, sizeof(line));
	shown = strchr(line, '\n');
	ck_assert_msg(shown && strncmp(line, "ttlog: ", 7) == 0 && strstr(line, name), "%s: %s",
		      bad[_i].variables, line);
	ck_assert_msg(strncmp(shown + 1, "service=", 8) == 0 && strstr(shown, bad[_i].shown), "%s: %s",
		      bad[_i].variables, line);
}
END_TEST

START_TEST(applies_options)
{
	struct tt_options options = { .size = sizeof(options),
				      .service = "shop",
				      .dir = "/a",
				      .blackbox_dir = "off",
				      .ring_bytes = 65536,
				      .max_bytes = 1 << 20,
				      .clock = "monotonic",
				      .filter = "warn" };

	ck_assert_int_eq(config_apply(&options), 0);
	ck_assert_str_eq(config.service, "shop");
	ck_assert_str_eq(config.dir, "/a");
	ck_assert_str_eq(config.blackbox_dir, "");
	ck_assert_uint_eq(config.ring_bytes, 65536);
	ck_assert_uint_eq(config.max_bytes, 1 << 20);
	ck_assert_int_eq(config.clock, CONFIG_CLOCK_MONOTONIC);
	ck_assert(config.has_filter);
	ck_assert_str_eq(config.filter, "warn");
}
END_TEST

/* Who runs the program knows better than who wrote it. */
START_TEST(prefers_variables)
{
	char line[4096];

	run_mode("apply", "A=b", line, sizeof(line));
	ck_assert_ptr_nonnull(strstr(line, " ring=65536 max=1048576 "));
	run_mode("apply", "TTLOG_RING_BYTES=128K TTLOG_MAX_BYTES=2M", line, sizeof(line));
	ck_assert_ptr_nonnull(strstr(line, " ring=131072 max=2097152 "));
}
END_TEST

static const struct tt_options wrong_options[] = {
	{ .size = 0 },
	{ .size = sizeof(struct tt_options) - 1 },
	{ .size = sizeof(struct tt_options), .service = "" },
	{ .size = sizeof(struct tt_options), .service = "a/b" },
	{ .size = sizeof(struct tt_options), .service = "ok", .dir = "" },
	{ .size = sizeof(struct tt_options), .service = "ok", .blackbox_dir = "" },
	{ .size = sizeof(struct tt_options), .service = "ok", .ring_bytes = 1 },
	{ .size = sizeof(struct tt_options), .service = "ok", .ring_bytes = SIZE_MAX },
	{ .size = sizeof(struct tt_options), .service = "ok", .max_bytes = 1 },
	{ .size = sizeof(struct tt_options), .service = "ok", .max_bytes = SIZE_MAX },
	{ .size = sizeof(struct tt_options), .service = "ok", .clock = "sundial" },
	{ .size = sizeof(struct tt_options), .service = "ok", .filter = "=" },
};

/* After an error nothing has changed, also not what stood before the wrong value. */
START_TEST(refuses_wrong_options)
{
	static struct config before;

	before = config;
	ck_assert_int_eq(config_apply(&wrong_options[_i]), -EINVAL);
	ck_assert_mem_eq(&before, &config, sizeof(config));
}
END_TEST

/* A larger struct of a newer header is taken; what it does not say stays. */
START_TEST(takes_larger_options)
{
	static struct config before;
	struct tt_options options = { .size = sizeof(options) + 64 };

	before = config;
	ck_assert_int_eq(config_apply(&options), 0);
	ck_assert_mem_eq(&before, &config, sizeof(config));
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite;
	TCase *tests;

	if (argc > 1 && strcmp(argv[1], "show") == 0)
		return show();
	if (argc > 1 && strcmp(argv[1], "apply") == 0)
		return apply();
	suite = suite_create("lib_config");
	tests = tcase_create("config");
	tcase_add_loop_test(tests, takes_good_variables, 0, sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(tests, reports_bad_variables, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tests, applies_options);
	tcase_add_test(tests, prefers_variables);
	tcase_add_loop_test(tests, refuses_wrong_options, 0,
			    sizeof(wrong_options) / sizeof(wrong_options[0]));
	tcase_add_test(tests, takes_larger_options);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
