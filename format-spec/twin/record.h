/*
 * record.h - records and sites in numbers: the C twin of records.md.
 */
#ifndef TTF_RECORD_H
#define TTF_RECORD_H

#include <stdint.h>

/* The record's header: ticks:32 | words:12 | id:20. */
#define TTF_RECORD_WORDS_SHIFT 32
#define TTF_RECORD_WORDS_MAX 4095u
#define TTF_RECORD_ID_SHIFT 44
#define TTF_SITE_ID_MAX 524287u /* less than 2^19: the recorder's slot is signed */
#define TTF_ARGUMENTS_MAX 16u
#define TTF_STRINGS_BYTES_MAX 4096u /* all strings of one record together */

/* The lower half of an event's ticks; of a control record, its kind. */
static inline uint32_t ttf_record_low(uint64_t header)
{
	return (uint32_t)header;
}

/* An event's ticks: the upper half is the base's. */
static inline uint64_t ttf_record_ticks(uint64_t base, uint64_t header)
{
	return (base >> 32 << 32) | ttf_record_low(header);
}

static inline uint32_t ttf_record_words(uint64_t header)
{
	return (uint32_t)(header >> TTF_RECORD_WORDS_SHIFT) & TTF_RECORD_WORDS_MAX;
}

static inline uint32_t ttf_record_id(uint64_t header)
{
	return (uint32_t)(header >> TTF_RECORD_ID_SHIFT);
}

/* Control records: id 0, the kind in the low 32 bits. */
#define TTF_CONTROL_SYNC 1u
#define TTF_SYNC_WORDS 2u
#define TTF_SYNC_HEADER ((uint64_t)TTF_SYNC_WORDS << TTF_RECORD_WORDS_SHIFT | TTF_CONTROL_SYNC)
#define TTF_CONTROL_UNTIL 2u
#define TTF_UNTIL_WORDS 2u
#define TTF_UNTIL_HEADER ((uint64_t)TTF_UNTIL_WORDS << TTF_RECORD_WORDS_SHIFT | TTF_CONTROL_UNTIL)

/* The length field of a string. */
#define TTF_STRING_BYTES 0x7fffu
#define TTF_STRING_TRUNCATED 0x8000u
#define TTF_STRING_NULL 0xffffu

enum ttf_type {
	TTF_I32 = 1,
	TTF_U32 = 2,
	TTF_I64 = 3,
	TTF_U64 = 4,
	TTF_F64 = 5,
	TTF_F80 = 6,
	TTF_F128 = 7,
	TTF_PTR = 8,
	TTF_STR = 9,
	TTF_WSTR = 10,
	TTF_PSTR = 11,
	TTF_ERRNO = 12,
	TTF_TYPE_END /* one past the last code that this version knows */
};

/* The size of a type's field in the fixed part: 16, 8, 4 or 2 bytes; 0 for a code that is not known. */
static inline unsigned ttf_type_bytes(unsigned type)
{
	switch (type) {
	case TTF_F80:
	case TTF_F128:
		return 16;
	case TTF_I64:
	case TTF_U64:
	case TTF_F64:
	case TTF_PTR:
		return 8;
	case TTF_I32:
	case TTF_U32:
	case TTF_ERRNO:
		return 4;
	case TTF_STR:
	case TTF_WSTR:
	case TTF_PSTR:
		return 2;
	default:
		return 0;
	}
}

enum ttf_level {
	TTF_LEVEL_TRACE = 1,
	TTF_LEVEL_DEBUG,
	TTF_LEVEL_INFO,
	TTF_LEVEL_WARN,
	TTF_LEVEL_ERROR,
	TTF_LEVEL_FATAL,
	TTF_LEVEL_END
};

enum ttf_kind {
	TTF_KIND_LOG = 0,
	TTF_KIND_SPAN_BEGIN,
	TTF_KIND_SPAN_END,
	TTF_KIND_COUNTER,
	TTF_KIND_CONTEXT,
	TTF_KIND_END
};

/* A site's entry. */
#define TTF_SITE_BYTES 0
#define TTF_SITE_CRC 4
#define TTF_SITE_ID 8
#define TTF_SITE_LINE 12
#define TTF_SITE_LEVEL 16
#define TTF_SITE_KIND 17
#define TTF_SITE_ARGUMENTS 18
#define TTF_SITE_FLAGS 19
#define TTF_SITE_TARGET_BYTES 20
#define TTF_SITE_FILE_BYTES 22
#define TTF_SITE_FUNCTION_BYTES 24
#define TTF_SITE_FORMAT_BYTES 26
#define TTF_SITE_NAMES_BYTES 28
#define TTF_SITE_TYPES 32
#define TTF_SITE_STRINGS 48

#define TTF_SITE_MAX 32768u
#define TTF_SITE_TARGET_MAX 255u
#define TTF_SITE_FILE_MAX 4095u
#define TTF_SITE_FUNCTION_MAX 1023u
#define TTF_SITE_FORMAT_MAX 8191u
#define TTF_SITE_NAMES_MAX 8191u

#define TTF_SITE_FLAG_ERRNO 1u /* every record has the hidden last argument */

#endif
