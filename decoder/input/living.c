#include "living.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/region.h"
#include "mapped_file.h"
#include "memory.h"

#define NAMES_MAX 33u /* the kernel nests so many namespaces, and the one that we see */

/* A line of /proc/PID/maps. */
struct mapping {
	uint64_t from;
	uint64_t to;
	bool is_writable;
	dev_t device;
	ino_t inode; /* 0: no file */
	const char *path;
};

static bool parse(char *line, struct mapping *mapping)
{
	unsigned major_number, minor_number;
	char rights[8];
	unsigned long inode;
	int path_at = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*x %x:%x %lu %n", &mapping->from, &mapping->to, rights,
		   &major_number, &minor_number, &inode, &path_at) < 6 ||
	    path_at == 0 || mapping->from >= mapping->to)
		return false;
	line[strcspn(line, "\n")] = '\0';
	mapping->is_writable = rights[0] == 'r' && rights[1] == 'w';
	mapping->device = makedev(major_number, minor_number);
	mapping->inode = inode;
	mapping->path = line + path_at;
	return true;
}

struct search {
	struct living *living;
	uint32_t pid;
	uint32_t pids[NAMES_MAX]; /* what it is called in the pid namespaces that it is in, innermost last */
	unsigned pid_count;
	const struct source *memory; /* all of it */
	bool is_denied;
};

/* What it is called in other namespaces: as it sees itself it stands in its region. */
static void find_pids(struct search *search)
{
	char path[32];
	char line[512];
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/status", search->pid);
	status = fopen(path, "re");
	search->pids[search->pid_count++] = search->pid;
	while (status != NULL && fgets(line, sizeof(line), status) != NULL) {
		char *at = strncmp(line, "NSpid:", 6) == 0 ? strtok(line + 6, "\t\n") : NULL;

		for (; at != NULL && search->pid_count < NAMES_MAX; at = strtok(NULL, "\t\n"))
			search->pids[search->pid_count++] = (uint32_t)strtoul(at, NULL, 10);
	}
	if (status != NULL)
		fclose(status);
}

/* A forked child has its parent's region mapped, too. Of a damaged header nobody knows. */
static bool is_own(const struct search *search, const uint8_t *header)
{
	uint32_t pid = ttf_load32(header + TTF_REGION_PID);

	if (ttf_load32(header + TTF_REGION_HEADER_CRC) != ttf_region_crc(header))
		return true;
	for (unsigned i = 0; i < search->pid_count; i++)
		if (search->pids[i] == pid)
			return true;
	return false;
}

/* Whether a region of the process's own begins there; *bytes is then how large it says that it is. */
static bool is_region(const struct search *search, const struct source *source, uint64_t at, uint64_t *bytes)
{
	uint8_t header[TTF_REGION_IDENTITY];

	if (source_read(source, at, header, 8) != 0 ||
	    ttf_load64(header) != ttf_magic(TTF_REGION_MAGIC_MASKED) ||
	    source_read(source, at, header, sizeof(header)) != 0 || !is_own(search, header))
		return false;
	*bytes = ttf_load64(header + TTF_REGION_BYTES);
	return true;
}

/* The place for one more; NULL: there are too many. */
static struct source *next_place(const struct search *search)
{
	return search->living->count < LIVING_REGIONS_MAX ? &search->living->regions[search->living->count]
							  : NULL;
}

/* A file that is a region is read as such: for that no permission to look into memory is needed. */
static bool add_file(struct search *search, const struct mapping *mapping)
{
	struct source *region = next_place(search);
	uint64_t bytes;

	if (mapping->inode == 0 || region == NULL ||
	    mapped_file_open(region, search->pid, mapping->path, mapping->device, mapping->inode,
			     search->memory->name) != 0)
		return false;
	if (is_region(search, region, 0, &bytes)) {
		search->living->count++;
		return true;
	}
	source_close(region);
	return false;
}

/* A region in memory, at an offset of its mapping: as large as it says, or as far as the mapping goes. */
static int add_memory(struct search *search, const struct source *mapped, uint64_t at, uint64_t bytes)
{
	struct source *region = next_place(search);
	int error;

	if (region == NULL)
		return 0;
	if (bytes > mapped->bytes - at)
		bytes = mapped->bytes - at;
	error = memory_open(region, search->pid, mapped->address + at, bytes, mapped->name);
	search->living->count += error == 0;
	return error;
}

/* Looks at the first word of each page that is there. */
static int search_memory(struct search *search, const struct mapping *mapping)
{
	struct source mapped = *search->memory;
	uint64_t at, bytes;
	int failure = 0;
	int error = 0;

	mapped.address = mapping->from;
	mapped.bytes = mapping->to - mapping->from;
	mapped.failure = &failure;
	if (mapped.bytes > TTF_REGION_BYTES_MAX)
		mapped.bytes = TTF_PAGE; /* a sanitizer's shadow and the like would take a while */
	for (at = source_next_data(&mapped, 0); at < mapped.bytes && error == 0 && failure == 0;
	     at = source_next_data(&mapped, at + TTF_PAGE))
		if (is_region(search, &mapped, at, &bytes))
			error = add_memory(search, &mapped, at, bytes);
	search->is_denied = search->is_denied || failure == -EPERM;
	return error != 0 || failure == -EPERM ? error : failure;
}

static int search_all(struct search *search, FILE *maps)
{
	struct mapping mapping;
	char *line = NULL;
	size_t room = 0;
	int error = 0;
	bool is_empty = true;

	while (error == 0 && getline(&line, &room, maps) > 0) {
		is_empty = false;
		if (parse(line, &mapping) && mapping.is_writable && !add_file(search, &mapping))
			error = search_memory(search, &mapping);
	}
	free(line);
	if (is_empty)
		return -ENXIO;
	return error == 0 && search->living->count == 0 && search->is_denied ? -EPERM : error;
}

int living_open(struct living *living, uint32_t pid, const char *name)
{
	struct source memory;
	char path[32];
	FILE *maps;
	int error;

	*living = (struct living){ .count = 0 };
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/maps", pid);
	maps = fopen(path, "re");
	if (maps == NULL)
		return errno == ENOENT ? -ESRCH : errno == EACCES ? -EPERM : -errno;
	error = memory_open(&memory, pid, 0, UINT64_MAX, name);
	if (error == -ESRCH)
		error = -ENXIO; /* it was there just now */
	if (error == 0) {
		struct search search = { .living = living, .pid = pid, .memory = &memory };

		find_pids(&search);
		error = search_all(&search, maps);
		source_close(&memory);
	}
	fclose(maps);
	while (error != 0 && living->count > 0)
		source_close(&living->regions[--living->count]);
	return error;
}
