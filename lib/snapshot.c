#include "snapshot.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "../format-spec/twin/bytes.h"
#include "capture.h"
#include "clock.h"
#include "config.h"
#include "encode.h"
#include "include/ttlog.h"
#include "modules.h"
#include "platform/atomic.h"
#include "platform/machine.h"
#include "platform/os.h"
#include "process.h"
#include "region.h"
#include "ring.h"
#include "sections.h"

#define SCRATCH_BYTES 16384u

struct snapshot_memory {
	size_t bytes;		/* of this mapping */
	uint64_t seen;		/* up to here all blocks of the region were looked at */
	uint64_t sites_offset;	/* of the sites block being written; 0: there was none yet */
	uint64_t sites_written; /* its entries' bytes that are written */
	struct sections sections;
	struct modules modules;
	struct module_info module;
	struct capture capture;
	struct encode encode;
	_Alignas(8) char scratch[SCRATCH_BYTES];
	struct capture_chunk stage[];
};

static uint64_t written_count, failed_count;

void snapshot_count(uint64_t *written, uint64_t *failed)
{
	*written = __atomic_load_n(&written_count, __ATOMIC_RELAXED);
	*failed = __atomic_load_n(&failed_count, __ATOMIC_RELAXED);
}

void snapshot_note(int error)
{
	__atomic_fetch_add(error < 0 ? &failed_count : &written_count, 1, __ATOMIC_RELAXED);
}

struct snapshot_memory *snapshot_memory_make(int is_whole)
{
	uint64_t chunks = is_whole ? region_used_bytes() / CONFIG_CHUNK_BYTES + 1 : 1;
	size_t bytes = sizeof(struct snapshot_memory) + (size_t)chunks * sizeof(struct capture_chunk);
	struct snapshot_memory *memory = os_map(bytes);

	if (!memory)
		return NULL;
	memory->bytes = bytes;
	memory->capture.stage = memory->stage;
	memory->capture.stage_capacity = (uint32_t)chunks;
	return memory;
}

void snapshot_memory_free(struct snapshot_memory *memory)
{
	os_unmap(memory, memory->bytes);
}

/* A body put together in the scratch buffer, which is larger than the largest. */
struct body {
	char *at;
	size_t bytes;
};

static void put16(struct body *body, uint16_t value)
{
	ttf_store16(body->at + body->bytes, value);
	body->bytes += 2;
}

static void put32(struct body *body, uint32_t value)
{
	ttf_store32(body->at + body->bytes, value);
	body->bytes += 4;
}

static void put64(struct body *body, uint64_t value)
{
	ttf_store64(body->at + body->bytes, value);
	body->bytes += 8;
}

static void put_string(struct body *body, const char *string, size_t most)
{
	size_t bytes = string ? strnlen(string, most) : 0;

	put16(body, (uint16_t)bytes);
	if (bytes > 0)
		memcpy(body->at + body->bytes, string, bytes);
	body->bytes += bytes;
}

static void add_body(struct snapshot_memory *memory, uint16_t type, const struct body *body)
{
	sections_add(&memory->sections, type, body->at, body->bytes, "", 0);
}

/* Does the signal come with a sender, or with an address? man 2 sigaction. */
static bool has_address(int signo)
{
	return signo == SIGSEGV || signo == SIGBUS || signo == SIGILL || signo == SIGFPE || signo == SIGTRAP;
}

static void put_process(struct snapshot_memory *memory, const struct snapshot_cause *cause)
{
	struct body body = { memory->scratch, 0 };
	const siginfo_t *info = cause->info;
	bool is_sent =
		info && (info->si_code == SI_USER || info->si_code == SI_TKILL || info->si_code == SI_QUEUE);
	bool is_fault = info && !is_sent && has_address(cause->signo);
	const char *base = region_base();

	put32(&body, (uint32_t)os_pid());
	put32(&body, CONFIG_CHUNK_BYTES);
	put64(&body, ttf_load64(base + TTF_REGION_START_TIME));
	put64(&body, os_realtime_ns());
	put32(&body, cause->policy);
	put32(&body, (uint32_t)cause->signo);
	put32(&body, info ? (uint32_t)info->si_code : 0);
	put32(&body, is_sent ? (uint32_t)info->si_pid : 0);
	put32(&body, is_sent ? (uint32_t)info->si_uid : 0);
	put32(&body, (uint32_t)os_tid());
	put64(&body, is_fault ? (uint64_t)(uintptr_t)info->si_addr : 0);
	for (uint64_t at = TTF_REGION_DROPPED; at < TTF_REGION_RETIRED_DROPPED + 8 * TTF_DROP_CAUSES; at += 8)
		put64(&body, load64_relaxed(base, at));
	put_string(&body, base + TTF_REGION_SERVICE, TTF_REGION_SERVICE_BYTES);
	put_string(&body, process.host, sizeof(process.host));
	put_string(&body, process.boot_id, sizeof(process.boot_id));
	put_string(&body, "ttlog " TT_VERSION, sizeof("ttlog " TT_VERSION));
	put_string(&body, process.exe, sizeof(process.exe));
	put_string(&body, cause->reason, 1024);
	add_body(memory, TTF_SECTION_PROCESS, &body);
}

static void put_crash(struct snapshot_memory *memory, const struct snapshot_cause *cause)
{
	struct body body = { memory->scratch, 0 };
	const struct machine_state *state = cause->state;

	if (!state)
		return;
	put32(&body, (uint32_t)os_tid());
	put32(&body, state->machine);
	put64(&body, state->pc);
	put64(&body, state->sp);
	put32(&body, state->register_count);
	put32(&body, cause->frame_count);
	memset(body.at + body.bytes, 0, TTF_CRASH_SIGINFO_BYTES);
	if (cause->info)
		memcpy(body.at + body.bytes, cause->info,
		       sizeof(*cause->info) < TTF_CRASH_SIGINFO_BYTES ? sizeof(*cause->info)
								      : TTF_CRASH_SIGINFO_BYTES);
	body.bytes += TTF_CRASH_SIGINFO_BYTES;
	for (uint32_t i = 0; i < state->register_count; i++)
		put64(&body, state->registers[i]);
	for (uint32_t i = 0; i < cause->frame_count; i++)
		put64(&body, cause->frames[i]);
	add_body(memory, TTF_SECTION_CRASH, &body);
}

static void put_triple(struct body *body, uint64_t ticks, uint64_t mono_ns, uint64_t real_ns)
{
	put64(body, ticks);
	put64(body, mono_ns);
	put64(body, real_ns);
}

static void put_clock(struct snapshot_memory *memory)
{
	struct body body = { memory->scratch, 0 };
	struct triple now = clock_triple();
	const char *base = region_base();

	put32(&body, clock_code());
	put32(&body, 3);
	for (uint64_t at = TTF_REGION_LOAD; at <= TTF_REGION_CREATION; at += TTF_TRIPLE_BYTES)
		put_triple(&body, load64_relaxed(base, at + TTF_TRIPLE_TICKS),
			   load64_relaxed(base, at + TTF_TRIPLE_MONO),
			   load64_relaxed(base, at + TTF_TRIPLE_REAL));
	put_triple(&body, now.ticks, now.mono_ns, now.real_ns);
	add_body(memory, TTF_SECTION_CLOCK, &body);
}

#define MODULE_BYTES_MAX (8 + 8 + 1 + TTF_BUILD_ID_MAX + 2 + MODULES_PATH_BYTES)

static void put_module(struct body *body, const struct module_info *info)
{
	put64(body, info->base);
	put64(body, info->end);
	body->at[body->bytes++] = (char)info->build_id_bytes;
	memcpy(body->at + body->bytes, info->build_id, info->build_id_bytes);
	body->bytes += info->build_id_bytes;
	put_string(body, info->path, sizeof(info->path));
}

static void put_modules(struct snapshot_memory *memory)
{
	struct body body = { memory->scratch, TTF_MODULES_ENTRIES };
	uint32_t count = 0;

	if (modules_begin(&memory->modules) < 0)
		return;
	memset(body.at, 0, TTF_MODULES_ENTRIES);
	while (modules_next(&memory->modules, &memory->module)) {
		put_module(&body, &memory->module);
		ttf_store32(body.at + TTF_MODULES_COUNT, ++count);
		if (body.bytes + MODULE_BYTES_MAX > SCRATCH_BYTES) {
			add_body(memory, TTF_SECTION_MODULES, &body);
			body.bytes = TTF_MODULES_ENTRIES;
			count = 0;
		}
	}
	modules_end(&memory->modules);
	if (count > 0)
		add_body(memory, TTF_SECTION_MODULES, &body);
}

#define THREAD_BYTES_MAX (TTF_THREAD_NAME + 2 + TTF_RING_NAME_BYTES + 8)

static void put_thread(struct body *body, const struct capture_view *view, uint32_t ring)
{
	const struct ring_identity *identity = &view->identity;
	size_t start = body->bytes;

	put32(body, ring);
	put32(body, identity->tid);
	put64(body, identity->serial);
	put32(body, identity->kind);
	put32(body, identity->use);
	put64(body, identity->start_ns);
	put64(body, identity->end_ns);
	put64(body, view->extent.recorded);
	put64(body, view->extent.overwritten);
	for (uint64_t cause = 0; cause < TTF_DROP_CAUSES; cause++)
		put64(body, ring_dropped(view->ring, (enum ttf_drop)cause));
	put_string(body, identity->name, sizeof(identity->name));
	while ((body->bytes - start) % 8 != 0)
		body->at[body->bytes++] = 0;
}

static void put_threads(struct snapshot_memory *memory)
{
	struct body body = { memory->scratch, TTF_THREADS_ENTRIES };
	uint32_t count = 0;

	memset(body.at, 0, TTF_THREADS_ENTRIES);
	for (uint32_t i = 0; i < memory->capture.view_count; i++) {
		put_thread(&body, &memory->capture.views[i], i);
		ttf_store32(body.at + TTF_THREADS_COUNT, ++count);
		if (body.bytes + THREAD_BYTES_MAX > SCRATCH_BYTES) {
			add_body(memory, TTF_SECTION_THREADS, &body);
			body.bytes = TTF_THREADS_ENTRIES;
			count = 0;
		}
	}
	if (count > 0 || memory->capture.view_count == 0) {
		ttf_store32(body.at + TTF_THREADS_COUNT, count);
		add_body(memory, TTF_SECTION_THREADS, &body);
	}
}

/* Writes what the sites block has more than was written of it. */
static void put_sites(struct snapshot_memory *memory, const char *block)
{
	uint64_t committed = load64_acquire(block, TTF_SITES_COMMITTED); /* A6: pairs with R2 */

	const char *entries = block + TTF_SITES_ENTRIES + memory->sites_written;

	if (committed > memory->sites_written) {
		encode_learn(&memory->encode, entries, committed - memory->sites_written);
		sections_add(&memory->sections, TTF_SECTION_SITES, "", 0, entries,
			     committed - memory->sites_written);
	}
	memory->sites_written = committed;
}

/*
 * Sites that were committed since the last call: they must stand before the chunks that use them. Only the newest sites block
 * grows; what comes behind the blocks that were seen is new. A block that is being made is looked at again the next time.
 */
static void put_new_sites(struct snapshot_memory *memory)
{
	uint64_t used = region_used_bytes();
	bool is_whole = true;

	if (memory->sites_offset > 0)
		put_sites(memory, region_base() + memory->sites_offset);
	for (uint64_t at = memory->seen; at < used;) {
		const char *block = region_base() + at;

		/* A7: pairs with R3. */
		if (load64_acquire(block, TTF_BLOCK_MAGIC) != ttf_magic(TTF_BLOCK_MAGIC_MASKED)) {
			is_whole = false;
			at += TTF_PAGE;
			continue;
		}
		if (ttf_load32(block + TTF_BLOCK_TYPE) == TTF_BLOCK_SITES && at > memory->sites_offset) {
			memory->sites_offset = at;
			memory->sites_written = 0;
			put_sites(memory, block);
		}
		at += ttf_load64(block + TTF_BLOCK_BYTES);
		if (is_whole)
			memory->seen = at;
	}
}

static void put_chunk(struct snapshot_memory *memory, const struct capture_chunk *chunk)
{
	char head[TTF_CHUNKS_DATA];
	const void *data;
	size_t bytes;
	uint32_t encoding = encode_chunk(&memory->encode, chunk->records, chunk->words, &data, &bytes);

	ttf_store32(head + TTF_CHUNKS_RING, chunk->ring);
	ttf_store32(head + TTF_CHUNKS_ENCODING, encoding);
	ttf_store64(head + TTF_CHUNKS_NUMBER, chunk->number);
	ttf_store64(head + TTF_CHUNKS_FIRST_SEQ, chunk->first_seq);
	ttf_store64(head + TTF_CHUNKS_BASE_TICKS, chunk->base_ticks);
	ttf_store64(head + TTF_CHUNKS_BASE_NS, chunk->base_ns);
	ttf_store32(head + TTF_CHUNKS_EVENTS, chunk->events);
	ttf_store32(head + TTF_CHUNKS_WORDS, chunk->words);
	sections_add(&memory->sections, TTF_SECTION_CHUNK, head, sizeof(head), data, bytes);
}

/*
 * Rounds: of every ring the newest chunk, then of every ring the one before, and so on. So a file cut short has the last moments of all
 * threads. False: there is none left.
 */
static bool put_round(struct snapshot_memory *memory, uint32_t round)
{
	bool is_any = false;

	for (uint32_t i = 0; i < memory->capture.view_count; i++) {
		const struct capture_chunk *chunk;

		if (!capture_is_any(&memory->capture, i, round))
			continue;
		is_any = true;
		chunk = capture_next(&memory->capture, i, round);
		if (chunk == NULL)
			continue;
		put_new_sites(memory);
		put_chunk(memory, chunk);
	}
	return is_any;
}

/*
 * What matters most first, and it is written out at once: a crash handler may fault itself, and what it had only put together is
 * lost. The modules are looked for in the program's memory, so they come after the last moments of all threads.
 */
int snapshot_write(struct snapshot_memory *memory, const struct snapshot_cause *cause, int fd)
{
	memory->seen = TTF_PAGE;
	memory->sites_offset = 0;
	memory->sites_written = 0;
	encode_begin(&memory->encode, cause->policy != TTF_POLICY_CRASH);
	capture_begin(&memory->capture);
	region_renew_clock(os_monotonic_ns(), 0);
	sections_begin(&memory->sections, fd);
	put_process(memory, cause);
	put_crash(memory, cause);
	sections_flush(&memory->sections);
	put_clock(memory);
	put_threads(memory);
	memory->capture.is_told = true;
	put_new_sites(memory);
	put_round(memory, 0);
	sections_flush(&memory->sections);
	put_modules(memory);
	for (uint32_t round = 1; put_round(memory, round); round++)
		sections_flush(&memory->sections);
	return sections_end(&memory->sections, memory->capture.torn);
}
