/*
 * ttlog/impl.h - what a call place compiles to. Part of <ttlog.h>: include that. Nothing here is API.
 *
 * TT_INFO("conn %d state %s", fd, name) becomes
 *   - a static site, and a pointer to it in the linker section `tt_sites`;
 *   - one load and one branch on the site's slot;
 *   - if the site is on: the record, appended to the thread's ring by the code below, inline.
 *
 * The slot [one 32-bit word]: > 0 record, it is the upper half of the record's header (id << 12 | words of the
 * fixed part); 0 off or not registered; < 0 reserved for gates, and treated as off.
 *
 * Where the record goes says the chunk's state alone: behind the words that are committed.
 *
 * The writer's gate. A signal handler may record in the middle of a record. So each call takes the writer's gate down by one: from 1, open,
 * to 0, shut, and from there to less in a handler, which finds so that it is nested. Only who has shut it goes on; the others take the
 * slow path, as it is with a thread without a writer, and in a forked child, whose writer is wiped. Chunk, state and end
 * are read only after the gate was shut: a handler that comes before finds it open, records completely and moves them, and they are
 * read afterwards. A full chunk, a stopped recorder and a counter whose upper half has changed lead to the slow path, too.
 *
 * Invariants of struct tt_impl_writer, between records:
 *   gate is 1; behind `end` words, if that is not 0, there is room for TT_IMPL_WORDS_SMALL.
 *
 * Context of everything here: HOT. No allocation, lock or system call; errno untouched.
 */
#ifndef TTLOG_IMPL_H
#define TTLOG_IMPL_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include <ttlog/ticks.h>

#define TT_IMPL_API __attribute__((visibility("default")))
#define TT_IMPL_INLINE static inline __attribute__((always_inline))
#define TT_IMPL_LIKELY(x) (__builtin_expect(!!(x), 1) != 0)
#define TT_IMPL_UNLIKELY(x) (__builtin_expect(!!(x), 0) != 0)

#ifdef __cplusplus
extern "C" {
#endif

#define TT_IMPL_ARGUMENTS_MAX 16
#define TT_IMPL_PASSED_MAX 4u /* values' words as arguments of a call */
#define TT_IMPL_STRINGS_MAX 4096u /* bytes of all strings of one record */

/* Argument types, by the codes of format-spec/records.md. */
enum {
	TT_IMPL_I32 = 1,
	TT_IMPL_U32 = 2,
	TT_IMPL_I64 = 3,
	TT_IMPL_U64 = 4,
	TT_IMPL_F64 = 5,
	TT_IMPL_F80 = 6,
	TT_IMPL_F128 = 7,
	TT_IMPL_PTR = 8,
	TT_IMPL_STR = 9,
	TT_IMPL_WSTR = 10
};

#define TT_IMPL_LONG (sizeof(long) == 8 ? TT_IMPL_I64 : TT_IMPL_I32)
#define TT_IMPL_ULONG (sizeof(long) == 8 ? TT_IMPL_U64 : TT_IMPL_U32)
#define TT_IMPL_LONG_DOUBLE                                                                                  \
	(sizeof(long double) == 8 ? TT_IMPL_F64 : __LDBL_MANT_DIG__ == 64 ? TT_IMPL_F80 : TT_IMPL_F128)

/* How a string argument is read. What the format says is put here when the site is registered. */
#define TT_IMPL_RULE_PLAIN 0x1fffu    /* up to its terminator */
#define TT_IMPL_RULE_PRECISION 0x1fffu /* mask: at most so many bytes, or wide characters */
#define TT_IMPL_RULE_STAR 0x2000u     /* at most as the argument before says */
#define TT_IMPL_RULE_WIDE 0x4000u     /* wide characters */
#define TT_IMPL_RULE_POINTER 0x8000u  /* not read at all: printed with %p */

struct tt_impl_site {
	int32_t slot; /* atomic */
	uint32_t line;
	uint32_t header; /* set at registration: the slot as it is where the site is on */
	uint8_t level;
	uint8_t kind;
	uint8_t arguments;
	uint8_t has_errno;  /* set at registration: what tt_impl_wants_errno says */
	uint8_t is_refused; /* set at registration: this site never records */
	uint16_t rules[TT_IMPL_ARGUMENTS_MAX];
	uint8_t types[TT_IMPL_ARGUMENTS_MAX];
	const char *target;
	const char *file;
	const char *function;
	const char *format;
	const char *source; /* the macro's arguments as written */
};

/* All a thread needs to append to its ring. The library's own part follows behind. */
struct tt_impl_writer {
	int8_t gate;    /* 1: open; 0: a record is being written; less: so many calls in handlers meanwhile, until they are in the slow path */
	uint64_t end;   /* with so many words of records in the chunk, the next one asks the slow path; 0: every one does */
	int64_t chunk;  /* where the chunk is, as seen from here. 0 in a forked child, where all of it is wiped */
	uint64_t epoch; /* the upper half of the ticks of its records */
	uint64_t held;  /* the lower half of the ticks of the next ones; with bit 63 set: they read the counter */
};

#define TT_IMPL_CHUNK_RECORDS 64u /* where they begin; before them, at 0, its state: generation:32 | events:16 | words:16 */
#define TT_IMPL_WORDS_SMALL 8u    /* before the chunk's end the inline path leaves room for as many, so that it need not add */

struct tt_impl_value;

/* Where a record goes. */
struct tt_impl_place {
	struct tt_impl_writer *writer; /* its gate shut */
	uint64_t *chunk;
	uint64_t state;
	uint64_t ticks; /* the lower half */
};

/* A string argument, measured. */
struct tt_impl_string {
	const char *from; /* NULL: the argument's own bits are the bytes */
	uint32_t bytes;
	uint32_t field; /* the length field in the record */
};

extern TT_IMPL_API __thread struct tt_impl_writer *tt_impl_writer __attribute__((tls_model("initial-exec")));

TT_IMPL_API struct tt_impl_string tt_impl_measure_slowly(uint64_t bits, uint32_t rule, uint64_t before, uint32_t left);
TT_IMPL_API void tt_impl_record_plainly(const struct tt_impl_site *site, uint32_t slot, const struct tt_impl_value *values);
TT_IMPL_API void tt_impl_record_slowly_0(const struct tt_impl_site *site);
TT_IMPL_API void tt_impl_record_slowly_1(const struct tt_impl_site *site, uint64_t first);
TT_IMPL_API void tt_impl_record_slowly_2(const struct tt_impl_site *site, uint64_t first, uint64_t second);
TT_IMPL_API void tt_impl_record_slowly_3(const struct tt_impl_site *site, uint64_t first, uint64_t second,
					  uint64_t third);
TT_IMPL_API void tt_impl_record_slowly_4(const struct tt_impl_site *site, uint64_t first, uint64_t second,
					  uint64_t third, uint64_t fourth);
TT_IMPL_API void tt_impl_record_slowly_from(const struct tt_impl_site *site, const uint64_t *words);
TT_IMPL_API void tt_impl_module_enter(struct tt_impl_site *const *from, struct tt_impl_site *const *to);
TT_IMPL_API void tt_impl_module_leave(struct tt_impl_site *const *from);
void tt_impl_check(const char *format, ...) __attribute__((format(printf, 1, 2))); /* never defined nor called */

extern size_t tt_impl_strnlen(const char *string, size_t bytes) __asm__("strnlen"); /* c11 does not declare it */

#ifndef TT_IMPL_LIBRARY /* the library itself has no sites */
/* This module's part of the section. Weak: a module may have no site. */
extern struct tt_impl_site *const __start_tt_sites[] __attribute__((weak, visibility("hidden")));
extern struct tt_impl_site *const __stop_tt_sites[] __attribute__((weak, visibility("hidden")));

/*
 * Before the module's own constructors, and after its own destructors. Every object file brings one; the library
 * counts each module once.
 */
static void __attribute__((constructor(101), used)) tt_impl_enter(void)
{
	tt_impl_module_enter(__start_tt_sites, __stop_tt_sites);
}

static void __attribute__((destructor(101), used)) tt_impl_leave(void)
{
	tt_impl_module_leave(__start_tt_sites);
}
#endif

#ifdef __cplusplus
}
#endif

/*
 * Stores into the ring. Another thread may be copying it: words are stored whole, relaxed. Under
 * ThreadSanitizer strings are stored in words too.
 */
#if defined(__SANITIZE_THREAD__)
#define TT_IMPL_STRICT_ATOMICS 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TT_IMPL_STRICT_ATOMICS 1
#endif
#endif

TT_IMPL_INLINE void tt_impl_store(uint64_t *to, uint64_t word)
{
	__atomic_store_n(to, word, __ATOMIC_RELAXED);
}

/* A relaxed load that the compiler may make part of another instruction, which it does with no atomic one. */
#ifdef TT_IMPL_STRICT_ATOMICS
#define TT_IMPL_GLANCE(at) __atomic_load_n(at, __ATOMIC_RELAXED)
#else
#define TT_IMPL_GLANCE(at) (*(at))
#endif

/* Two halves of a word: two stores, and less to do than to put them together. */
TT_IMPL_INLINE void tt_impl_store_halves(uint64_t *to, uint64_t low, uint64_t high)
{
	__atomic_store_n((uint32_t *)(void *)to, (uint32_t)low, __ATOMIC_RELAXED);
	__atomic_store_n((uint32_t *)(void *)to + 1, (uint32_t)high, __ATOMIC_RELAXED);
}

#ifdef TT_IMPL_STRICT_ATOMICS
TT_IMPL_INLINE void tt_impl_copy(char *to, const char *from, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		uintptr_t at = (uintptr_t)(to + i);
		uint64_t *word = (uint64_t *)(at & ~(uintptr_t)7);
		unsigned shift = (unsigned)(at & 7) * 8;
		uint64_t rest = __atomic_load_n(word, __ATOMIC_RELAXED) & ~((uint64_t)0xff << shift);

		tt_impl_store(word, rest | (uint64_t)(unsigned char)from[i] << shift);
	}
}
#else
TT_IMPL_INLINE void tt_impl_copy(char *to, const char *from, size_t bytes)
{
	if (TT_IMPL_UNLIKELY(bytes > 16)) {
		__asm__("" : "+r"(bytes)); /* hides the bound: gcc would make a slow `rep movs` of it */
		memcpy(to, from, bytes);
	} else if (bytes >= 8) {
		uint64_t first, last;

		memcpy(&first, from, 8);
		memcpy(&last, from + bytes - 8, 8);
		memcpy(to, &first, 8);
		memcpy(to + bytes - 8, &last, 8);
	} else if (bytes >= 4) {
		uint32_t first, last;

		memcpy(&first, from, 4);
		memcpy(&last, from + bytes - 4, 4);
		memcpy(to, &first, 4);
		memcpy(to + bytes - 4, &last, 4);
	} else if (bytes > 0) {
		to[0] = from[0];
		to[bytes / 2] = from[bytes / 2];
		to[bytes - 1] = from[bytes - 1];
	}
}
#endif

/* By value: gcc -O0 folds nothing away, and warns about the address of an argument that is not there. */
TT_IMPL_INLINE void tt_impl_copy_word(char *to, uint64_t word)
{
	tt_impl_copy(to, (const char *)&word, sizeof(word));
}

TT_IMPL_INLINE void tt_impl_find(struct tt_impl_place *place)
{
	place->chunk = (uint64_t *)(void *)((char *)place->writer + place->writer->chunk);
	place->state = __atomic_load_n(place->chunk, __ATOMIC_RELAXED);
}

/* Takes the gate down. True: it was open, and now is shut. */
TT_IMPL_INLINE int tt_impl_shut(struct tt_impl_writer *writer)
{
#ifdef TT_IMPL_STRICT_ATOMICS /* else one instruction, which compilers do not make of atomics */
	__atomic_store_n(&writer->gate, __atomic_load_n(&writer->gate, __ATOMIC_RELAXED) - 1, __ATOMIC_RELAXED);
#else
	writer->gate--;
#endif
	return TT_IMPL_LIKELY(TT_IMPL_GLANCE(&writer->gate) == 0);
}

/* Shuts the gate and finds the place of a record of `words`. False: there is none, or the slow path has something else to do. */
TT_IMPL_INLINE int tt_impl_begin(struct tt_impl_place *place, uint64_t words)
{
	uint64_t reach = __builtin_constant_p(words) && words <= TT_IMPL_WORDS_SMALL ? 0 : words;
	struct tt_impl_halves now;

	place->writer = tt_impl_writer;
	if (!tt_impl_shut(place->writer))
		return 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST); /* H1: chunk, state and end only after the gate is shut */
	place->ticks = __atomic_load_n(&place->writer->held, __ATOMIC_RELAXED);
	if ((int64_t)place->ticks < 0) {
		now = tt_impl_read_ticks();
		if (TT_IMPL_UNLIKELY(now.high != place->writer->epoch))
			return 0;
		place->ticks = now.low;
	}
	tt_impl_find(place);
	return TT_IMPL_LIKELY((place->state & 0xffff) + reach < TT_IMPL_GLANCE(&place->writer->end));
}

/* The record is whole: publish it and open the gate. */
TT_IMPL_INLINE void tt_impl_commit(const struct tt_impl_place *place, uint64_t words)
{
	/* W3: pairs with A1 of whoever reads the ring; publishes the chunk's header and this record. */
	__atomic_store_n(place->chunk, place->state + (1u << 16 | words), __ATOMIC_RELEASE);
	__atomic_signal_fence(__ATOMIC_SEQ_CST); /* H1: a handler that finds the gate open finds the record committed */
	__atomic_store_n(&place->writer->gate, 1, __ATOMIC_RELAXED);
}

/* An argument on its way into the record: 64 bits, or 128 for long double. */
struct tt_impl_value {
	uint64_t bits;
	uint64_t high;
};

TT_IMPL_INLINE unsigned tt_impl_field_bytes(unsigned type)
{
	return type == TT_IMPL_F80 || type == TT_IMPL_F128 ? 16 :
	       type <= TT_IMPL_U32			   ? 4 :
	       type >= TT_IMPL_STR			   ? 2 :
							     8;
}

/* Runs F(i) for each argument i: straight code, which every compiler folds. */
#define TT_IMPL_EACH(F)                                                                                      \
	F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11) F(12) F(13) F(14) F(15)

/*
 * The four parts of a record's making. `types` and `count` are constants where they are inlined, so that all of the layout
 * folds away: for two ints there remain the claim, two stores and the commit.
 */

/* The body without its strings' bytes. */
TT_IMPL_INLINE uint32_t tt_impl_fixed_bytes(const uint8_t *types, unsigned count, unsigned has_errno)
{
	uint32_t bytes = has_errno ? 4 : 0;

#define TT_IMPL_ADD(i)                                                                                       \
	if ((i) < count)                                                                                     \
		bytes += tt_impl_field_bytes(types[i]);
	TT_IMPL_EACH(TT_IMPL_ADD)
#undef TT_IMPL_ADD
	return bytes;
}

/* One string: up to its terminator, or what is left of the record's room; `before` is the argument before it, for `%.*s`. */
TT_IMPL_INLINE struct tt_impl_string tt_impl_measure(uint64_t bits, unsigned type, uint32_t rule, uint64_t before,
						     uint32_t left)
{
	const char *from = (const char *)(uintptr_t)bits;
	struct tt_impl_string string;
	uint32_t length;

	if (TT_IMPL_UNLIKELY(type != TT_IMPL_STR || rule != TT_IMPL_RULE_PLAIN || from == NULL))
		return tt_impl_measure_slowly(bits, rule, before, left);
	length = (uint32_t)tt_impl_strnlen(from, left + 1);
	string.from = from;
	string.bytes = length > left ? left : length;
	string.field = length > left ? left | 0x8000 : length;
	return string;
}

/* All strings. Returns their bytes. */
TT_IMPL_INLINE uint32_t tt_impl_measure_all(const struct tt_impl_site *site, const uint8_t *types,
					    const struct tt_impl_value *values, unsigned count,
					    struct tt_impl_string *strings)
{
	uint32_t bytes = 0;

#define TT_IMPL_MEASURE(i)                                                                                   \
	if ((i) < count && types[i] >= TT_IMPL_STR) {                                                        \
		strings[i] = tt_impl_measure(values[i].bits, types[i], site->rules[i],                       \
					     (i) > 0 ? values[(i) > 0 ? (i)-1 : 0].bits : 0,                 \
					     bytes < TT_IMPL_STRINGS_MAX ? TT_IMPL_STRINGS_MAX - bytes : 0); \
		bytes += strings[i].bytes;                                                                   \
	}
	TT_IMPL_EACH(TT_IMPL_MEASURE)
#undef TT_IMPL_MEASURE
	return bytes;
}

/*
 * Stores the fixed part from `at` on: fields of 16 bytes, of 8, of 4, of 2, in argument order within one size. Returns where its
 * last, unfilled word stands, or would stand, and in *filled how many bytes of that are.
 */
TT_IMPL_INLINE uint64_t *tt_impl_put_fixed(uint64_t *at, const uint8_t *types, const struct tt_impl_value *values,
					   unsigned count, unsigned has_errno, const struct tt_impl_string *strings,
					   unsigned *filled)
{
	uint64_t word = 0;

	*filled = 0;
#define TT_IMPL_PUT_16(i)                                                                                    \
	if ((i) < count && tt_impl_field_bytes(types[i]) == 16) {                                            \
		tt_impl_store(at++, values[i].bits);                                                         \
		tt_impl_store(at++, values[i].high);                                                         \
	}
#define TT_IMPL_PUT_8(i)                                                                                     \
	if ((i) < count && tt_impl_field_bytes(types[i]) == 8)                                               \
		tt_impl_store(at++, values[i].bits);
#define TT_IMPL_PUT(bytes, value)                                                                            \
	do {                                                                                                 \
		if ((bytes) == 4 && *filled == 4) {                                                          \
			tt_impl_store_halves(at++, word, value);                                             \
			word = 0;                                                                            \
			*filled = 0;                                                                         \
			break;                                                                               \
		}                                                                                            \
		word |= (uint64_t)(value) << *filled * 8;                                                    \
		*filled += (bytes);                                                                          \
		if (*filled == 8) {                                                                          \
			tt_impl_store(at++, word);                                                           \
			word = 0;                                                                            \
			*filled = 0;                                                                         \
		}                                                                                            \
	} while (0)
#define TT_IMPL_PUT_4(i)                                                                                     \
	if ((i) < count && tt_impl_field_bytes(types[i]) == 4)                                               \
		TT_IMPL_PUT(4, (uint32_t)values[i].bits);
#define TT_IMPL_PUT_2(i)                                                                                     \
	if ((i) < count && types[i] >= TT_IMPL_STR)                                                          \
		TT_IMPL_PUT(2, strings[i].field);
	TT_IMPL_EACH(TT_IMPL_PUT_16)
	TT_IMPL_EACH(TT_IMPL_PUT_8)
	TT_IMPL_EACH(TT_IMPL_PUT_4)
	if (has_errno)
		TT_IMPL_PUT(4, (uint32_t)errno);
	TT_IMPL_EACH(TT_IMPL_PUT_2)
#undef TT_IMPL_PUT_16
#undef TT_IMPL_PUT_8
#undef TT_IMPL_PUT_4
#undef TT_IMPL_PUT_2
#undef TT_IMPL_PUT
	if (*filled > 0)
		tt_impl_store(at, word);
	return at;
}

/* Copies the strings' bytes behind each other from `to` on. */
TT_IMPL_INLINE void tt_impl_put_strings(char *to, const uint8_t *types, const struct tt_impl_value *values,
					unsigned count, const struct tt_impl_string *strings)
{
#define TT_IMPL_COPY(i)                                                                                      \
	if ((i) < count && types[i] >= TT_IMPL_STR) {                                                        \
		if (TT_IMPL_LIKELY(strings[i].from != NULL))                                                 \
			tt_impl_copy(to, strings[i].from, strings[i].bytes);                                 \
		else if (strings[i].bytes == 8)                                                              \
			tt_impl_copy(to, (const char *)&values[i].bits, 8);                                  \
		to += strings[i].bytes;                                                                      \
	}
	TT_IMPL_EACH(TT_IMPL_COPY)
#undef TT_IMPL_COPY
}

/* Writes the record of `words` at its place. */
TT_IMPL_INLINE void tt_impl_put(const struct tt_impl_place *place, uint32_t slot, uint32_t words, const uint8_t *types,
				const struct tt_impl_value *values, unsigned count, unsigned has_errno,
				const struct tt_impl_string *strings, uint32_t strings_bytes)
{
	uint64_t *record = place->chunk + TT_IMPL_CHUNK_RECORDS / 8 + (place->state & 0xffff);
	uint64_t *at, *last;
	unsigned filled;

	slot += words - (8 + tt_impl_fixed_bytes(types, count, has_errno) + 7) / 8;
	tt_impl_store_halves(record, place->ticks, slot);
	at = tt_impl_put_fixed(record + 1, types, values, count, has_errno, strings, &filled);
	if (strings_bytes > 0) {
		last = record + words - 1;
		if (filled == 0 || last != at)
			tt_impl_store(last, 0); /* the padding */
		tt_impl_put_strings((char *)at + filled, types, values, count, strings);
	}
	tt_impl_commit(place, words);
}

/*
 * The values' words, 64 bits each. As arguments they stay in registers, and cost the way that is usual nothing; where they are many, as an
 * array. Of all this one call is left.
 */
TT_IMPL_INLINE void tt_impl_leave_to_library(const struct tt_impl_site *site, const uint8_t *types,
					     const struct tt_impl_value *values, unsigned count)
{
	uint64_t words[2 * TT_IMPL_ARGUMENTS_MAX];
	unsigned used = 0;

#define TT_IMPL_WORDS(i)                                                                                     \
	if ((i) < count) {                                                                                   \
		words[used++] = values[i].bits;                                                              \
		if (tt_impl_field_bytes(types[i]) == 16)                                                     \
			words[used++] = values[i].high;                                                      \
	}
	TT_IMPL_EACH(TT_IMPL_WORDS)
#undef TT_IMPL_WORDS
	if (used > TT_IMPL_PASSED_MAX)
		tt_impl_record_slowly_from(site, words);
	else if (used == 4)
		tt_impl_record_slowly_4(site, words[0], words[1], words[2], words[3]);
	else if (used == 3)
		tt_impl_record_slowly_3(site, words[0], words[1], words[2]);
	else if (used == 2)
		tt_impl_record_slowly_2(site, words[0], words[1]);
	else if (used == 1)
		tt_impl_record_slowly_1(site, words[0]);
	else
		tt_impl_record_slowly_0(site);
}

/* Appends one record. What is seldom is the library's: it makes the record anew, with the layout that the site has. */
TT_IMPL_INLINE void tt_impl_record(const struct tt_impl_site *site, uint32_t slot, const uint8_t *types,
				   const struct tt_impl_value *values, unsigned count, unsigned has_errno)
{
	struct tt_impl_string strings[TT_IMPL_ARGUMENTS_MAX] = { { NULL, 0, 0 } };
	uint32_t fixed_bytes = tt_impl_fixed_bytes(types, count, has_errno);
	uint32_t strings_bytes = tt_impl_measure_all(site, types, values, count, strings);
	uint32_t words = (8 + fixed_bytes + strings_bytes + 7) / 8;
	struct tt_impl_place place;

	if (tt_impl_begin(&place, words))
		tt_impl_put(&place, slot, words, types, values, count, has_errno, strings, strings_bytes);
	else
		tt_impl_leave_to_library(site, types, values, count);
}

/*
 * Does the format want errno (`%m`)? Nothing in the argument list says so, and a format cannot be parsed in a
 * constant expression; but searches in a literal fold. This may say yes wrongly ("5m"), which costs four bytes,
 * never no wrongly: before the `m` of a conversion stands one of these, unless it has a length, which means nothing to it.
 * The library asks the same function.
 */
TT_IMPL_INLINE __attribute__((const)) int tt_impl_wants_errno(const char *format)
{
#define TT_IMPL_HAS(text) (__builtin_strstr(format, text) != NULL)
	return TT_IMPL_HAS("%m") || TT_IMPL_HAS("% m") || TT_IMPL_HAS("-m") || TT_IMPL_HAS("+m") ||
	       TT_IMPL_HAS("#m") || TT_IMPL_HAS("'m") || TT_IMPL_HAS("Im") || TT_IMPL_HAS("*m") ||
	       TT_IMPL_HAS(".m") || TT_IMPL_HAS("$m") || TT_IMPL_HAS("0m") || TT_IMPL_HAS("1m") ||
	       TT_IMPL_HAS("2m") || TT_IMPL_HAS("3m") || TT_IMPL_HAS("4m") || TT_IMPL_HAS("5m") ||
	       TT_IMPL_HAS("6m") || TT_IMPL_HAS("7m") || TT_IMPL_HAS("8m") || TT_IMPL_HAS("9m") ||
	       TT_IMPL_HAS("+ m") || TT_IMPL_HAS("- m") || TT_IMPL_HAS("# m") || TT_IMPL_HAS("0 m") ||
	       TT_IMPL_HAS("  m") || TT_IMPL_HAS("' m") || TT_IMPL_HAS("I m") ||
	       TT_IMPL_HAS("$ m");
#undef TT_IMPL_HAS
}

#ifndef __cplusplus

#include <ttlog/arguments.h>

/* The compiler checks the arguments against the format here; nothing of it is ever run. */
#define TT_IMPL_CHECK(...)                                                                                   \
	do {                                                                                                 \
		if (0)                                                                                       \
			__extension__ tt_impl_check(__VA_ARGS__);                                            \
	} while (0)

/*
 * Without optimization nothing of tt_impl_record folds away: each call place would be 38 KB of code, and 0.2 s of the
 * compiler's time. So there the library's copy of it runs, which reads the layout from the site.
 */
#ifdef __OPTIMIZE__
#define TT_IMPL_RECORD(...)                                                                                  \
	do {                                                                                                 \
		static const uint8_t tt_impl_types_[] = { TT_IMPL_MAP(TT_IMPL_TYPE, __VA_ARGS__) };          \
		const unsigned tt_impl_errno_ =                                                              \
			__builtin_constant_p(tt_impl_wants_errno(TT_IMPL_FORMAT(__VA_ARGS__))) ?             \
				(unsigned)tt_impl_wants_errno(TT_IMPL_FORMAT(__VA_ARGS__)) :                 \
				tt_impl_site_.has_errno;                                                     \
                                                                                                             \
		tt_impl_record(&tt_impl_site_, (uint32_t)tt_impl_slot_, tt_impl_types_, tt_impl_values_,     \
			       TT_IMPL_COUNT(__VA_ARGS__), tt_impl_errno_);                                  \
	} while (0)
#else
#define TT_IMPL_RECORD(...)                                                                                  \
	tt_impl_record_plainly(&tt_impl_site_, (uint32_t)tt_impl_slot_, tt_impl_values_)
#endif

#ifdef TT_DISABLE
#define TT_IMPL_EVENT(level_, target_, source_, ...) TT_IMPL_CHECK(__VA_ARGS__)
#else
#define TT_IMPL_EVENT(level_, target_, source_, ...)                                                         \
	do {                                                                                                 \
		static struct tt_impl_site tt_impl_site_ = { .line = __LINE__,                               \
							     .level = (level_),                              \
							     .arguments = TT_IMPL_COUNT(__VA_ARGS__),        \
							     .types = { TT_IMPL_MAP(TT_IMPL_TYPE, __VA_ARGS__) }, \
							     .target = (target_),                            \
							     .file = __FILE__,                               \
							     .function = __func__,                           \
							     .format = TT_IMPL_FORMAT(__VA_ARGS__),          \
							     .source = (source_) };                          \
		static struct tt_impl_site *const tt_impl_entry_                                             \
			__attribute__((section("tt_sites"), used)) = &tt_impl_site_;                         \
		int32_t tt_impl_slot_;                                                                       \
                                                                                                             \
		_Static_assert(TT_IMPL_COUNT(__VA_ARGS__) <= TT_IMPL_ARGUMENTS_MAX,                          \
			       "an event has at most 16 arguments");                                         \
		TT_IMPL_CHECK(__VA_ARGS__);                                                                  \
		tt_impl_slot_ = __atomic_load_n(&tt_impl_site_.slot, __ATOMIC_RELAXED);                      \
		if (tt_impl_slot_ > 0) {                                                                     \
			const struct tt_impl_value tt_impl_values_[] = { TT_IMPL_MAP(TT_IMPL_VALUE, __VA_ARGS__) };      \
                                                                                                             \
			TT_IMPL_RECORD(__VA_ARGS__);                                                         \
		}                                                                                            \
	} while (0)
#endif

#endif /* !__cplusplus */

#endif
