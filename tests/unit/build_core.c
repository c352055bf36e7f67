#include "build_core.h"

#include <check.h>
#include <elf.h>
#include <endian.h>
#include <string.h>

#include "../../format-spec/twin/bytes.h"

static struct build *add(struct build_core *core, uint32_t type, uint64_t address)
{
	ck_assert_uint_lt(core->count, BUILD_SEGMENTS_MAX);
	core->segments[core->count].type = type;
	core->segments[core->count].address = address;
	return &core->segments[core->count++].bytes;
}

void build_core_memory(struct build_core *core, uint64_t address, const void *bytes, size_t count)
{
	build_bytes(add(core, PT_LOAD, address), bytes, count);
}

struct build *build_core_notes(struct build_core *core)
{
	return add(core, PT_NOTE, 0);
}

void build_note(struct build *notes, const char *name, uint32_t type, const void *bytes, size_t count)
{
	build_u32(notes, (uint32_t)strlen(name) + 1);
	build_u32(notes, (uint32_t)count);
	build_u32(notes, type);
	build_bytes(notes, name, strlen(name) + 1);
	build_pad(notes, 4);
	build_bytes(notes, bytes, count);
	build_pad(notes, 4);
}

void build_note_status(struct build *notes, int signal, uint32_t tid)
{
	uint8_t status[336] = { 0 };

	ttf_store16(status + 12, (uint16_t)signal);
	ttf_store32(status + 32, tid);
	for (uint32_t i = 0; i < 27; i++)
		ttf_store64(status + 112 + 8 * i, 1000 + i);
	build_note(notes, "CORE", NT_PRSTATUS, status, sizeof(status));
}

void build_note_process(struct build *notes, uint32_t pid)
{
	uint8_t info[136] = { 0 };

	ttf_store32(info + 24, pid);
	build_note(notes, "CORE", NT_PRPSINFO, info, sizeof(info));
}

void build_core(struct build *to, const struct build_core *core)
{
	Elf64_Ehdr header = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
					   EV_CURRENT },
			      .e_type = htole16(ET_CORE),
			      .e_machine = htole16(core->machine != 0 ? core->machine : EM_X86_64),
			      .e_phoff = htole64(sizeof(header)),
			      .e_phentsize = htole16(sizeof(Elf64_Phdr)),
			      .e_phnum = htole16((uint16_t)(core->has_many ? PN_XNUM : core->count)) };
	uint64_t offset = sizeof(header) + core->count * sizeof(Elf64_Phdr);

	build_bytes(to, &header, sizeof(header));
	for (unsigned i = 0; i < core->count; i++) {
		uint64_t bytes = core->segments[i].bytes.count;
		Elf64_Phdr entry = { .p_type = htole32(core->segments[i].type),
				     .p_offset = htole64(offset),
				     .p_vaddr = htole64(core->segments[i].address),
				     .p_filesz = htole64(bytes) };

		build_bytes(to, &entry, sizeof(entry));
		offset += bytes;
	}
	for (unsigned i = 0; i < core->count; i++)
		build_bytes(to, core->segments[i].bytes.bytes, core->segments[i].bytes.count);
}

void build_core_free(struct build_core *core)
{
	for (unsigned i = 0; i < core->count; i++)
		build_free(&core->segments[i].bytes);
	*core = (struct build_core){ 0 };
}
