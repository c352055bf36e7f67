#include "modules.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>

#include "platform/os.h"

#if __SIZEOF_POINTER__ == 8
typedef Elf64_Ehdr elf_header;
typedef Elf64_Phdr elf_segment;
typedef Elf64_Nhdr elf_note;
#else
typedef Elf32_Ehdr elf_header;
typedef Elf32_Phdr elf_segment;
typedef Elf32_Nhdr elf_note;
#endif

#define SEGMENTS_MAX 64

static int next_byte(struct modules *modules)
{
	if (modules->at == modules->bytes) {
		int64_t got = os_read(modules->fd, modules->buffer, sizeof(modules->buffer));

		if (got <= 0)
			return -1;
		modules->bytes = (uint32_t)got;
		modules->at = 0;
	}
	return (unsigned char)modules->buffer[modules->at++];
}

/* One line without its end; what is too long is cut. False at the end of the file. */
static bool read_line(struct modules *modules)
{
	char *line = modules->line;
	size_t bytes = 0;
	int byte = next_byte(modules);

	if (byte < 0)
		return false;
	for (; byte >= 0 && byte != '\n'; byte = next_byte(modules))
		if (bytes + 1 < MODULES_LINE_BYTES)
			line[bytes++] = (char)byte;
	line[bytes] = '\0';
	return true;
}

static uint64_t take_hex(const char **at)
{
	uint64_t value = 0;

	for (;; ++*at) {
		char c = **at;

		if (c >= '0' && c <= '9')
			value = value * 16 + (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value * 16 + (uint64_t)(c - 'a' + 10);
		else
			return value;
	}
}

/* "base-end perms offset dev inode  /path". False: not a mapped file. */
static bool parse_line(const char *line, struct module_info *info)
{
	const char *at = line, *path = strchr(line, '/');
	size_t bytes;

	if (!path)
		return false;
	info->base = take_hex(&at);
	at += *at == '-';
	info->end = take_hex(&at);
	bytes = strnlen(path, sizeof(info->path) - 1);
	memcpy(info->path, path, bytes);
	info->path[bytes] = '\0';
	return true;
}

/* Reads the next mapping of a file into `ahead`, unless it is there. */
static bool read_ahead(struct modules *modules)
{
	while (!modules->is_line_read && read_line(modules))
		modules->is_line_read = parse_line(modules->line, &modules->ahead);
	return modules->is_line_read;
}

/* Looks for the GNU build-id among the notes. */
static void take_build_id(const char *notes, size_t bytes, struct module_info *info)
{
	size_t at = 0;

	while (at + sizeof(elf_note) <= bytes) {
		elf_note note;
		size_t name, description;

		memcpy(&note, notes + at, sizeof(note));
		name = at + sizeof(note);
		if (note.n_namesz > bytes || note.n_descsz > bytes)
			return;
		description = name + (note.n_namesz + 3u) / 4 * 4;
		at = description + (note.n_descsz + 3u) / 4 * 4;
		if (at > bytes)
			return;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    memcmp(notes + name, "GNU", 4) == 0 && note.n_descsz <= TTF_BUILD_ID_MAX) {
			info->build_id_bytes = (uint8_t)note.n_descsz;
			memcpy(info->build_id, notes + description, note.n_descsz);
			return;
		}
	}
}

/* The file's first page is mapped at its base, if it is a program or a library. False: it is neither. */
static bool read_elf(struct modules *modules, struct module_info *info)
{
	elf_header header;
	elf_segment segment;
	char *notes = modules->notes;

	info->build_id_bytes = 0;
	if (os_read_memory((const void *)(uintptr_t)info->base, &header, sizeof(header)) < 0 ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_phentsize != sizeof(segment))
		return false;
	for (unsigned i = 0; i < header.e_phnum && i < SEGMENTS_MAX; i++) {
		uint64_t at = info->base + header.e_phoff + i * sizeof(segment);
		size_t bytes;

		if (os_read_memory((const void *)(uintptr_t)at, &segment, sizeof(segment)) < 0)
			break;
		bytes = segment.p_filesz < MODULES_NOTES_BYTES ? segment.p_filesz : MODULES_NOTES_BYTES;
		if (segment.p_type == PT_NOTE && info->build_id_bytes == 0 &&
		    os_read_memory((const void *)(uintptr_t)(info->base + segment.p_offset), notes, bytes) ==
			    0)
			take_build_id(notes, bytes, info);
	}
	return true;
}

int modules_begin(struct modules *modules)
{
	modules->fd = os_open("/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
	modules->bytes = modules->at = 0;
	modules->is_line_read = false;
	return modules->fd < 0 ? modules->fd : 0;
}

bool modules_next(struct modules *modules, struct module_info *info)
{
	while (read_ahead(modules)) {
		*info = modules->ahead;
		modules->is_line_read = false;
		while (read_ahead(modules) && strcmp(modules->ahead.path, info->path) == 0) {
			info->end = modules->ahead.end;
			modules->is_line_read = false;
		}
		if (read_elf(modules, info))
			return true;
	}
	return false;
}

void modules_end(struct modules *modules)
{
	os_close(modules->fd);
}
