#include "core_file.h"

#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/resource.h>
#include <unistd.h>

#define NOTES_BYTES_MAX 65536u

const char *core_file_unavailable(void)
{
	static char why[256];
	char pattern[128] = "";
	FILE *file = fopen("/proc/sys/kernel/core_pattern", "r");
	struct rlimit limit;

	if (!file || !fgets(pattern, sizeof(pattern), file))
		pattern[0] = '\0';
	if (file)
		fclose(file);
	pattern[strcspn(pattern, "\n")] = '\0';
	if (pattern[0] == '\0' || strchr(pattern, '/') || strncmp(pattern, "core", 4) != 0) {
		snprintf(why, sizeof(why), "the kernel's core_pattern is \"%s\"", pattern);
		return why;
	}
	if (getrlimit(RLIMIT_CORE, &limit) < 0 || limit.rlim_max != RLIM_INFINITY)
		return "the hard limit of core files is not unlimited";
	return NULL;
}

static void take_status(struct core_file *core, const char *data)
{
#if defined(__x86_64__)
	struct elf_prstatus status;
	unsigned long long registers[27]; /* struct user_regs_struct */

	memcpy(&status, data, sizeof(status));
	memcpy(registers, &status.pr_reg, sizeof(registers));
	if (core->has_pc) /* the first is the thread that died */
		return;
	core->has_pc = 1;
	core->pc = registers[16];
#else
	(void)core;
	(void)data;
#endif
}

static void take_note(struct core_file *core, const Elf64_Nhdr *note, const char *data)
{
	if (note->n_type == NT_SIGINFO && note->n_descsz >= sizeof(siginfo_t)) {
		siginfo_t info;

		memcpy(&info, data, sizeof(info));
		core->signo = info.si_signo;
		core->code = info.si_code;
		core->address = (uintptr_t)info.si_addr;
	}
	if (note->n_type == NT_PRSTATUS && note->n_descsz >= sizeof(struct elf_prstatus))
		take_status(core, data);
}

static void take_notes(struct core_file *core, const char *notes, size_t bytes)
{
	size_t at = 0;

	while (at + sizeof(Elf64_Nhdr) <= bytes) {
		Elf64_Nhdr note;
		size_t data;

		memcpy(&note, notes + at, sizeof(note));
		data = at + sizeof(note) + (note.n_namesz + 3u) / 4 * 4;
		at = data + (note.n_descsz + 3u) / 4 * 4;
		if (at > bytes)
			return;
		take_note(core, &note, notes + data);
	}
}

int core_file_read(const char *path, struct core_file *core)
{
	static char notes[NOTES_BYTES_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	Elf64_Ehdr header;
	Elf64_Phdr segment;

	memset(core, 0, sizeof(*core));
	if (fd < 0)
		return -1;
	if (pread(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header) || header.e_type != ET_CORE)
		header.e_phnum = 0;
	for (unsigned i = 0; i < header.e_phnum; i++) {
		size_t bytes;

		if (pread(fd, &segment, sizeof(segment), (off_t)(header.e_phoff + i * sizeof(segment))) !=
			    (ssize_t)sizeof(segment) ||
		    segment.p_type != PT_NOTE)
			continue;
		bytes = segment.p_filesz < sizeof(notes) ? segment.p_filesz : sizeof(notes);
		if (pread(fd, notes, bytes, (off_t)segment.p_offset) == (ssize_t)bytes)
			take_notes(core, notes, bytes);
	}
	close(fd);
	return core->signo != 0 ? 0 : -1;
}
