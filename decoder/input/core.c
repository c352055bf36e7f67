#include "core.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/region.h"
#include "note.h"
#include "spool.h"

#define SEGMENTS_MAX ((uint64_t)1 << 21)
#define STEP_PAGES 16u

struct segment {
	uint64_t offset; /* in the file */
	uint64_t bytes;	 /* there */
	uint64_t address;
	bool is_notes;
};

struct reading {
	struct core *core;
	struct stream *stream;
	const char *name;
	struct damage *damage;
	struct segment *segments;
	size_t count;
	uint64_t reached; /* the address behind the last page; what follows goes on with it */
	uint64_t kept_bytes;
	bool has_too_many;
};

bool core_is(const uint8_t *bytes, size_t count)
{
	return count >= sizeof(Elf64_Ehdr) && memcmp(bytes, ELFMAG, SELFMAG) == 0 &&
	       ttf_load16(bytes + offsetof(Elf64_Ehdr, e_type)) == ET_CORE;
}

static void report(const struct reading *reading, uint64_t offset, const char *what)
{
	damage_report(reading->damage, reading->name, offset, "%s", what);
}

/* ---- The header and the table of segments ---- */

/* They are little endian; so are not all machines that this runs on. */
static void settle_header(Elf64_Ehdr *header)
{
	header->e_machine = le16toh(header->e_machine);
	header->e_phoff = le64toh(header->e_phoff);
	header->e_phentsize = le16toh(header->e_phentsize);
	header->e_phnum = le16toh(header->e_phnum);
}

static void settle_entry(Elf64_Phdr *entry)
{
	entry->p_type = le32toh(entry->p_type);
	entry->p_offset = le64toh(entry->p_offset);
	entry->p_vaddr = le64toh(entry->p_vaddr);
	entry->p_filesz = le64toh(entry->p_filesz);
}

static bool is_known(const Elf64_Ehdr *header)
{
	return header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_ident[EI_DATA] == ELFDATA2LSB &&
	       header->e_phentsize == sizeof(Elf64_Phdr);
}

static int by_offset(const void *one, const void *other)
{
	const struct segment *a = one, *b = other;

	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static int add_segment(struct reading *reading, const Elf64_Phdr *header, size_t *room)
{
	if (header->p_filesz == 0 || (header->p_type != PT_LOAD && header->p_type != PT_NOTE))
		return 0;
	if (reading->count == *room) {
		size_t wanted = *room * 2 + 64;
		struct segment *larger = realloc(reading->segments, wanted * sizeof(*larger));

		if (larger == NULL)
			return -ENOMEM;
		reading->segments = larger;
		*room = wanted;
	}
	reading->segments[reading->count++] = (struct segment){ header->p_offset, header->p_filesz,
								header->p_vaddr, header->p_type == PT_NOTE };
	return 0;
}

/* Of more segments than e_phnum can tell, their number follows from where the notes begin: right behind the table. */
static uint64_t count_of(const Elf64_Ehdr *header, const Elf64_Phdr *first)
{
	uint64_t count = header->e_phnum;

	if (count == PN_XNUM && first->p_offset > header->e_phoff)
		count = (first->p_offset - header->e_phoff) / sizeof(*first);
	return count < SEGMENTS_MAX ? count : SEGMENTS_MAX;
}

static int read_table(struct reading *reading, const Elf64_Ehdr *header)
{
	Elf64_Phdr entry;
	uint64_t count = 1;
	size_t room = 0;
	int error = 0;

	for (uint64_t i = 0; i < count && error == 0; i++) {
		ptrdiff_t got = stream_read(reading->stream, &entry, sizeof(entry));

		if (got < (ptrdiff_t)sizeof(entry)) {
			report(reading, stream_at(reading->stream), "the core ends in its table of segments");
			return got < 0 && got != -ENODATA && got != -EBADMSG ? (int)got : 0;
		}
		settle_entry(&entry);
		if (i == 0)
			count = count_of(header, &entry);
		error = add_segment(reading, &entry, &room);
	}
	return error;
}

static int read_header(struct reading *reading)
{
	Elf64_Ehdr header = { .e_phnum = 0 };
	ptrdiff_t got = stream_read(reading->stream, &header, sizeof(header));

	settle_header(&header);
	if (got < (ptrdiff_t)sizeof(header) || !is_known(&header))
		return got < 0 ? (int)got : -EBADMSG;
	reading->core->process.machine = header.e_machine;
	if (header.e_phnum == 0)
		return 0;
	if (header.e_phoff < sizeof(header) ||
	    stream_skip(reading->stream, header.e_phoff - sizeof(header)) != 0) {
		report(reading, 0, "the core's table of segments is not where it should be");
		return 0;
	}
	return read_table(reading, &header);
}

/* ---- Pages ---- */

static bool is_zero(const uint8_t *page, size_t bytes)
{
	return page[0] == 0 && memcmp(page, page + 1, bytes - 1) == 0;
}

static struct core_region *region_at(const struct core *core, uint64_t address)
{
	for (uint32_t i = core->region_count; i-- > 0;)
		if (address >= core->regions[i].base && address < core->regions[i].end)
			return &core->regions[i];
	return NULL;
}

/* A region without an end goes on only as long as the addresses do. */
static void close_open_ends(struct reading *reading)
{
	for (uint32_t i = 0; i < reading->core->region_count; i++)
		if (reading->core->regions[i].end == UINT64_MAX)
			reading->core->regions[i].end = reading->reached;
}

static int add_region(struct reading *reading, uint64_t base, uint64_t end)
{
	struct core *core = reading->core;
	struct core_region *larger;
	int error;

	if (core->region_count == CORE_REGIONS_MAX) {
		if (!reading->has_too_many)
			report(reading, stream_at(reading->stream),
			       "there are more than 64 regions: the others are left out");
		reading->has_too_many = true;
		return 0;
	}
	larger = realloc(core->regions, (core->region_count + 1) * sizeof(*larger));
	if (larger == NULL)
		return -ENOMEM;
	core->regions = larger;
	larger[core->region_count] = (struct core_region){ .base = base, .end = end, .spool = { .fd = -1 } };
	error = spool_open(&larger[core->region_count].spool, reading->name);
	core->region_count += error == 0;
	return error;
}

static bool has_magic(const uint8_t *page, uint64_t masked)
{
	return ttf_load64(page) == ttf_magic(masked);
}

/* A page with a region's header: 1 if it is taken for one, and *end is the region's. */
static bool is_header(const uint8_t *page, uint64_t address, uint64_t *end)
{
	uint64_t bytes = ttf_load64(page + TTF_REGION_BYTES);

	if (!has_magic(page, TTF_REGION_MAGIC_MASKED))
		return false;
	*end = ttf_load32(page + TTF_REGION_HEADER_CRC) == ttf_region_crc(page) &&
			       bytes <= TTF_REGION_BYTES_MAX && bytes <= UINT64_MAX - address
		       ? address + bytes
		       : UINT64_MAX;
	return true;
}

/* A page with a block whose region's header did not show: *base is where that would be. */
static bool is_block(const uint8_t *page, uint64_t address, uint64_t *base)
{
	uint64_t offset = ttf_load64(page + TTF_BLOCK_OFFSET);

	*base = address - offset;
	return has_magic(page, TTF_BLOCK_MAGIC_MASKED) &&
	       ttf_load32(page + TTF_BLOCK_CRC) == ttf_block_crc(page) && offset % TTF_PAGE == 0 &&
	       offset < TTF_REGION_BYTES_MAX && offset <= address;
}

/* A page, or what the file's end leaves of it. */
static int take_page(struct reading *reading, uint64_t address, const uint8_t *page, size_t bytes)
{
	struct core_region *region = region_at(reading->core, address);
	uint64_t end = UINT64_MAX;
	uint64_t base = address;
	int error = 0;

	if (is_zero(page, bytes))
		return 0;
	if (bytes == TTF_PAGE && is_header(page, address, &end) &&
	    (region == NULL || region->base != address))
		error = add_region(reading, address, end);
	else if (bytes == TTF_PAGE && region == NULL && is_block(page, address, &base))
		error = add_region(reading, base, UINT64_MAX);
	region = region_at(reading->core, address);
	if (error != 0 || region == NULL)
		return error;
	reading->kept_bytes += bytes;
	if (stream_is_bomb(reading->stream, reading->kept_bytes))
		return -EFBIG;
	return spool_write(&region->spool, address - region->base, page, bytes);
}

/* All memory up to there is known: a region that it is of ends no earlier, and nor does its spool. */
static int reach(struct reading *reading, uint64_t address)
{
	int error = 0;

	reading->reached = address;
	for (uint32_t i = 0; i < reading->core->region_count && error == 0; i++) {
		struct core_region *region = &reading->core->regions[i];
		uint64_t end = address < region->end ? address : region->end;

		if (end > region->base && region_at(reading->core, end - 1) == region)
			error = spool_extend(&region->spool, end - region->base);
	}
	return error;
}

/* ---- Segments ---- */

static int take_pages(struct reading *reading, uint64_t address, const uint8_t *pages, size_t bytes)
{
	int error = 0;

	for (size_t at = 0; at < bytes && error == 0; at += TTF_PAGE)
		error = take_page(reading, address + at, pages + at,
				  bytes - at < TTF_PAGE ? bytes - at : TTF_PAGE);
	return error != 0 ? error : reach(reading, address + bytes);
}

/* Whole pages of a hole, which are zeros. *left goes down by them. */
static int pass_hole(struct reading *reading, uint64_t *address, uint64_t *left)
{
	uint64_t bytes = stream_hole(reading->stream, *left) / TTF_PAGE * TTF_PAGE;
	int error = bytes > 0 ? stream_skip(reading->stream, bytes) : 0;

	*address += bytes;
	*left -= bytes;
	return bytes > 0 && error == 0 ? reach(reading, *address) : error;
}

static int read_memory(struct reading *reading, const struct segment *segment)
{
	uint8_t pages[STEP_PAGES * TTF_PAGE];
	uint64_t address = segment->address;
	uint64_t left = segment->bytes;
	int error = 0;

	if (address != reading->reached)
		close_open_ends(reading);
	if (address % TTF_PAGE != 0 || left > UINT64_MAX - address)
		return 0; /* no memory of a process of Linux */
	while (left > 0 && error == 0) {
		ptrdiff_t got;

		error = pass_hole(reading, &address, &left);
		if (error != 0 || left == 0)
			break;
		got = stream_read(reading->stream, pages, left < sizeof(pages) ? left : sizeof(pages));
		if (got <= 0)
			return got < 0 ? (int)got : -ENODATA;
		error = take_pages(reading, address, pages, (size_t)got);
		address += (uint64_t)got;
		left -= (uint64_t)got;
	}
	return error;
}

static int read_segment(struct reading *reading, const struct segment *segment)
{
	uint64_t at = stream_at(reading->stream);
	int error;

	if (segment->offset < at) {
		report(reading, segment->offset,
		       "a segment of the core lies in another one, and is left out");
		return 0;
	}
	error = stream_skip(reading->stream, segment->offset - at);
	if (error != 0)
		return error;
	return segment->is_notes ? note_read(&reading->core->process, reading->stream, segment->bytes)
				 : read_memory(reading, segment);
}

static int read_segments(struct reading *reading)
{
	int error = 0;
	size_t i;

	if (reading->count > 0)
		qsort(reading->segments, reading->count, sizeof(reading->segments[0]), by_offset);
	for (i = 0; i < reading->count && error == 0; i++)
		error = read_segment(reading, &reading->segments[i]);
	if (error == -ENODATA)
		damage_report(reading->damage, reading->name, stream_at(reading->stream),
			      "the core was cut short: %zu of %zu segments are not whole",
			      reading->count - i + 1, reading->count);
	if (error == -EBADMSG)
		report(reading, stream_at(reading->stream), "the compressed data are damaged from here on");
	return error == -ENODATA || error == -EBADMSG ? 0 : error;
}

int core_read(struct core *core, struct stream *stream, const char *name, struct damage *damage)
{
	struct reading reading = { .core = core, .stream = stream, .name = name, .damage = damage };
	int error;

	*core = (struct core){ .process = { 0 } };
	error = read_header(&reading);
	if (error == 0)
		error = read_segments(&reading);
	free(reading.segments);
	return error;
}

void core_close(struct core *core)
{
	for (uint32_t i = 0; i < core->region_count; i++)
		source_close(&core->regions[i].spool);
	free(core->regions);
	note_free(&core->process);
	*core = (struct core){ .process = { 0 } };
}
