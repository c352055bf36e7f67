#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "include/ttlog.h"
#include "filter.h"
#include "platform/os.h"
#include "process.h"
#include "report.h"
#include "text.h"

struct config config;

/* Which values the environment has set: options do not change these. */
static bool is_from_environment[16];

static int set_string(char *to, size_t capacity, const char *value)
{
	struct text text = text_in(to, capacity);

	text_add(&text, value);
	return text.is_cut ? -EINVAL : 0;
}

static int set_service(struct config *to, const char *value)
{
	if (value[0] == '\0' || value[0] == '.' || strchr(value, '/'))
		return -EINVAL;
	return set_string(to->service, sizeof(to->service), value);
}

/* A directory's absolute name: the program may change its working directory later. */
static int set_directory(char *to, size_t capacity, const char *value)
{
	struct text text = text_in(to, capacity);

	if (value[0] == '\0')
		return -EINVAL;
	if (value[0] != '/') {
		if (!getcwd(to, capacity))
			return -errno;
		text.bytes = strlen(to);
		text_add(&text, "/");
	}
	text_add(&text, value);
	return text.is_cut ? -EINVAL : 0;
}

static int set_dir(struct config *to, const char *value)
{
	return set_directory(to->dir, sizeof(to->dir), value);
}

static int set_blackbox_dir(struct config *to, const char *value)
{
	to->is_own_dir = false;
	if (strcmp(value, "off") == 0) {
		to->blackbox_dir[0] = '\0';
		return 0;
	}
	return set_directory(to->blackbox_dir, sizeof(to->blackbox_dir), value);
}

/* "256K" and the like. */
static int parse_bytes(const char *value, uint64_t *bytes)
{
	char *end;
	unsigned long long number;
	unsigned shift = 0;

	if (*value < '0' || *value > '9')
		return -EINVAL;
	errno = 0;
	number = strtoull(value, &end, 10);
	if (errno != 0)
		return -EINVAL;
	if (*end == 'K' || *end == 'k')
		shift = 10;
	else if (*end == 'M' || *end == 'm')
		shift = 20;
	else if (*end == 'G' || *end == 'g')
		shift = 30;
	if (end[shift > 0] != '\0' || number > TTF_REGION_BYTES_MAX >> shift)
		return -EINVAL;
	*bytes = number << shift;
	return 0;
}

static int use_ring_bytes(struct config *to, uint64_t bytes)
{
	if (bytes < CONFIG_SMALL_RING_BYTES || bytes > (uint64_t)CONFIG_CHUNK_BYTES * TTF_RING_CHUNKS_MAX)
		return -EINVAL;
	to->ring_bytes = bytes / CONFIG_CHUNK_BYTES * CONFIG_CHUNK_BYTES;
	return 0;
}

static int use_max_bytes(struct config *to, uint64_t bytes)
{
	if (bytes < 16 * CONFIG_CHUNK_BYTES || bytes > TTF_REGION_BYTES_MAX)
		return -EINVAL;
	to->max_bytes = bytes / TTF_PAGE * TTF_PAGE;
	return 0;
}

static int set_ring_bytes(struct config *to, const char *value)
{
	uint64_t bytes;

	return parse_bytes(value, &bytes) < 0 ? -EINVAL : use_ring_bytes(to, bytes);
}

static int set_max_bytes(struct config *to, const char *value)
{
	uint64_t bytes;

	return parse_bytes(value, &bytes) < 0 ? -EINVAL : use_max_bytes(to, bytes);
}

static int set_clock(struct config *to, const char *value)
{
	if (strcmp(value, "tsc") == 0)
		to->clock = CONFIG_CLOCK_TSC;
	else if (strcmp(value, "monotonic") == 0)
		to->clock = CONFIG_CLOCK_MONOTONIC;
	else if (strcmp(value, "adaptive") == 0)
		to->clock = CONFIG_CLOCK_ADAPTIVE;
	else
		return -EINVAL;
	return 0;
}

static int set_filter(struct config *to, const char *value)
{
	if (filter_check(value) < 0)
		return -EINVAL;
	to->has_filter = true;
	return set_string(to->filter, sizeof(to->filter), value);
}

static int set_crash(struct config *to, const char *value)
{
	if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
		return -EINVAL;
	to->is_crash = value[0] == '1';
	return 0;
}

static int set_signal(struct config *to, const char *value)
{
	const char *name = strncmp(value, "SIG", 3) == 0 ? value + 3 : value;

	to->signo = 0;
	for (int signo = 1; signo <= SIGRTMAX; signo++) {
		const char *known = sigabbrev_np(signo);
		char digits[8];
		struct text number = text_in(digits, sizeof(digits));

		text_add_number(&number, (uint64_t)signo);
		if (strcmp(digits, name) == 0 || (known && strcmp(known, name) == 0))
			to->signo = signo;
	}
	return to->signo == 0 || to->signo == SIGKILL || to->signo == SIGSTOP ? -EINVAL : 0;
}

static const struct variable {
	const char *name;
	int (*set)(struct config *to, const char *value);
} variables[] = {
	{ "TTLOG_SERVICE", set_service },
	{ "TTLOG_DIR", set_dir },
	{ "TTLOG_BLACKBOX_DIR", set_blackbox_dir },
	{ "TTLOG_RING_BYTES", set_ring_bytes },
	{ "TTLOG_MAX_BYTES", set_max_bytes },
	{ "TTLOG_CLOCK", set_clock },
	{ "TTLOG_FILTER", set_filter },
	{ "TTLOG_CRASH", set_crash },
	{ "TTLOG_SIGNAL", set_signal },
};

static bool is_set(int (*set)(struct config *, const char *))
{
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		if (variables[i].set == set)
			return is_from_environment[i];
	return false;
}

/* An option counts only where the environment is silent. */
static int set_under(struct config *to, int (*set)(struct config *, const char *), const char *value)
{
	return value == NULL || is_set(set) ? 0 : set(to, value);
}

static void default_service(struct config *to)
{
	const char *slash = strrchr(process.exe, '/');
	struct text text = text_in(to->service, sizeof(to->service));

	text_add(&text, slash && slash[1] != '\0' ? slash + 1 : "program");
}

static void default_blackbox_dir(struct config *to)
{
	struct text text = text_in(to->blackbox_dir, sizeof(to->blackbox_dir));
	const char *runtime = getauxval(AT_SECURE) ? NULL : getenv("XDG_RUNTIME_DIR");

	to->is_own_dir = true;
	if (runtime && runtime[0] == '/') {
		text_add(&text, runtime);
		text_add(&text, "/ttlog");
	} else {
		text_add(&text, "/dev/shm/ttlog-");
		text_add_number(&text, geteuid());
	}
	if (text.is_cut)
		to->blackbox_dir[0] = '\0';
}

void config_load(void)
{
	static bool is_loaded;

	if (is_loaded)
		return;
	is_loaded = true;
	process_load();
	default_service(&config);
	default_blackbox_dir(&config);
	if (!getcwd(config.dir, sizeof(config.dir)))
		set_string(config.dir, sizeof(config.dir), "/");
	config.ring_bytes = 256 * 1024;
	config.max_bytes = 64 * 1024 * 1024;
	if (getauxval(AT_SECURE))
		return;
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		const char *value = getenv(variables[i].name);
		struct config changed = config;

		if (!value)
			continue;
		if (variables[i].set(&changed, value) < 0) {
			char line[256];
			struct text text = text_in(line, sizeof(line));

			text_add(&text, variables[i].name);
			text_add(&text, "=");
			text_add(&text, value);
			report("ignored, using the default", line, EINVAL);
			continue;
		}
		config = changed;
		is_from_environment[i] = true;
	}
}

int config_apply(const struct tt_options *options)
{
	struct config changed = config;

	if (options->size < sizeof(*options))
		return -EINVAL;
	if (set_under(&changed, set_service, options->service) < 0 ||
	    set_under(&changed, set_dir, options->dir) < 0 ||
	    set_under(&changed, set_blackbox_dir, options->blackbox_dir) < 0 ||
	    set_under(&changed, set_clock, options->clock) < 0 ||
	    set_under(&changed, set_filter, options->filter) < 0)
		return -EINVAL;
	if (options->ring_bytes != 0 && !is_set(set_ring_bytes) &&
	    use_ring_bytes(&changed, options->ring_bytes) < 0)
		return -EINVAL;
	if (options->max_bytes != 0 && !is_set(set_max_bytes) &&
	    use_max_bytes(&changed, options->max_bytes) < 0)
		return -EINVAL;
	config = changed;
	return 0;
}
