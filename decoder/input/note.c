#include "note.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../format-spec/twin/bytes.h"

#define NAME_BYTES_MAX 64u
#define NOTE_BYTES_MAX ((uint32_t)16 << 20) /* the most that the kernel can be told to write */

/* struct elf_prstatus and elf_prpsinfo of 64-bit Linux. */
#define STATUS_SIGNAL 12u
#define STATUS_TID 32u
#define STATUS_REGISTERS 112u
#define PSINFO_PID 24u

/* Where the snapshot's registers (format-spec/snapshot.md, CRASH) stand among those of the kernel. */
static const uint8_t order_x86_64[] = { 10, 5, 11, 12, 13, 14, 4, 19, 9, 8, 7, 6, 3, 2, 1, 0, 16, 18 };
#define PLACE_PC_X86_64 16u
#define PLACE_SP_X86_64 7u
#define COUNT_AARCH64 34u
#define PLACE_SP_AARCH64 31u
#define PLACE_PC_AARCH64 32u

static uint64_t word(const uint8_t *registers, uint32_t index)
{
	return ttf_load64(registers + index * 8u);
}

static void take_registers(struct core_process *process, const uint8_t *registers, size_t bytes)
{
	bool is_x86_64 = process->machine == EM_X86_64 && bytes >= 27 * 8;
	bool is_aarch64 = process->machine == EM_AARCH64 && bytes >= COUNT_AARCH64 * 8;

	process->register_count = is_x86_64 ? sizeof(order_x86_64) : is_aarch64 ? COUNT_AARCH64 : 0;
	for (uint32_t i = 0; i < process->register_count; i++)
		process->registers[i] = word(registers, is_x86_64 ? order_x86_64[i] : i);
	if (process->register_count == 0)
		return;
	process->pc = process->registers[is_x86_64 ? PLACE_PC_X86_64 : PLACE_PC_AARCH64];
	process->sp = process->registers[is_x86_64 ? PLACE_SP_X86_64 : PLACE_SP_AARCH64];
}

/* The first thread's is that of the one that died. */
static void take_status(struct core_process *process, const uint8_t *status, size_t bytes)
{
	if (process->has_status || bytes < STATUS_REGISTERS)
		return;
	process->has_status = true;
	process->signal = (int16_t)ttf_load16(status + STATUS_SIGNAL);
	process->tid = ttf_load32(status + STATUS_TID);
	take_registers(process, status + STATUS_REGISTERS, bytes - STATUS_REGISTERS);
}

static void take_siginfo(struct core_process *process, const uint8_t *siginfo, size_t bytes)
{
	if (process->has_siginfo || bytes < CORE_SIGINFO_BYTES)
		return;
	process->has_siginfo = true;
	memcpy(process->siginfo, siginfo, CORE_SIGINFO_BYTES);
}

/* One more mapping: of the file before, or of another one. */
static int add_mapping(struct core_process *process, uint64_t base, uint64_t end, const char *path,
		       size_t room)
{
	struct core_module *last =
		process->module_count > 0 ? &process->modules[process->module_count - 1] : NULL;
	struct core_module *larger;

	if (last != NULL && strcmp(last->path, path) == 0 && base >= last->end) {
		last->end = end;
		return 0;
	}
	larger = realloc(process->modules, room * sizeof(*larger));
	if (larger == NULL)
		return -ENOMEM;
	process->modules = larger;
	larger[process->module_count] = (struct core_module){ base, end, strdup(path) };
	if (larger[process->module_count].path == NULL)
		return -ENOMEM;
	process->module_count++;
	return 0;
}

/* NT_FILE: how many, the unit of offsets; base, end and offset of each; then their names, each with its zero. */
static int take_files(struct core_process *process, const uint8_t *files, size_t bytes)
{
	uint64_t count = bytes >= 16 ? ttf_load64(files) : 0;
	const uint8_t *entry = files + 16;
	const char *name;
	const char *end = (const char *)files + bytes;
	int error = 0;

	if (process->modules != NULL || count > (bytes - 16) / 24)
		return 0;
	name = (const char *)entry + count * 24;
	for (; count > 0 && error == 0; count--, entry += 24) {
		size_t length = strnlen(name, (size_t)(end - name));

		if (name + length == end)
			break;
		error = add_mapping(process, ttf_load64(entry), ttf_load64(entry + 8), name,
				    process->module_count + 1);
		name += length + 1;
	}
	return error;
}

static int take_note(struct core_process *process, uint32_t type, const uint8_t *note, size_t bytes)
{
	switch (type) {
	case NT_PRSTATUS:
		take_status(process, note, bytes);
		return 0;
	case NT_PRPSINFO:
		if (bytes >= PSINFO_PID + 4)
			process->pid = ttf_load32(note + PSINFO_PID);
		return 0;
	case NT_SIGINFO:
		take_siginfo(process, note, bytes);
		return 0;
	default:
		return take_files(process, note, bytes);
	}
}

static bool is_wanted(const char *name, uint32_t name_bytes, uint32_t type)
{
	return name_bytes == sizeof("CORE") && memcmp(name, "CORE", sizeof("CORE")) == 0 &&
	       (type == NT_PRSTATUS || type == NT_PRPSINFO || type == NT_SIGINFO || type == NT_FILE);
}

/* Exactly `bytes` bytes: 0, -ENODATA or -errno. */
static int read_all(struct stream *stream, void *to, size_t bytes)
{
	ptrdiff_t got = stream_read(stream, to, bytes);

	return got < 0 ? (int)got : (size_t)got == bytes ? 0 : -ENODATA;
}

static int read_wanted(struct core_process *process, struct stream *stream, uint32_t type, uint32_t bytes)
{
	uint8_t *note = malloc(bytes + 1);
	int error = note != NULL ? read_all(stream, note, bytes) : -ENOMEM;

	if (error == 0)
		error = take_note(process, type, note, bytes);
	free(note);
	return error;
}

static uint32_t padded(uint32_t bytes)
{
	return (bytes + 3) & ~UINT32_C(3);
}

/* One note, of at most *left bytes. */
static int read_one(struct core_process *process, struct stream *stream, uint64_t *left)
{
	char name[NAME_BYTES_MAX] = "";
	Elf64_Nhdr header;
	uint64_t rest;
	int error = read_all(stream, &header, sizeof(header));

	if (error != 0)
		return error;
	header.n_namesz = le32toh(header.n_namesz);
	header.n_descsz = le32toh(header.n_descsz);
	header.n_type = le32toh(header.n_type);
	rest = (uint64_t)padded(header.n_namesz) + padded(header.n_descsz);
	*left -= sizeof(header);
	if (header.n_namesz > NAME_BYTES_MAX || header.n_descsz > NOTE_BYTES_MAX || rest > *left) {
		rest = *left; /* it cannot be told where the next one begins */
		*left = 0;
		return stream_skip(stream, rest);
	}
	*left -= rest;
	error = read_all(stream, name, padded(header.n_namesz));
	if (error == 0 && is_wanted(name, header.n_namesz, header.n_type)) {
		error = read_wanted(process, stream, header.n_type, header.n_descsz);
		return error != 0 ? error : stream_skip(stream, padded(header.n_descsz) - header.n_descsz);
	}
	return error != 0 ? error : stream_skip(stream, padded(header.n_descsz));
}

int note_read(struct core_process *process, struct stream *stream, uint64_t bytes)
{
	int error = 0;

	while (bytes >= sizeof(Elf64_Nhdr) && error == 0)
		error = read_one(process, stream, &bytes);
	return error != 0 ? error : stream_skip(stream, bytes);
}

void note_free(struct core_process *process)
{
	for (size_t i = 0; i < process->module_count; i++)
		free(process->modules[i].path);
	free(process->modules);
	process->modules = NULL;
	process->module_count = 0;
}
