/*
 * check_core.c - the regions of a core file, and what its notes say.
 */
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../decoder/input/input.h"
#include "../../decoder/input/note.h"
#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/region.h"
#include "build_core.h"
#include "collect.h"
#include "packed_frame.h"
#include "unit.h"

#define EVENTS 20
#define AT UINT64_C(0x7f0000000000)

static struct build region;
static struct build_core core;
static struct build file;
static struct input input;
static struct collect collect;

static void begin_test(void)
{
	build_small_region(&region, EVENTS);
	build_pad(&region, TTF_PAGE);
	collect = collect_begin();
}

static void end_test(void)
{
	input_close(&input);
	build_free(&region);
	build_free(&file);
	build_core_free(&core);
}

static int open_file(void)
{
	int fd = build_file(&file);
	int error = input_open(&input, build_path(fd), &collect.damage, NULL);

	close(fd);
	return error;
}

static void open_core(void)
{
	build_core(&file, &core);
	ck_assert_int_eq(open_file(), 0);
	ck_assert_int_eq(input.kind, INPUT_CORE);
}

/* The region of that number has these bytes. */
static void expect_region(unsigned index, const void *bytes, size_t count)
{
	const struct source *spool = &input.core.regions[index].spool;
	uint8_t *got = malloc(count);

	ck_assert_uint_eq(spool->bytes, count);
	ck_assert_int_eq(source_read(spool, 0, got, count), 0);
	ck_assert_mem_eq(got, bytes, count);
	free(got);
}

static void expect_whole(void)
{
	ck_assert_uint_eq(input_count(&input), 1);
	expect_region(0, region.bytes, region.count);
	ck_assert_uint_eq(collect.damage.count, 0);
}

static void add_region(uint64_t address)
{
	build_core_memory(&core, address, region.bytes, region.count);
}

/* Among other memory, at any page. */
START_TEST(a_region_is_found)
{
	uint8_t other[3 * TTF_PAGE];

	memset(other, 0x5a, sizeof(other));
	build_core_notes(&core);
	build_core_memory(&core, 0x400000, other, sizeof(other));
	build_core_memory(&core, AT - sizeof(other), other, sizeof(other));
	add_region(AT);
	build_core_memory(&core, AT + region.count, other, sizeof(other));
	open_core();
	expect_whole();
	ck_assert_uint_eq(input.core.regions[0].base, AT);
}
END_TEST

/* One segment holds it and what is around it: anonymous mappings that are neighbours become one. */
START_TEST(a_region_within_a_segment)
{
	struct build memory = { 0 };

	build_zeros(&memory, 5 * TTF_PAGE);
	memset(memory.bytes, 1, memory.count);
	build_bytes(&memory, region.bytes, region.count);
	build_bytes(&memory, memory.bytes, 5 * TTF_PAGE);
	build_core_memory(&core, AT, memory.bytes, memory.count);
	build_free(&memory);
	open_core();
	expect_whole();
	ck_assert_uint_eq(input.core.regions[0].base, AT + 5 * TTF_PAGE);
}
END_TEST

/* The kernel leaves out pages of zeros: they are holes of the file, before a region and within it. */
START_TEST(holes_of_the_file)
{
	const size_t hole = 1 << 20;
	struct build memory = { 0 };
	int fd = memfd_create("core", MFD_CLOEXEC);

	build_zeros(&memory, hole);
	build_bytes(&memory, region.bytes, region.count);
	memory.bytes[0] = 1;
	build_core_memory(&core, AT, memory.bytes, memory.count);
	build_core(&file, &core);
	ck_assert_int_eq(ftruncate(fd, (off_t)file.count), 0);
	for (size_t at = 0; at < file.count; at += 4096) {
		size_t bytes = file.count - at < 4096 ? file.count - at : 4096;

		for (size_t i = at; i < at + bytes; i++)
			if (file.bytes[i] != 0) {
				ck_assert_int_eq(pwrite(fd, file.bytes + at, bytes, (off_t)at),
						 (ssize_t)bytes);
				break;
			}
	}
	ck_assert_int_eq(input_open(&input, build_path(fd), &collect.damage, NULL), 0);
	close(fd);
	build_free(&memory);
	expect_whole();
	ck_assert_uint_eq(input.core.regions[0].base, AT + hole);
}
END_TEST

/* Several segments hold it, since its pages are not all mapped alike. */
START_TEST(a_region_in_parts)
{
	for (size_t at = 0; at < region.count; at += TTF_PAGE)
		build_core_memory(&core, AT + at, region.bytes + at, TTF_PAGE);
	open_core();
	expect_whole();
}
END_TEST

START_TEST(two_regions)
{
	build_core_memory(&core, AT, region.bytes, region.count);
	add_region(AT + region.count);
	open_core();
	ck_assert_uint_eq(input_count(&input), 2);
	expect_region(0, region.bytes, region.count);
	expect_region(1, region.bytes, region.count);
}
END_TEST

START_TEST(more_regions_than_are_read)
{
	for (unsigned i = 0; i < CORE_REGIONS_MAX + 2; i++)
		add_region(AT + i * UINT64_C(0x10000000));
	open_core();
	ck_assert_uint_eq(input_count(&input), CORE_REGIONS_MAX);
	ck_assert_uint_eq(collect.damage.count, 1);
	ck_assert_ptr_nonnull(strstr(collect.what, "more than 64 regions"));
}
END_TEST

START_TEST(no_region)
{
	uint8_t page[TTF_PAGE] = { 1 };

	build_core_memory(&core, AT, page, sizeof(page));
	build_note_process(build_core_notes(&core), 4711);
	open_core();
	ck_assert_uint_eq(input_count(&input), 0);
	ck_assert_uint_eq(input.core.process.pid, 4711);
}
END_TEST

/* Its header's CRC is wrong, so nothing says where it ends: it goes as far as there is memory without a gap. */
START_TEST(a_damaged_header)
{
	uint8_t other[TTF_PAGE];

	memset(other, 0x5a, sizeof(other));
	region.bytes[TTF_REGION_CLOCK] ^= 0x10;
	add_region(AT);
	build_core_memory(&core, AT + region.count + TTF_PAGE, other, sizeof(other));
	open_core();
	ck_assert_uint_eq(input_count(&input), 1);
	expect_region(0, region.bytes, region.count);
}
END_TEST

/* Without a header at all its blocks tell where it stands. */
START_TEST(no_header)
{
	struct source source;
	struct trace trace;

	memset(region.bytes, 0, TTF_PAGE);
	add_region(AT);
	open_core();
	ck_assert_uint_eq(input_count(&input), 1);
	ck_assert_uint_eq(input.core.regions[0].base, AT);
	expect_region(0, region.bytes, region.count);
	source = input_take(&input, 0);
	ck_assert_int_eq(
		load_source(&trace, source, ORIGIN_CORE, &input.core.process, 0, &collect.damage, false), 0);
	ck_assert_uint_eq(collect_count(&trace), 2 * EVENTS);
	trace_close(&trace, NULL);
}
END_TEST

/* Wherever the file ends: what is there is read, and that it is cut is said. */
START_TEST(cut_anywhere)
{
	struct build whole = { 0 };

	build_note_status(build_core_notes(&core), 11, 7);
	add_region(AT);
	build_core(&whole, &core);
	for (size_t bytes = sizeof(Elf64_Ehdr); bytes < whole.count; bytes += bytes < 2000 ? 1 : 1021) {
		build_free(&file);
		file = (struct build){ 0 };
		build_bytes(&file, whole.bytes, bytes);
		collect = collect_begin();
		ck_assert_int_eq(open_file(), 0);
		ck_assert_uint_ge(collect.damage.count, 1);
		if (input_count(&input) > 0) {
			const struct source *spool = &input.core.regions[0].spool;

			ck_assert_uint_le(spool->bytes, region.count);
			ck_assert_uint_eq(spool->bytes, bytes - (whole.count - region.count));
		}
		input_close(&input);
	}
	build_free(&whole);
	build_free(&file);
	file = (struct build){ 0 };
	open_core();
	ck_assert_uint_eq(input_count(&input), 1);
}
END_TEST

/* What no kernel writes is left out or refused, and costs nothing else. */
START_TEST(hostile_tables)
{
	Elf64_Phdr entry;

	add_region(AT);
	add_region(AT + 0x10000000);
	add_region(AT + 0x20000000);
	build_core(&file, &core);
	/* The second one lies in the first, the third where there is no page. */
	memcpy(&entry, file.bytes + sizeof(Elf64_Ehdr) + sizeof(entry), sizeof(entry));
	entry.p_offset = htole64(le64toh(entry.p_offset) - TTF_PAGE);
	memcpy(file.bytes + sizeof(Elf64_Ehdr) + sizeof(entry), &entry, sizeof(entry));
	memcpy(&entry, file.bytes + sizeof(Elf64_Ehdr) + 2 * sizeof(entry), sizeof(entry));
	entry.p_vaddr = htole64(UINT64_MAX - 5);
	memcpy(file.bytes + sizeof(Elf64_Ehdr) + 2 * sizeof(entry), &entry, sizeof(entry));
	ck_assert_int_eq(open_file(), 0);
	ck_assert_uint_eq(input_count(&input), 1);
	ck_assert_ptr_nonnull(strstr(collect.what, "lies in another one"));
	expect_region(0, region.bytes, region.count);
}
END_TEST

START_TEST(other_machines)
{
	add_region(AT);
	build_core(&file, &core);
	file.bytes[EI_DATA] = ELFDATA2MSB;
	ck_assert_int_eq(open_file(), -EBADMSG);
	file.bytes[EI_DATA] = ELFDATA2LSB;
	file.bytes[EI_CLASS] = ELFCLASS32;
	ck_assert_int_eq(open_file(), -EBADMSG);
	file.bytes[EI_CLASS] = ELFCLASS64;
	ck_assert_int_eq(open_file(), 0);
}
END_TEST

START_TEST(more_segments_than_e_phnum_can_tell)
{
	core.has_many = true;
	build_core_notes(&core);
	build_note_process(&core.segments[0].bytes, 12);
	add_region(AT);
	open_core();
	expect_whole();
	ck_assert_uint_eq(input.core.process.pid, 12);
}
END_TEST

START_TEST(through_a_pipe_and_compressed)
{
	struct build plain = { 0 };

	add_region(AT);
	build_core(&plain, &core);
	if (!packed_frame_build(&file, (enum packed_frame)_i, plain.bytes, plain.count)) {
		printf("SKIPPED: no library of zstd\n");
	} else {
		ck_assert_int_eq(open_file(), 0);
		expect_whole();
	}
	build_free(&plain);
}
END_TEST

/* ---- Notes ---- */

static void add_files(struct build *notes)
{
	static const char names[] = "/bin/a\0/bin/a\0/lib/b\0/bin/a";
	struct build files = { 0 };

	build_u64(&files, 4);
	build_u64(&files, 4096);
	for (uint64_t i = 0; i < 4; i++) {
		build_u64(&files, 0x1000 * (i + 1));
		build_u64(&files, 0x1000 * (i + 1) + 0x800);
		build_u64(&files, i);
	}
	build_bytes(&files, names, sizeof(names));
	build_note(notes, "CORE", NT_FILE, files.bytes, files.count);
	build_free(&files);
}

START_TEST(the_notes)
{
	const uint64_t rax = 1010, rsp = 1019, r15 = 1000, rip = 1016, eflags = 1018;
	struct core_process *process = &input.core.process;
	struct build *notes = build_core_notes(&core);
	uint8_t siginfo[128] = { 11, 0, 0, 0, 0, 0, 0, 0, 1 };

	build_note(notes, "LINUX", NT_PRPSINFO, siginfo,
		   sizeof(siginfo)); /* another one's type of that number */
	build_note_status(notes, 11, 4712);
	build_note_process(notes, 4711);
	build_note(notes, "CORE", NT_SIGINFO, siginfo, sizeof(siginfo));
	build_note(notes, "CORE", NT_AUXV, siginfo, 3);
	add_files(notes);
	build_note_status(notes, 0, 4713); /* of another thread */
	open_core();
	ck_assert_uint_eq(process->pid, 4711);
	ck_assert_uint_eq(process->tid, 4712);
	ck_assert_int_eq(process->signal, 11);
	ck_assert_uint_eq(process->pc, rip);
	ck_assert_uint_eq(process->sp, rsp);
	ck_assert_uint_eq(process->register_count, 18);
	ck_assert_uint_eq(process->registers[0], rax);
	ck_assert_uint_eq(process->registers[7], rsp);
	ck_assert_uint_eq(process->registers[15], r15);
	ck_assert_uint_eq(process->registers[16], rip);
	ck_assert_uint_eq(process->registers[17], eflags);
	ck_assert_mem_eq(process->siginfo, siginfo, sizeof(siginfo));
	ck_assert_uint_eq(process->module_count, 3);
	ck_assert_str_eq(process->modules[0].path, "/bin/a");
	ck_assert_uint_eq(process->modules[0].base, 0x1000);
	ck_assert_uint_eq(process->modules[0].end, 0x2800);
	ck_assert_str_eq(process->modules[1].path, "/lib/b");
	ck_assert_str_eq(process->modules[2].path, "/bin/a");
}
END_TEST

/* AArch64's are in the snapshot's order already: x0 to x30, sp, pc, pstate. */
START_TEST(registers_of_aarch64)
{
	uint8_t status[112 + 34 * 8 + 8] = { 0 };

	for (uint32_t i = 0; i < 34; i++)
		ttf_store64(status + 112 + 8 * i, i);
	core.machine = EM_AARCH64;
	build_note(build_core_notes(&core), "CORE", NT_PRSTATUS, status, sizeof(status));
	open_core();
	ck_assert_uint_eq(input.core.process.register_count, 34);
	ck_assert_uint_eq(input.core.process.pc, 32);
	ck_assert_uint_eq(input.core.process.sp, 31);
	ck_assert_uint_eq(input.core.process.registers[33], 33);
}
END_TEST

/* A note that claims more than there is ends its segment, and the next ones are read. */
START_TEST(hostile_notes)
{
	static const uint32_t sizes[] = { 5000, UINT32_MAX, UINT32_MAX - 2, 0x80000000 };
	struct build *notes = build_core_notes(&core);

	build_u32(notes, _i < 4 ? sizes[_i] : 5);
	build_u32(notes, _i < 4 ? 3 : sizes[_i - 4]);
	build_u32(notes, NT_FILE);
	build_bytes(notes, "CORE\0\0\0\0", 8);
	build_note_process(build_core_notes(&core), 4711);
	add_region(AT);
	open_core();
	expect_whole();
	ck_assert_uint_eq(input.core.process.pid, 4711);
}
END_TEST

/* The trace of a core knows how its process ended; a region of another process does not. */
START_TEST(the_trace)
{
	struct build *notes = build_core_notes(&core);
	uint32_t pid = ttf_load32(region.bytes + TTF_REGION_PID);
	struct trace trace;

	build_note_status(notes, 11, 4712);
	build_note_process(notes, _i == 0 ? pid : pid + 1);
	add_files(notes);
	add_region(AT);
	open_core();
	ck_assert_int_eq(load_source(&trace, input_take(&input, 0), ORIGIN_CORE, &input.core.process, 0,
				     &collect.damage, true),
			 0);
	ck_assert_uint_eq(collect_count(&trace), 2 * EVENTS);
	ck_assert(trace.info.origin == ORIGIN_CORE);
	ck_assert_int_eq(trace.info.signal, _i == 0 ? 11 : 0);
	ck_assert_uint_eq(trace.module_count, _i == 0 ? 3 : 0);
	ck_assert_int_eq(trace.crash != NULL, _i == 0);
	if (trace.crash != NULL)
		ck_assert_uint_eq(trace.crash->frames[0], 1016);
	trace_close(&trace, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("core");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, begin_test, end_test);
	tcase_add_test(all, a_region_is_found);
	tcase_add_test(all, a_region_within_a_segment);
	tcase_add_test(all, holes_of_the_file);
	tcase_add_test(all, a_region_in_parts);
	tcase_add_test(all, two_regions);
	tcase_add_test(all, more_regions_than_are_read);
	tcase_add_test(all, no_region);
	tcase_add_test(all, a_damaged_header);
	tcase_add_test(all, no_header);
	tcase_add_test(all, cut_anywhere);
	tcase_add_test(all, hostile_tables);
	tcase_add_test(all, other_machines);
	tcase_add_test(all, more_segments_than_e_phnum_can_tell);
	tcase_add_loop_test(all, through_a_pipe_and_compressed, 0, PACKED_FRAMES);
	tcase_add_test(all, the_notes);
	tcase_add_test(all, registers_of_aarch64);
	tcase_add_loop_test(all, hostile_notes, 0, 8);
	tcase_add_loop_test(all, the_trace, 0, 2);
	suite_add_tcase(suite, all);
	return unit_run(suite);
}
