#include "blackbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config.h"
#include "platform/os.h"
#include "process.h"
#include "report.h"
#include "text.h"

#define KEPT 8 /* black boxes of dead processes of one service */
#define NAME_BYTES 160
#define SUFFIX ".ttr"
#define RANDOM_DIGITS 8

static int is_fallback_reported;

/* Our own default directory must be ours alone: another user could have made it first, in a world-writable place. */
static int check_own_directory(const char *path)
{
	struct stat info;

	if (lstat(path, &info) < 0)
		return -errno;
	if (!S_ISDIR(info.st_mode) || info.st_uid != geteuid() || (info.st_mode & 077) != 0)
		return -EPERM;
	return 0;
}

static int make_directory(void)
{
	if (mkdir(config.blackbox_dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	return config.is_own_dir ? check_own_directory(config.blackbox_dir) : 0;
}

/* <dir>/<service>-<pid>-<start time>-<random>.ttr */
static int put_path(char *path, size_t capacity)
{
	struct text text = text_in(path, capacity);

	text_add(&text, config.blackbox_dir);
	text_add(&text, "/");
	text_add(&text, config.service);
	text_add(&text, "-");
	text_add_number(&text, (uint64_t)os_pid());
	text_add(&text, "-");
	text_add_number(&text, process_start_time(os_pid()));
	text_add(&text, "-");
	text_add_hex(&text, os_random() & 0xffffffff, RANDOM_DIGITS);
	text_add(&text, SUFFIX);
	return text.is_cut ? -ENAMETOOLONG : 0;
}

/* A file larger than RLIMIT_FSIZE would kill the program with SIGXFSZ. */
static bool fits_file_limit(uint64_t bytes)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_FSIZE, &limit) < 0 || limit.rlim_cur >= bytes;
}

static int map_file(struct blackbox *map, int fd)
{
	void *base;
	int error = os_truncate(fd, map->bytes);

	if (error == 0)
		error = os_allocate(fd, 0, TTF_PAGE);
	if (error < 0)
		return error;
	base = mmap(NULL, map->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		return -errno;
	map->base = base;
	return 0;
}

static int link_nameless(const struct blackbox *map, int fd)
{
	char from[32];
	struct text text = text_in(from, sizeof(from));

	text_add(&text, "/proc/self/fd/");
	text_add_number(&text, (uint64_t)fd);
	return os_link(from, map->path);
}

static int make_nameless(struct blackbox *map, void (*fill)(void))
{
	int fd = os_open(config.blackbox_dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	int error;

	if (fd < 0)
		return fd;
	error = map_file(map, fd);
	if (error == 0) {
		fill();
		error = link_nameless(map, fd);
		if (error < 0)
			munmap(map->base, map->bytes);
	}
	os_close(fd);
	return error;
}

/* For file systems that cannot do that, and where there is no /proc. */
static int make_named(struct blackbox *map, void (*fill)(void))
{
	int fd = os_open(map->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int error;

	if (fd < 0)
		return fd;
	error = map_file(map, fd);
	if (error == 0)
		fill();
	else
		unlink(map->path);
	os_close(fd);
	return error;
}

static int make_file(struct blackbox *map, void (*fill)(void))
{
	int error;

	if (!fits_file_limit(map->bytes))
		return -EFBIG;
	error = make_directory();
	if (error == 0)
		error = put_path(map->path, sizeof(map->path));
	if (error < 0)
		return error;
	return make_nameless(map, fill) == 0 ? 0 : make_named(map, fill);
}

/* Takes "-<digits>" off *at. */
static bool take_number(const char **at, uint64_t *value)
{
	const char *digit = *at + 1;

	if (**at != '-' || *digit < '0' || *digit > '9')
		return false;
	for (*value = 0; *digit >= '0' && *digit <= '9'; digit++)
		*value = *value * 10 + (uint64_t)(*digit - '0');
	*at = digit;
	return true;
}

/* Exactly what put_path puts behind the numbers: else it is of another service, whose name goes on with digits. */
static bool is_random_end(const char *at)
{
	return *at == '-' && strspn(at + 1, "0123456789abcdef") == RANDOM_DIGITS &&
	       strcmp(at + 1 + RANDOM_DIGITS, SUFFIX) == 0;
}

/* Is it a black box of this service whose process is gone? Then *start is when that had started. */
static bool is_dead(const char *name, uint64_t *start)
{
	size_t service_bytes = strlen(config.service);
	const char *at = name + service_bytes;
	uint64_t pid;

	return strlen(name) < NAME_BYTES && strncmp(name, config.service, service_bytes) == 0 &&
	       take_number(&at, &pid) && take_number(&at, start) && is_random_end(at) && pid <= INT32_MAX &&
	       process_is_gone((pid_t)pid, *start);
}

/* In a directory that others can write to, a name says nothing: theirs could look newer than ours, and drive them out. */
static bool is_ours(int directory, const char *name)
{
	struct stat info;

	return fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode) &&
	       info.st_uid == geteuid();
}

/* The newest black boxes of the dead. Static: it is large, and only the one thread that makes the region is here. */
static struct kept {
	uint64_t start;
	char name[NAME_BYTES];
} kept[KEPT];

/* Takes one more into account, and unlinks the one that is too many. */
static void keep_newest(int directory, int *count, const char *name, uint64_t start)
{
	struct kept *oldest = &kept[0];

	if (*count < KEPT) {
		oldest = &kept[(*count)++];
	} else {
		for (int i = 1; i < KEPT; i++)
			if (kept[i].start < oldest->start)
				oldest = &kept[i];
		if (start < oldest->start) {
			unlinkat(directory, name, 0);
			return;
		}
		unlinkat(directory, oldest->name, 0);
	}
	oldest->start = start;
	memcpy(oldest->name, name, strlen(name) + 1);
}

/* getdents64 itself, since opendir allocates. */
static void clean_directory(void)
{
	static _Alignas(8) char entries[8192];
	int directory = os_open(config.blackbox_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	int count = 0;
	long bytes;

	if (directory < 0)
		return;
	while ((bytes = syscall(SYS_getdents64, directory, entries, sizeof(entries))) > 0) {
		for (long at = 0; at < bytes;) {
			const struct dirent64 *entry = (const struct dirent64 *)(const void *)(entries + at);
			uint64_t start;

			if (is_dead(entry->d_name, &start) && is_ours(directory, entry->d_name))
				keep_newest(directory, &count, entry->d_name, start);
			at += entry->d_reclen;
		}
	}
	os_close(directory);
}

static int make_anonymous(struct blackbox *map, void (*fill)(void))
{
	map->path[0] = '\0';
	map->base = os_map(map->bytes);
	if (!map->base)
		return -ENOMEM;
	fill();
	return 0;
}

int blackbox_make(struct blackbox *map, void (*fill)(void))
{
	int error;

	map->bytes = config.max_bytes;
	if (config.blackbox_dir[0] == '\0')
		return make_anonymous(map, fill);
	error = make_file(map, fill);
	if (error == 0) {
		clean_directory();
		return 0;
	}
	if (make_anonymous(map, fill) < 0)
		return -ENOMEM;
	report_once(&is_fallback_reported, "no black box, recording in memory", config.blackbox_dir, error);
	return 0;
}

int blackbox_use_memory(struct blackbox *map, int why)
{
	if (map->path[0] == '\0')
		return why;
	blackbox_remove(map);
	if (os_map_over(map->base, map->bytes) < 0)
		return why;
	report_once(&is_fallback_reported, "no black box, recording in memory", config.blackbox_dir, why);
	return 0;
}

void blackbox_remove(struct blackbox *map)
{
	if (map->path[0] != '\0')
		unlink(map->path);
	map->path[0] = '\0';
}
