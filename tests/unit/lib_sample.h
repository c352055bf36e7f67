/*
 * lib_sample.h - what the tests of the recorder's modules share: sites, a region in a directory of its own, and a
 * walk over a snapshot's sections.
 *
 * Check runs every test in a process of its own, so each begins with a recorder that has done nothing yet.
 */
#ifndef LIB_SAMPLE_H
#define LIB_SAMPLE_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/crc32.h"
#include "../../format-spec/twin/record.h"
#include "../../format-spec/twin/region.h"
#include "../../format-spec/twin/snapshot.h"
#include "../../lib/config.h"
#include "../../lib/include/ttlog/impl.h"
#include "../../lib/region.h"
#include "../../lib/life.h"
#include "unit.h"

/* A site as the macros make one; `types` is a string of type codes. */
static inline struct tt_impl_site sample_site(const char *format, const char *types)
{
	struct tt_impl_site site = { .line = 7,
				     .level = TTF_LEVEL_INFO,
				     .target = "net.http",
				     .file = "server.c",
				     .function = "serve",
				     .format = format,
				     .source = "\"\"" };

	site.arguments = (uint8_t)strlen(types);
	memcpy(site.types, types, strlen(types));
	return site;
}

/* A new directory; sample_sweep removes it with the files in it. */
static inline const char *sample_directory(void)
{
	static char path[64];

	strcpy(path, "/tmp/ttlog-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(path));
	return path;
}

static inline void sample_sweep(const char *directory)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	ck_assert_int_eq(system(command), 0);
}

/* Makes a region in anonymous memory. */
static inline void sample_region(uint64_t ring_bytes, uint64_t max_bytes)
{
	config.blackbox_dir[0] = '\0';
	config.ring_bytes = ring_bytes;
	config.max_bytes = max_bytes;
	ck_assert_int_eq(life_start(), 0);
}

/* A file's bytes; free() them. */
static inline char *sample_read(const char *path, size_t *bytes)
{
	FILE *file = fopen(path, "rb");
	char *data;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
	*bytes = (size_t)ftell(file);
	rewind(file);
	data = malloc(*bytes + 1);
	ck_assert_ptr_nonnull(data);
	ck_assert_uint_eq(fread(data, 1, *bytes, file), *bytes);
	fclose(file);
	return data;
}

/* One section, its header and CRCs checked. */
struct sample_section {
	uint16_t type;
	uint32_t bytes;
	const char *body;
	size_t offset;
};

/* The section at *at, which moves on; false at the file's end. */
static inline bool sample_section(const char *data, size_t bytes, size_t *at, struct sample_section *section)
{
	const char *header = data + *at;

	if (*at == bytes)
		return false;
	ck_assert_uint_eq(*at % 8, 0);
	ck_assert_uint_le(*at + TTF_SECTION_HEADER, bytes);
	ck_assert_uint_eq(ttf_load64(header), TTF_SECTION_MARKER_VALUE);
	ck_assert_uint_eq(ttf_load32(header + TTF_SECTION_HEADER_CRC),
			  ttf_crc32(0, header, TTF_SECTION_HEADER_CRC));
	section->type = ttf_load16(header + TTF_SECTION_TYPE);
	section->bytes = ttf_load32(header + TTF_SECTION_LENGTH);
	section->body = header + TTF_SECTION_HEADER;
	section->offset = *at;
	ck_assert_uint_le(section->bytes, TTF_SECTION_LENGTH_MAX);
	*at += TTF_SECTION_HEADER + ttf_pad8(section->bytes);
	ck_assert_uint_le(*at, bytes);
	ck_assert_uint_eq(ttf_load32(header + TTF_SECTION_BODY_CRC),
			  ttf_crc32(0, section->body, section->bytes));
	for (uint64_t i = section->bytes; i < ttf_pad8(section->bytes); i++)
		ck_assert_int_eq(section->body[i], 0);
	return true;
}

/* Checks the file's header and returns where the sections begin. */
static inline size_t sample_header(const char *data, size_t bytes)
{
	ck_assert_uint_ge(bytes, TTF_FILE_HEADER);
	ck_assert_uint_eq(ttf_load64(data), TTF_FILE_MAGIC_VALUE);
	ck_assert_uint_eq(ttf_load16(data + TTF_FILE_MAJOR), TTF_MAJOR);
	ck_assert_uint_eq(ttf_load32(data + TTF_FILE_HEADER_BYTES), TTF_FILE_HEADER);
	ck_assert_uint_eq(ttf_load32(data + TTF_FILE_CRC), ttf_crc32(0, data, TTF_FILE_CRC));
	return TTF_FILE_HEADER;
}

#endif
