/*
 * index.c - the index: a hash table that at most two thirds of the slots fill, linear probing, no removal.
 */
#define TT_TARGET "demo.index"
#include <ttlog.h>

#include "index.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fnv.h"

#define SLOTS_MIN 256u

void index_destroy(struct index *index)
{
	for (size_t i = 0; i < index->slot_count; i++)
		file_free(index->slots[i]);
	free(index->slots);
}

/* The slot of this path: the one that holds it, or the free one where it belongs. */
static struct file **find(struct file **slots, size_t slot_count, const char *path)
{
	size_t i = (size_t)fnv_add(FNV_START, path, strlen(path)) & (slot_count - 1);

	while (slots[i] && strcmp(slots[i]->path, path) != 0)
		i = (i + 1) & (slot_count - 1);
	return &slots[i];
}

static int grow(struct index *index)
{
	size_t slot_count = index->slot_count ? 2 * index->slot_count : SLOTS_MIN;
	struct file **slots = calloc(slot_count, sizeof(struct file *));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < index->slot_count; i++) {
		if (index->slots[i])
			*find(slots, slot_count, index->slots[i]->path) = index->slots[i];
	}
	TT_DEBUG("index grows from %zu to %zu slots at %zu files", index->slot_count, slot_count,
		 index->file_count);
	free(index->slots);
	index->slots = slots;
	index->slot_count = slot_count;
	return 0;
}

static void replace(struct index *index, struct file **slot, struct file *file)
{
	struct file *old = *slot;

	if (old->checksum != file->checksum)
		TT_INFO("%s has changed: checksum %016" PRIx64 " before, %016" PRIx64 " now", file->path,
			old->checksum, file->checksum);
	index->in_bytes -= old->in_bytes;
	index->out_bytes -= old->out_bytes;
	file_free(old);
	*slot = file;
}

int index_put(struct index *index, struct file *file)
{
	struct file **slot;

	if (3 * index->file_count >= 2 * index->slot_count) {
		int result = grow(index);

		if (result < 0)
			return result;
	}
	slot = find(index->slots, index->slot_count, file->path);
	if (*slot) {
		replace(index, slot, file);
	} else {
		*slot = file;
		index->file_count++;
	}
	index->in_bytes += file->in_bytes;
	index->out_bytes += file->out_bytes;
	TT_TRACE("index %s: checksum %016" PRIx64 ", %zu files in the index", file->path, file->checksum,
		 index->file_count);
	return 0;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp((*(struct file *const *)a)->path, (*(struct file *const *)b)->path);
}

/* The files ordered by path, to be freed by the caller (not the files), or NULL. */
static struct file **sorted(const struct index *index)
{
	struct file **files = calloc(index->file_count + 1, sizeof(struct file *));
	size_t count = 0;

	if (!files)
		return NULL;
	for (size_t i = 0; i < index->slot_count; i++) {
		if (index->slots[i])
			files[count++] = index->slots[i];
	}
	qsort(files, count, sizeof(struct file *), compare_paths);
	return files;
}

/* Whether it was written; if not, errno says why. */
static bool write_line(FILE *out, const struct file *file)
{
	fprintf(out, "%016" PRIx64 " %12" PRIu64 " %12" PRIu64 " %6u ", file->checksum, file->in_bytes,
		file->out_bytes, file->block_count);
	for (const char *at = file->path; *at; at++) {
		unsigned char byte = (unsigned char)*at;

		if (byte < ' ' || byte == 0x7f || byte == '\\')
			fprintf(out, "\\x%02x", byte);
		else
			putc(byte, out);
	}
	putc('\n', out);
	return !ferror(out);
}

/* 0 or -errno. */
static int write_lines(struct file *const *files, const char *path)
{
	FILE *out = fopen(path, "we");
	int result = 0;

	if (!out)
		return -errno;
	while (*files && result == 0) {
		if (!write_line(out, *files++))
			result = -errno;
	}
	if (fclose(out) != 0 && result == 0)
		result = -errno;
	return result;
}

int index_write(const struct index *index, const char *path)
{
	struct file **files = sorted(index);
	int result = files ? write_lines(files, path) : -ENOMEM;

	free(files);
	if (result < 0) {
		errno = -result;
		TT_ERROR("cannot write the index to %s: %m", path);
	} else {
		TT_INFO("wrote the index of %zu files to %s", index->file_count, path);
	}
	return result;
}
