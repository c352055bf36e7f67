#include "repack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../format-spec/twin/crc32.h"
#include "../../format-spec/twin/record.h"
#include "../reader/chunk.h"
#include "body.h"
#include "encode.h"
#include "sections.h"

/* A body of many entries is ended when it is as large as this. */
#define BODY_BYTES 1048576u

struct repacking {
	struct trace *trace;
	struct sections sections;
	struct out body; /* of the section that is made */
	struct encode encode;
	struct chunk_scratch scratch;
	uint8_t *records; /* of a chunk that gets a record more; NULL: there was none yet */
};

static void add_body(struct repacking *repacking, unsigned type)
{
	const struct out *body = &repacking->body;

	sections_add(&repacking->sections, type, body->start, out_used(body), "", 0);
	out_clear(&repacking->body);
}

static void put_process(struct repacking *repacking)
{
	const struct trace_info *info = &repacking->trace->info;
	struct out *body = &repacking->body;

	body_u32(body, repacking->trace->process.pid);
	body_u32(body, info->chunk_bytes);
	body_u64(body, info->start_time);
	body_u64(body, info->taken_ns);
	body_u32(body, info->policy);
	body_u32(body, (uint32_t)info->signal);
	body_u32(body, (uint32_t)info->signal_code);
	body_u32(body, info->sender_pid);
	body_u32(body, info->sender_uid);
	body_u32(body, info->tid);
	body_u64(body, info->fault_address);
	body_u64s(body, info->dropped, TTF_DROP_CAUSES);
	body_u64(body, info->retired_threads);
	body_u64(body, info->retired_recorded);
	body_u64s(body, info->retired_dropped, TTF_DROP_CAUSES);
	body_string(body, repacking->trace->process.service);
	body_string(body, info->host);
	body_string(body, info->boot_id);
	body_string(body, info->version);
	body_string(body, info->exe);
	body_string(body, info->reason);
	add_body(repacking, TTF_SECTION_PROCESS);
}

static void put_crash(struct repacking *repacking)
{
	const struct trace_crash *crash = repacking->trace->crash;
	struct out *body = &repacking->body;

	if (crash == NULL)
		return;
	body_u32(body, crash->tid);
	body_u32(body, crash->machine);
	body_u64(body, crash->pc);
	body_u64(body, crash->sp);
	body_u32(body, crash->register_count);
	body_u32(body, crash->frame_count);
	out_bytes(body, crash->siginfo, sizeof(crash->siginfo));
	body_u64s(body, crash->registers, crash->register_count);
	body_u64s(body, crash->frames, crash->frame_count);
	add_body(repacking, TTF_SECTION_CRASH);
}

static void put_triple(struct out *body, uint64_t ticks, uint64_t mono_ns, uint64_t real_ns)
{
	body_u64(body, ticks);
	body_u64(body, mono_ns);
	body_u64(body, real_ns);
}

/* A triple that the clock has left out, since another has its mono_ns, may still be an end of its span. */
static uint32_t put_end(struct out *body, const struct clock *clock, const struct clock_pair *end)
{
	for (size_t i = 0; i < clock->count; i++) {
		if (clock->triples[i].mono_ns != end->ns)
			continue;
		put_triple(body, end->ticks, end->ns, clock->triples[i].real_ns);
		return 1;
	}
	return 0;
}

static void begin_clock(struct repacking *repacking)
{
	const struct clock *clock = &repacking->trace->clock;

	body_u32(&repacking->body, clock->kind | (clock->is_held ? TTF_CLOCK_HELD : 0));
	body_u32(&repacking->body, 0);
}

static void end_clock(struct repacking *repacking, uint32_t *count)
{
	if (repacking->body.error == 0)
		ttf_store32(repacking->body.start + TTF_CLOCKS_COUNT, *count);
	add_body(repacking, TTF_SECTION_CLOCK);
	begin_clock(repacking);
	*count = 0;
}

static void put_clock(struct repacking *repacking)
{
	const struct clock *clock = &repacking->trace->clock;
	struct out *body = &repacking->body;
	uint32_t count = 0;

	begin_clock(repacking);
	for (size_t i = 0; i < clock->count; i++) {
		const struct clock_triple *triple = &clock->triples[i];

		put_triple(body, triple->ticks, triple->mono_ns, triple->real_ns);
		if (++count == TTF_CLOCKS_MAX - 2)
			end_clock(repacking, &count);
	}
	count += put_end(body, clock, &clock->lowest);
	count += put_end(body, clock, &clock->highest);
	end_clock(repacking, &count);
	out_clear(body);
}

static void put_thread(struct out *body, const struct trace_ring *ring)
{
	size_t from = out_used(body);

	body_u32(body, ring->ring.index);
	body_u32(body, ring->ring.tid);
	body_u64(body, ring->ring.serial);
	body_u32(body, ring->ring.is_nested ? TTF_RING_NESTED : TTF_RING_MAIN);
	body_u32(body, ring->use);
	body_u64(body, ring->start_ns);
	body_u64(body, ring->end_ns);
	body_u64(body, ring->recorded);
	body_u64(body, ring->overwritten);
	body_u64s(body, ring->dropped, TTF_DROP_CAUSES);
	body_string(body, ring->ring.name);
	body_pad(body, from);
}

/* The count that a body of entries begins with. */
static void begin_entries(struct out *body)
{
	body_u64(body, 0);
}

static void end_entries(struct repacking *repacking, unsigned type, uint32_t *count)
{
	if (repacking->body.error == 0)
		ttf_store32(repacking->body.start, *count);
	add_body(repacking, type);
	begin_entries(&repacking->body);
	*count = 0;
}

static void put_threads(struct repacking *repacking)
{
	const struct trace *trace = repacking->trace;
	uint32_t count = 0;

	begin_entries(&repacking->body);
	for (uint32_t i = 0; i < trace->ring_count; i++) {
		if (trace->rings[i] == NULL || !trace->rings[i]->is_described)
			continue;
		put_thread(&repacking->body, trace->rings[i]);
		count++;
		if (out_used(&repacking->body) >= BODY_BYTES)
			end_entries(repacking, TTF_SECTION_THREADS, &count);
	}
	end_entries(repacking, TTF_SECTION_THREADS, &count);
	out_clear(&repacking->body);
}

static void put_modules(struct repacking *repacking)
{
	const struct trace *trace = repacking->trace;
	struct out *body = &repacking->body;
	uint32_t count = 0;

	begin_entries(body);
	for (size_t i = 0; i < trace->module_count; i++) {
		const struct trace_module *module = &trace->modules[i];

		body_u64(body, module->base);
		body_u64(body, module->end);
		body_u8(body, (uint8_t)module->build_id.bytes);
		out_bytes(body, module->build_id.at, module->build_id.bytes);
		body_string(body, module->path);
		count++;
		if (out_used(body) >= BODY_BYTES)
			end_entries(repacking, TTF_SECTION_MODULES, &count);
	}
	if (count > 0)
		end_entries(repacking, TTF_SECTION_MODULES, &count);
	out_clear(body);
}

static void put_site(struct out *body, const struct site *site)
{
	const struct text texts[] = { site->target, site->file, site->function, site->format, site->names };
	size_t from = out_used(body);
	uint8_t *entry;

	body_u64(body, 0); /* length and CRC: below */
	body_u32(body, site->id);
	body_u32(body, site->line);
	body_u8(body, site->level);
	body_u8(body, site->kind);
	body_u8(body, site->arguments);
	body_u8(body, site->has_errno ? TTF_SITE_FLAG_ERRNO : 0);
	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		body_u16(body, (uint16_t)texts[i].bytes);
	body_u16(body, 0);
	out_bytes(body, site->types, site->arguments);
	out_repeat(body, 0, TTF_ARGUMENTS_MAX - site->arguments);
	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		out_bytes(body, texts[i].at, texts[i].bytes);
	body_pad(body, from);
	if (body->error != 0)
		return;
	entry = (uint8_t *)body->start + from;
	ttf_store32(entry + TTF_SITE_BYTES, (uint32_t)(out_used(body) - from));
	ttf_store32(entry + TTF_SITE_CRC,
		    ttf_crc32(0, entry + TTF_SITE_ID, out_used(body) - from - TTF_SITE_ID));
}

static void put_sites(struct repacking *repacking)
{
	const struct sites *sites = &repacking->trace->sites;

	for (uint32_t id = 0; id < sites->room; id++) {
		const struct site *site = sites_find(sites, id);

		if (site != NULL)
			put_site(&repacking->body, site);
		if (out_used(&repacking->body) >= BODY_BYTES)
			add_body(repacking, TTF_SECTION_SITES);
	}
	if (out_used(&repacking->body) > 0)
		add_body(repacking, TTF_SECTION_SITES);
}

/* Whether the last event of the records has those ticks. */
static bool ends_with(const struct chunk *chunk, const uint8_t *records, uint64_t ticks)
{
	uint64_t base = chunk->base_ticks;
	bool is_last = false;

	for (uint32_t at = 0; at < chunk->words;) {
		uint64_t header = ttf_load64(records + at * (size_t)8);
		uint32_t words = ttf_record_words(header);

		if (words == 0 || words > chunk->words - at)
			return false;
		if (ttf_record_id(header) != 0)
			is_last = ttf_record_ticks(base, header) == ticks;
		else if (ttf_record_low(header) == TTF_CONTROL_SYNC && words == TTF_SYNC_WORDS)
			base = ttf_load64(records + (at + 1) * (size_t)8);
		at += words;
	}
	return is_last;
}

/* What a region's ring says of its last events stands in a snapshot as a record behind them. Returns the chunk's words with it. */
static uint32_t add_until(struct repacking *repacking, const struct trace_ring *ring,
			  const struct chunk *chunk, const uint8_t **records)
{
	uint8_t *at;

	if (ring->held_ticks == 0 ||
	    chunk != &repacking->trace->chunks[ring->first_chunk + ring->chunk_count - 1] ||
	    chunk->words + TTF_UNTIL_WORDS > TTF_CHUNKS_WORDS_MAX ||
	    !ends_with(chunk, *records, ring->held_ticks))
		return chunk->words;
	memcpy(repacking->records, *records, chunk->words * (size_t)8);
	at = repacking->records + chunk->words * (size_t)8;
	ttf_store64(at, TTF_UNTIL_HEADER);
	ttf_store64(at + 8, ring->until_ticks);
	*records = repacking->records;
	return chunk->words + TTF_UNTIL_WORDS;
}

/* A chunk that cannot be read is one whose data do not decode. */
static int put_chunk(struct repacking *repacking, const struct trace_ring *ring, const struct chunk *chunk)
{
	struct chunk_words words = { 0 };
	const uint8_t *records;
	const uint8_t *data = (const uint8_t *)"";
	uint8_t head[TTF_CHUNKS_DATA];
	uint32_t count = chunk->words;
	uint32_t encoding = TTF_ENCODING_LZ4;
	size_t bytes = 0;
	int error =
		chunk_fetch(repacking->trace, chunk, &repacking->scratch, &words, 0, chunk->words, &records);

	if (error == -ENOMEM)
		return error;
	if (error == 0) {
		count = add_until(repacking, ring, chunk, &records);
		encoding = encode_chunk(&repacking->encode, records, count, &data, &bytes);
	}
	ttf_store32(head + TTF_CHUNKS_RING, chunk->ring);
	ttf_store32(head + TTF_CHUNKS_ENCODING, encoding);
	ttf_store64(head + TTF_CHUNKS_NUMBER, chunk->number);
	ttf_store64(head + TTF_CHUNKS_FIRST_SEQ, chunk->first_seq);
	ttf_store64(head + TTF_CHUNKS_BASE_TICKS, chunk->base_ticks);
	ttf_store64(head + TTF_CHUNKS_BASE_NS, chunk->base_ns);
	ttf_store32(head + TTF_CHUNKS_EVENTS, chunk->events);
	ttf_store32(head + TTF_CHUNKS_WORDS, count);
	sections_add(&repacking->sections, TTF_SECTION_CHUNK, head, sizeof(head), data, bytes);
	chunk_words_free(&words, &repacking->scratch);
	return 0;
}

/* Of every ring the newest chunk, then of every ring the one before, as the recorder does. False: there is none left. */
static bool put_round(struct repacking *repacking, const struct repack *how, uint32_t round, uint64_t *done,
		      int *error)
{
	const struct trace *trace = repacking->trace;
	bool is_any = false;

	for (uint32_t i = 0; i < trace->ring_count && *error == 0; i++) {
		const struct trace_ring *ring = trace->rings[i];

		if (ring == NULL || ring->chunk_count <= round)
			continue;
		is_any = true;
		*error = put_chunk(repacking, ring,
				   &trace->chunks[ring->first_chunk + ring->chunk_count - 1 - round]);
		if (how->progress != NULL)
			how->progress(how->user, ++*done, trace->chunk_count);
	}
	return is_any && *error == 0 && repacking->sections.to->error == 0;
}

static int write_file(struct repacking *repacking, const struct repack *how)
{
	const struct trace *trace = repacking->trace;
	uint64_t done = 0;
	int error = 0;

	put_process(repacking);
	put_crash(repacking);
	put_clock(repacking);
	put_threads(repacking);
	put_sites(repacking);
	put_modules(repacking);
	for (uint32_t round = 0; put_round(repacking, how, round, &done, &error);)
		round++;
	sections_end(&repacking->sections, trace->torn < UINT32_MAX ? (uint32_t)trace->torn : UINT32_MAX);
	return error != 0 ? error : -repacking->body.error;
}

static int open_all(struct repacking *repacking, const struct repack *how)
{
	int error = out_open(&repacking->body, -1);

	if (error == 0)
		error = encode_open(&repacking->encode, &repacking->trace->sites, how->is_best);
	if (error != 0)
		return error;
	repacking->records = malloc(TTF_CHUNKS_WORDS_MAX * (size_t)8);
	return repacking->records != NULL ? 0 : -ENOMEM;
}

int repack_trace(struct out *to, struct trace *trace, const struct repack *how)
{
	struct repacking *repacking = calloc(1, sizeof(*repacking));
	int error;

	if (repacking == NULL)
		return -ENOMEM;
	repacking->trace = trace;
	sections_begin(&repacking->sections, to, trace->info.taken_ns ^ trace->process.pid);
	error = open_all(repacking, how);
	if (error == 0)
		error = write_file(repacking, how);
	out_close(&repacking->body);
	encode_free(&repacking->encode);
	chunk_scratch_free(&repacking->scratch);
	free(repacking->records);
	free(repacking);
	return error;
}
