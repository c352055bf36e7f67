#include "hear.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "../../decoder/reader/life.h"
#include "../../decoder/reader/load.h"
#include "../../decoder/reader/merge.h"

/* The region in memory, while it is read. */
static const char memory_name[] = "the mapped region";
static const uint8_t *memory_at;
static size_t memory_bytes;

int __real_source_open(struct source *source, const char *path);
int __real_source_read(const struct source *source, uint64_t offset, void *to, size_t bytes);
uint64_t __real_source_next_data(const struct source *source, uint64_t offset);
bool __real_life_is_running(uint32_t pid, uint64_t start_time, struct text boot_id);
int __wrap_source_open(struct source *source, const char *path);
int __wrap_source_read(const struct source *source, uint64_t offset, void *to, size_t bytes);
uint64_t __wrap_source_next_data(const struct source *source, uint64_t offset);
bool __wrap_life_is_running(uint32_t pid, uint64_t start_time, struct text boot_id);

int __wrap_source_open(struct source *source, const char *path)
{
	if (path != memory_name)
		return __real_source_open(source, path);
	*source = (struct source){ .fd = -1, .bytes = memory_bytes, .name = path };
	return 0;
}

int __wrap_source_read(const struct source *source, uint64_t offset, void *to, size_t bytes)
{
	if (source->name != memory_name)
		return __real_source_read(source, offset, to, bytes);
	if (offset > memory_bytes || bytes > memory_bytes - offset) {
		memset(to, 0, bytes);
		return -ENODATA;
	}
	memcpy(to, memory_at + offset, bytes);
	return 0;
}

uint64_t __wrap_source_next_data(const struct source *source, uint64_t offset)
{
	if (source->name != memory_name)
		return __real_source_next_data(source, offset);
	return offset < memory_bytes ? offset : memory_bytes;
}

bool __wrap_life_is_running(uint32_t pid, uint64_t start_time, struct text boot_id)
{
	return memory_at == NULL && __real_life_is_running(pid, start_time, boot_id);
}

int heard_make(struct heard *heard, uint64_t handled_most)
{
	heard->handled_most = handled_most;
	heard->handled_high = 0;
	heard->handled = calloc(1, handled_most / 8 + 1);
	return heard->handled ? 0 : -ENOMEM;
}

void heard_wrong(struct heard *heard, const char *format, ...)
{
	va_list arguments;

	if (heard->wrong_count++ > 0)
		return;
	va_start(arguments, format);
	vsnprintf(heard->wrong, sizeof(heard->wrong), format, arguments);
	va_end(arguments);
}

static const char *const formats[KINDS] = {
	FORMAT_NONE,	  FORMAT_INTS, FORMAT_DOUBLES, FORMAT_SHORT, FORMAT_LONG,   FORMAT_NULL,
	FORMAT_PRECISION, FORMAT_WIDE, FORMAT_ERRNO,   FORMAT_MANY,  FORMAT_MODULE,
};

static enum script_kind kind_of(const struct event *event)
{
	for (unsigned kind = 0; kind < KINDS; kind++)
		if (event->site->format.bytes == strlen(formats[kind]) &&
		    memcmp(event->site->format.at, formats[kind], event->site->format.bytes) == 0)
			return (enum script_kind)kind;
	return KINDS;
}

/* The event's arguments, one after the other. */
struct taking {
	const struct event *event;
	unsigned at;
	bool is_wrong;
};

static const struct argument *take(struct taking *taking, enum ttf_type type)
{
	static const struct argument none;
	const struct argument *argument = &taking->event->arguments[taking->at];

	if (taking->at++ >= taking->event->site->fields || argument->type != type) {
		taking->is_wrong = true;
		return &none;
	}
	return argument;
}

static void take_bits(struct taking *taking, enum ttf_type type, uint64_t bits)
{
	taking->is_wrong |= take(taking, type)->bits != bits;
}

static void take_int(struct taking *taking, int value)
{
	take_bits(taking, TTF_I32, (uint64_t)(int64_t)value);
}

static void take_string(struct taking *taking, const void *string, size_t bytes)
{
	const struct argument *argument = take(taking, TTF_STR);

	taking->is_wrong |= argument->is_null || argument->is_truncated || argument->bytes.bytes != bytes ||
			    memcmp(argument->bytes.at, string, bytes) != 0;
}

static void take_wide(struct taking *taking, const wchar_t *string)
{
	const struct argument *argument = take(taking, TTF_WSTR);
	size_t bytes = wcslen(string) * sizeof(wchar_t);

	taking->is_wrong |= argument->bytes.bytes != bytes || memcmp(argument->bytes.at, string, bytes) != 0;
}

static void take_ints(struct taking *taking, uint64_t bits)
{
	take_int(taking, (int)bits);
	take_bits(taking, TTF_U32, (uint32_t)bits);
	take_bits(taking, TTF_I64, bits);
	take_int(taking, (signed char)bits);
	take_int(taking, (short)bits);
	take_int(taking, (int)(bits % 26 + 'a'));
}

static void take_doubles(struct taking *taking, uint64_t bits)
{
	double real = (double)bits;
	long double longer = (long double)bits;
	const struct argument *argument;
	uint64_t word;

	memcpy(&word, &real, 8);
	take_bits(taking, TTF_F64, word);
	argument = take(taking, TTF_F80);
	memcpy(&word, &longer, 8);
	taking->is_wrong |= argument->bits != word;
	memcpy(&word, (const char *)&longer + 8, 2);
	taking->is_wrong |= (argument->high & 0xffff) != (word & 0xffff);
}

static void take_many(struct taking *taking, uint64_t bits, const char *string, size_t bytes)
{
	take_int(taking, (int)bits);
	for (unsigned i = 1; i <= 11; i += 2) {
		take_bits(taking, TTF_U64, bits + i);
		take_int(taking, (int)i + 2);
	}
	take_string(taking, string, bytes);
}

static size_t at_most(size_t bytes, size_t limit)
{
	return bytes < limit ? bytes : limit;
}

/* Is it event n of the stream, to the last byte? */
static bool is_right(const struct event *event, enum script_kind kind, unsigned stream, uint64_t n)
{
	static const wchar_t *const wide[] = { L"", L"w", L"wide", L"wide enough" };
	uint64_t bits = script_mix(script_id(stream, n));
	struct taking taking = { event, 1, false };
	char string[SCRIPT_STRING_MAX];
	size_t bytes = script_string(bits, 0, 17, string);

	if (kind == KIND_INTS)
		take_ints(&taking, bits);
	else if (kind == KIND_DOUBLES)
		take_doubles(&taking, bits);
	else if (kind == KIND_SHORT || kind == KIND_MODULE)
		take_string(&taking, string, bytes);
	else if (kind == KIND_MANY)
		take_many(&taking, bits, string, bytes);
	else if (kind == KIND_WIDE) {
		take_wide(&taking, wide[bits % 4]);
		take_bits(&taking, TTF_PTR, bits);
	} else if (kind == KIND_NULL) {
		taking.is_wrong |= !take(&taking, TTF_STR)->is_null;
		take_int(&taking, (int)bits);
	} else if (kind == KIND_ERRNO) {
		take_int(&taking, (int)bits);
		take_bits(&taking, TTF_ERRNO, SCRIPT_ERRNO + n % 100);
	} else if (kind == KIND_PRECISION) {
		take_string(&taking, string, at_most(bytes, 5));
		take_int(&taking, (int)(bits % 20));
		take_string(&taking, string, at_most(bytes, bits % 20));
	} else if (kind == KIND_LONG) {
		bytes = script_string(bits, 17, stream % 2 ? 40 : SCRIPT_STRING_MAX, string);
		take_string(&taking, string, bytes);
		take_string(&taking, string + 3, bytes - 3);
	}
	return !taking.is_wrong && taking.at == event->site->fields;
}

/* In each ring seq goes on without a gap. */
static void hear_seq(struct heard *heard, struct heard_thread *thread, const struct event *event)
{
	bool nested = event->ring->is_nested;

	if (thread->rings[nested] == 0) {
		heard_wrong(heard, "an event of thread %llu, which has no such ring",
			    (unsigned long long)event->ring->serial - 1);
	} else if (thread->seq[nested] == UINT64_MAX) {
		thread->first_seq[nested] = event->seq;
	} else if (event->seq != thread->seq[nested]) {
		heard_wrong(heard, "seq %llu follows %llu", (unsigned long long)event->seq,
			    (unsigned long long)thread->seq[nested] - 1);
	}
	thread->seq[nested] = event->seq + 1;
}

static void hear_handled(struct heard *heard, unsigned stream, uint64_t n)
{
	struct heard_thread *thread = &heard->threads[stream / 2];
	uint8_t bit = (uint8_t)(1u << n % 8);

	thread->handled++;
	if (stream != 1)
		return;
	if (n >= heard->handled_most) {
		heard_wrong(heard, "the handler's event %llu is beyond what can be counted",
			    (unsigned long long)n);
		return;
	}
	if (heard->handled[n / 8] & bit)
		heard_wrong(heard, "the handler's event %llu is there twice", (unsigned long long)n);
	heard->handled[n / 8] |= bit;
	if (n / 8 >= heard->handled_high)
		heard->handled_high = n / 8 + 1;
}

/* The thread's own events stand in order. One of KIND_NONE does not say its number: the next one's tells. */
static void hear_own(struct heard *heard, struct heard_thread *thread, unsigned stream, enum script_kind kind,
		     uint64_t n)
{
	if (kind == KIND_NONE && !thread->has_own) {
		thread->nones++;
		return;
	}
	if (kind == KIND_NONE)
		n = thread->own_next;
	if (!thread->has_own) {
		if (n < thread->nones || thread->nones > 1 ||
		    (thread->nones && script_kind(stream, n - 1) != KIND_NONE))
			heard_wrong(heard, "before event %llu there is one out of place",
				    (unsigned long long)n);
		thread->own_first = n - thread->nones;
		thread->has_own = true;
	} else if (n != thread->own_next) {
		heard_wrong(heard, "event %llu of thread %u is there instead of %llu", (unsigned long long)n,
			    stream / 2, (unsigned long long)thread->own_next);
	}
	if (kind != KIND_MODULE && kind != script_kind(stream, n))
		heard_wrong(heard, "event %llu of thread %u is of another kind", (unsigned long long)n,
			    stream / 2);
	thread->own_next = n + 1;
}

static void hear_event(struct heard *heard, const struct event *event, uint64_t mono_ns)
{
	enum script_kind kind = kind_of(event);
	uint64_t id = event->arguments[0].bits, n = id & ((UINT64_C(1) << 40) - 1);
	uint64_t index = event->ring->serial - 1;
	unsigned stream = kind == KIND_NONE ? (unsigned)index * 2 : (unsigned)(id >> 40);

	heard->events++;
	if (kind == KINDS || index >= SCRIPT_THREADS || stream / 2 != index ||
	    (stream % 2 == 0 && event->ring->is_nested)) {
		heard_wrong(heard, "seq %llu of ring %u: an event that nobody said there",
			    (unsigned long long)event->seq, event->ring->index);
		return;
	}
	if (event->site->fields == 0
		    ? kind != KIND_NONE
		    : event->arguments[0].type != TTF_U64 || !is_right(event, kind, stream, n))
		heard_wrong(heard, "thread %llu, stream %u, event %llu of kind %u: an argument is wrong",
			    (unsigned long long)index, stream, (unsigned long long)n, kind);
	if (mono_ns < heard->from_ns || mono_ns > heard->to_ns)
		heard_wrong(heard, "stream %u, event %llu of kind %u: its time is %lld ns before the start",
			    stream, (unsigned long long)n, kind, (long long)(heard->from_ns - mono_ns));
	hear_seq(heard, &heard->threads[index], event);
	if (stream % 2)
		hear_handled(heard, stream, n);
	else
		hear_own(heard, &heard->threads[index], stream, kind, n);
}

static void hear_ring(struct heard *heard, const struct trace *trace, const struct trace_ring *ring)
{
	struct heard_thread *thread = &heard->threads[(ring->ring.serial - 1) % SCRIPT_THREADS];
	bool nested = ring->ring.is_nested;

	heard->rings++;
	heard->recorded += ring->recorded;
	heard->overwritten += ring->overwritten;
	for (unsigned i = 0; i < TTF_DROP_CAUSES; i++)
		heard->dropped[i] += ring->dropped[i];
	if (ring->ring.serial == 0)
		return; /* being made */
	if (ring->ring.serial > SCRIPT_THREADS || thread->rings[nested]++ > 0)
		heard_wrong(heard, "two rings are of thread %llu", (unsigned long long)ring->ring.serial - 1);
	thread->use = ring->use;
	thread->seq[nested] = UINT64_MAX;
	thread->chunks[nested] = ring->chunk_count;
	if (ring->chunk_count > 0)
		thread->newest_chunk[nested] =
			trace->chunks[ring->first_chunk + ring->chunk_count - 1].number;
	for (uint32_t i = 1; i < ring->chunk_count; i++)
		if (trace->chunks[ring->first_chunk + i].number !=
			    trace->chunks[ring->first_chunk + i - 1].number + 1 &&
		    trace->torn == 0)
			heard_wrong(heard, "a chunk of thread %llu is missing between two others",
				    (unsigned long long)ring->ring.serial - 1);
}

static void hear_trace(struct heard *heard, struct trace *trace)
{
	heard->retired_recorded = trace->info.retired_recorded;
	heard->retired_threads = trace->info.retired_threads;
	heard->sites = trace->sites.count;
	for (unsigned i = 0; i < TTF_DROP_CAUSES; i++)
		heard->dropped[i] = trace->info.dropped[i] + trace->info.retired_dropped[i];
	for (uint32_t i = 0; i < trace->ring_count; i++)
		hear_ring(heard, trace, trace->rings[i]);
}

/* What came after the damage's own: struct damage first, so that its sink finds the rest. */
struct sink {
	struct damage damage;
	struct heard *heard;
};

static void note_damage(struct damage *damage, const char *path, uint64_t offset, const char *what)
{
	struct heard *heard = ((struct sink *)(void *)damage)->heard;

	(void)path;
	if (heard->damage_count++ == 0)
		snprintf(heard->damage, sizeof(heard->damage), "offset %llu: %.100s",
			 (unsigned long long)offset, what);
}

static int hear_events(struct heard *heard, struct trace *trace)
{
	struct merge merge;
	struct event *event = NULL;
	int error = merge_open(&merge, trace, 1, 0, NULL);

	while (error == 0) {
		error = merge_next(&merge, &event);
		if (error < 0 || !event)
			break;
		event_decode(event);
		hear_event(heard, event, merge.top->mono_ns);
	}
	merge_close(&merge);
	return error;
}

/* An event of KIND_NONE alone: all that is known is that its number has that kind. */
static void settle(struct heard *heard)
{
	for (unsigned i = 0; i < SCRIPT_THREADS; i++) {
		struct heard_thread *thread = &heard->threads[i];

		if (thread->has_own || thread->nones == 0)
			continue;
		thread->has_own = true;
		thread->own_first = thread->first_seq[0];
		thread->own_next = thread->own_first + thread->nones;
	}
}

static int hear(struct heard *heard, const char *path)
{
	struct heard before = *heard;
	struct sink sink = { .damage = { .report = note_damage }, .heard = heard };
	struct trace trace;
	int error;

	memset(before.handled, 0, before.handled_high);
	*heard = (struct heard){ .handled = before.handled,
				 .handled_most = before.handled_most,
				 .from_ns = before.from_ns,
				 .to_ns = before.to_ns };
	error = load_trace(&trace, path, 0, &sink.damage);
	if (error == -EBADMSG)
		snprintf(heard->refusal, sizeof(heard->refusal), "%s", trace.refusal);
	if (error < 0)
		return error;
	hear_trace(heard, &trace);
	error = hear_events(heard, &trace);
	heard->torn = trace.torn;
	trace_close(&trace, NULL);
	settle(heard);
	return error;
}

int hear_file(struct heard *heard, const char *path)
{
	memory_at = NULL;
	return hear(heard, path);
}

int hear_memory(struct heard *heard, const void *at, size_t bytes)
{
	int error;

	memory_at = at;
	memory_bytes = bytes;
	error = hear(heard, memory_name);
	memory_at = NULL;
	return error;
}

uint64_t heard_handled(const struct heard *heard)
{
	uint64_t n = 0;

	while (n < heard->handled_high * 8 && (heard->handled[n / 8] >> n % 8 & 1))
		n++;
	return n;
}
