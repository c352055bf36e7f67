#include "trace_file.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>

#include "../../decoder/reader/load.h"
#include "../../decoder/reader/merge.h"

static void note_damage(struct damage *damage, const char *path, uint64_t offset, const char *what)
{
	struct trace_file *file =
		(struct trace_file *)(void *)((char *)damage - offsetof(struct trace_file, damage));
	bool is_change = strstr(what, "its header was being changed") != NULL;

	(void)path;
	file->change_count += is_change;
	if (file->first_damage[0] == '\0' || !is_change)
		snprintf(file->first_damage, sizeof(file->first_damage), "offset %llu: %s",
			 (unsigned long long)offset, what);
}

int trace_file_read(struct trace_file *file, const char *path,
		    void (*each)(void *user, const struct event *event), void *user)
{
	struct merge merge;
	struct event *event;
	int error;

	memset(file, 0, sizeof(*file));
	file->damage.report = note_damage;
	error = load_trace(&file->trace, path, 0, &file->damage);
	if (error < 0)
		return error;
	error = merge_open(&merge, &file->trace, 1, 0, NULL);
	while (error == 0) {
		error = merge_next(&merge, &event);
		if (error < 0 || !event)
			break;
		event_decode(event);
		file->mono_ns = merge.top->mono_ns;
		each(user, event);
	}
	merge_close(&merge);
	if (error < 0)
		trace_close(&file->trace, NULL);
	return error;
}

void trace_file_close(struct trace_file *file)
{
	trace_close(&file->trace, NULL);
}

unsigned trace_file_find(const char *directory, const char *part, char *path, size_t capacity)
{
	DIR *entries = opendir(directory);
	struct dirent *entry;
	unsigned count = 0;

	while (entries && (entry = readdir(entries))) {
		if (!strstr(entry->d_name, part))
			continue;
		snprintf(path, capacity, "%s/%s", directory, entry->d_name);
		count++;
	}
	if (entries)
		closedir(entries);
	return count;
}

static int clear_one(const char *path, const struct stat *info, int type, struct FTW *where)
{
	(void)info;
	(void)type;
	(void)where;
	remove(path);
	return 0;
}

void trace_file_clear(const char *directory)
{
	nftw(directory, clear_one, 16, FTW_DEPTH | FTW_PHYS);
}
