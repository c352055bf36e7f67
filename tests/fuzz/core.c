/*
 * core.c - fuzz target: hostile core files, and compressed ones.
 *
 * The first byte says what the rest is: see enum mode.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "seal.h"

#define PAGE 4096u
#define AT UINT64_C(0x7f0000000000)
#define SEGMENTS_MAX 16u
#define FILE_BYTES_MAX (1u << 20)

enum mode {
	AS_IT_IS,
	PARTS,	/* segments, each u8 kind, u8 page, u16 length, bytes */
	REGION, /* a region that is right but for the parts in a u8, in pieces: u8 pieces, for each u8 pages, u8 pages of a gap; then as seal_region_of */
	MODES,
};

/* A core that grows. */
struct made {
	uint8_t *bytes;
	size_t count;
	Elf64_Phdr segments[SEGMENTS_MAX];
	unsigned segment_count;
};

/* Adds a segment of `count` bytes, of which the first `given` are there and the others zeros. */
static void add(struct made *made, uint32_t type, uint64_t address, const uint8_t *bytes, size_t given,
		size_t count)
{
	if (made->segment_count == SEGMENTS_MAX || made->count + count > FILE_BYTES_MAX)
		return;
	made->segments[made->segment_count++] = (Elf64_Phdr){
		.p_type = type, .p_offset = made->count, .p_vaddr = address, .p_filesz = count
	};
	if (given > 0)
		memcpy(made->bytes + made->count, bytes, given);
	made->count += count;
}

static void add_parts(struct made *made, struct fuzz_input *input)
{
	while (input->left > 0) {
		bool is_notes = fuzz_u8(input) % 2 != 0;
		uint64_t address = AT + fuzz_u8(input) * (uint64_t)PAGE;
		size_t bytes = fuzz_u16(input);
		const uint8_t *from = fuzz_bytes(input, &bytes);

		add(made, is_notes ? PT_NOTE : PT_LOAD, address, from, bytes,
		    is_notes ? bytes : (bytes + PAGE - 1) / PAGE * PAGE);
	}
}

static void add_region(struct made *made, struct fuzz_input *input)
{
	unsigned left_alone = fuzz_u8(input);
	unsigned pieces = fuzz_u8(input) % SEGMENTS_MAX;
	const uint8_t *sizes;
	size_t size_bytes = pieces * (size_t)2;
	size_t bytes = 0, at = 0;
	uint64_t address = AT;
	uint8_t *region;

	sizes = fuzz_bytes(input, &size_bytes);
	bytes = input->left;
	region = seal_region_of(*input, &bytes);
	seal_region(region, bytes, left_alone);
	for (size_t i = 0; i + 1 < size_bytes && at < bytes; i += 2) {
		size_t piece = sizes[i] * (size_t)PAGE < bytes - at ? sizes[i] * (size_t)PAGE : bytes - at;

		add(made, PT_LOAD, address, region + at, piece, piece);
		at += piece;
		address += piece + sizes[i + 1] % 4 * (uint64_t)PAGE;
	}
	add(made, PT_LOAD, address, region + at, bytes - at, bytes - at);
	free(region);
}

static void judge(struct made *made)
{
	const Elf64_Ehdr header = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
						 EV_CURRENT },
				    .e_type = ET_CORE,
				    .e_machine = EM_X86_64,
				    .e_phoff = sizeof(header),
				    .e_phentsize = sizeof(Elf64_Phdr),
				    .e_phnum = (uint16_t)made->segment_count };
	uint8_t *exact;

	memcpy(made->bytes, &header, sizeof(header));
	memcpy(made->bytes + sizeof(header), made->segments, sizeof(made->segments));
	exact = fuzz_exact(made->bytes, made->count, false);
	decode_input(exact, made->count);
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	enum mode mode = (enum mode)(fuzz_u8(&input) % MODES);
	struct made made = { .count = sizeof(Elf64_Ehdr) + sizeof(made.segments) };

	/* The regions are to stay in memory. */
	setenv("TMPDIR", "/dev/shm", 1);
	if (mode == AS_IT_IS) {
		decode_input(input.at, input.left);
		return 0;
	}
	made.bytes = calloc(1, FILE_BYTES_MAX);
	fuzz_require(made.bytes != NULL, "there is memory");
	if (mode == PARTS)
		add_parts(&made, &input);
	else
		add_region(&made, &input);
	judge(&made);
	free(made.bytes);
	return 0;
}
