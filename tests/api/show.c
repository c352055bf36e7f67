/*
 * show.c [OPTIONS] - what came of the TTLOG_* variables and of options, for run.py to look at.
 *
 * Records at every level, makes a snapshot under the default name, raises SIGUSR2 if that was asked for, and prints
 * what is there while the program runs.
 */
#include <dirent.h>
#include <signal.h>
#include <unistd.h>

#define TT_TARGET "api.show"
#include "api.h"

static void show_files(const char *what, const char *path)
{
	DIR *open = path ? opendir(path) : NULL;

	printf("%s", what);
	for (struct dirent *entry = open ? readdir(open) : NULL; entry; entry = readdir(open))
		if (strstr(entry->d_name, ".tt"))
			printf(" %s", entry->d_name);
	putchar('\n');
	if (open)
		closedir(open);
}

static int init(char **argv)
{
	struct tt_options options = { .size = sizeof(options) };

	options.service = argv[0];
	options.dir = argv[1];
	options.blackbox_dir = argv[2];
	options.ring_bytes = (size_t)atol(argv[3]);
	options.max_bytes = (size_t)atol(argv[4]);
	options.clock = argv[5];
	options.filter = argv[6];
	return tt_init(&options);
}

int main(int argc, char **argv)
{
	const char *places = getenv("SHOW_PLACES");

	if (argc == 8)
		printf("init %d\n", init(argv + 1));
	TT_DEBUG("debug");
	TT_INFO("info");
	TT_ERROR("error");
	for (int i = 0; i < 100000; i++)
		TT_ERROR("filler %d", i);
	if (getenv("SHOW_SIGNAL"))
		raise(SIGUSR2);
	else
		printf("snapshot %d\n", tt_snapshot(NULL, NULL));
	printf("recorded %llu\n", (unsigned long long)stats_now().recorded);
	printf("retained %llu\n", (unsigned long long)(stats_now().recorded - stats_now().overwritten));
	printf("region %llu\n", (unsigned long long)stats_now().region_bytes);
	printf("snapshots %llu\n", (unsigned long long)stats_now().snapshots);
	show_files("files", places);
	return 0;
}
