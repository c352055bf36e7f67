#include "region.h"

#include <errno.h>
#include <string.h>

#include "../format-spec/twin/bytes.h"
#include "../format-spec/twin/crc32.h"
#include "blackbox.h"
#include "clock.h"
#include "config.h"
#include "include/ttlog.h"
#include "platform/atomic.h"
#include "platform/os.h"
#include "process.h"
#include "report.h"

#define SITES_BLOCK_BYTES 65536u

static struct blackbox map;
static uint32_t owner_pid; /* whose region `map` is; another process's, its parent's, is not to be written */
static uint32_t serial;
static char *sites_block; /* the newest */
static uint64_t early_dropped[TTF_DROP_CAUSES];
static uint64_t *dropped =
	early_dropped; /* then a page of which a forked child has zeros: those are its parent's */
static int is_full_reported;

static bool is_ours(void)
{
	return __atomic_load_n(&owner_pid, __ATOMIC_ACQUIRE) ==
	       (uint32_t)os_pid(); /* R7: pairs with region_open */
}

char *region_base(void)
{
	return map.base;
}

uint64_t region_max_bytes(void)
{
	return map.bytes;
}

uint64_t region_used_bytes(void)
{
	return load64_relaxed(map.base, TTF_REGION_USED_BYTES);
}

uint32_t region_serial(void)
{
	return serial;
}

static void put_triple(char *to, struct triple triple)
{
	store64_relaxed(to, TTF_TRIPLE_TICKS, triple.ticks);
	store64_relaxed(to, TTF_TRIPLE_MONO, triple.mono_ns);
	store64_relaxed(to, TTF_TRIPLE_REAL, triple.real_ns);
}

static uint32_t triple_crc(struct triple triple)
{
	_Alignas(8) char bytes[TTF_TRIPLE_BYTES];

	put_triple(bytes, triple);
	return ttf_crc32(0, bytes, sizeof(bytes));
}

static void write_header(void)
{
	char *to = map.base;

	ttf_store32(to + TTF_REGION_ABI_NUMBER, TTF_REGION_ABI);
	ttf_store32(to + TTF_REGION_HEADER_BYTES, TTF_PAGE);
	ttf_store64(to + TTF_REGION_BYTES, map.bytes);
	store64_relaxed(to, TTF_REGION_USED_BYTES, TTF_PAGE);
	ttf_store32(to + TTF_REGION_CHUNK_BYTES, CONFIG_CHUNK_BYTES);
	ttf_store32(to + TTF_REGION_CLOCK, clock_code());
	ttf_store32(to + TTF_REGION_PID, (uint32_t)os_pid());
	ttf_store32(to + TTF_REGION_STATE, TTF_STATE_RUNNING);
	ttf_store64(to + TTF_REGION_START_TIME, process_start_time(os_pid()));
	put_triple(to + TTF_REGION_LOAD, clock_at_load());
	put_triple(to + TTF_REGION_CREATION, clock_triple());
	memcpy(to + TTF_REGION_SERVICE, config.service, sizeof(config.service));
	memcpy(to + TTF_REGION_HOST, process.host, sizeof(process.host));
	memcpy(to + TTF_REGION_BOOT_ID, process.boot_id, sizeof(process.boot_id));
	memcpy(to + TTF_REGION_VERSION, "ttlog " TT_VERSION, sizeof("ttlog " TT_VERSION));
	memcpy(to + TTF_REGION_EXE, process.exe, sizeof(process.exe));
	ttf_store32(to + TTF_REGION_HEADER_CRC, ttf_region_crc(to));
	ttf_store32(to + TTF_REGION_IDENTITY_CRC,
		    ttf_crc32(0, to + TTF_REGION_IDENTITY, TTF_REGION_IDENTITY_END - TTF_REGION_IDENTITY));
	store64_release(to, TTF_REGION_MAGIC, ttf_magic(TTF_REGION_MAGIC_MASKED)); /* R3 */
}

/* Those that were counted while it was made. */
static void write_drops(void)
{
	for (int cause = 0; cause < TTF_DROP_CAUSES; cause++)
		raise64_relaxed(map.base, TTF_REGION_DROPPED + 8 * (uint64_t)cause,
				__atomic_load_n(&dropped[cause], __ATOMIC_RELAXED));
}

void region_load(void)
{
	uint64_t *page = os_map(TTF_PAGE);

	if (page && os_wipe_on_fork(page, TTF_PAGE) == 0) {
		memcpy(page, early_dropped, sizeof(early_dropped));
		dropped = page;
	} else if (page) {
		os_unmap(page, TTF_PAGE);
	}
}

void region_forked(void)
{
	if (dropped == early_dropped)
		memset(early_dropped, 0, sizeof(early_dropped));
}

int region_open(void)
{
	int error;

	sites_block = NULL;
	error = blackbox_make(&map, write_header);
	if (error < 0)
		return error;
	serial++;
	__atomic_store_n(&owner_pid, (uint32_t)os_pid(),
			 __ATOMIC_RELEASE); /* R7: publishes the map and its header */
	write_drops();
	return 0;
}

int region_use_memory(int why)
{
	int error = blackbox_use_memory(&map, why);

	if (error < 0)
		return error;
	sites_block = NULL;
	serial++;
	write_header();
	write_drops();
	return 0;
}

char *region_take(uint32_t type, uint64_t bytes)
{
	uint64_t used = load64_relaxed(map.base, TTF_REGION_USED_BYTES), taken;
	char *block;
	int error;

	do {
		if (bytes > map.bytes - used)
			return NULL;
	} while (!__atomic_compare_exchange_n(word64(map.base, TTF_REGION_USED_BYTES), &used, used + bytes, 1,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	block = map.base + used;
	error = os_populate(block, bytes, map.path[0] ? map.path : NULL, used);
	if (error < 0) {
		/* Given back if nobody has taken more meanwhile; else it stays a hole, which readers step over. */
		taken = used + bytes;
		__atomic_compare_exchange_n(word64(map.base, TTF_REGION_USED_BYTES), &taken, used, 0,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
		if (type == TTF_BLOCK_RING) /* of sites tells who writes them */
			report_once(&is_full_reported, "no room for more rings", map.path, error);
		return NULL;
	}
	ttf_store32(block + TTF_BLOCK_TYPE, type);
	ttf_store64(block + TTF_BLOCK_BYTES, bytes);
	ttf_store64(block + TTF_BLOCK_OFFSET, used);
	ttf_store32(block + TTF_BLOCK_CRC, ttf_block_crc(block));
	return block;
}

void region_copy_header(char *ring)
{
	static const struct {
		uint16_t from, to;
	} parts[] = {
		{ TTF_REGION_ABI_NUMBER, TTF_REGION_USED_BYTES },
		{ TTF_REGION_CHUNK_BYTES, TTF_REGION_STATE },
		{ TTF_REGION_START_TIME, TTF_REGION_LATEST_VERSION },
		{ TTF_REGION_HEADER_CRC, TTF_REGION_IDENTITY_END },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		memcpy(ring + TTF_RING_COPY + parts[i].from, map.base + parts[i].from,
		       (size_t)(parts[i].to - parts[i].from));
}

void region_publish(char *block)
{
	store64_release(block, TTF_BLOCK_MAGIC, ttf_magic(TTF_BLOCK_MAGIC_MASKED)); /* R3: pairs with A7 */
}

static uint64_t sites_room(void)
{
	if (!sites_block)
		return 0;
	return ttf_load64(sites_block + TTF_BLOCK_BYTES) - TTF_SITES_ENTRIES -
	       load64_relaxed(sites_block, TTF_SITES_COMMITTED);
}

char *region_site_room(uint32_t bytes)
{
	if (sites_room() < bytes) {
		char *block = region_take(TTF_BLOCK_SITES, SITES_BLOCK_BYTES);

		if (!block)
			return NULL;
		region_publish(block);
		sites_block = block;
	}
	return sites_block + TTF_SITES_ENTRIES + load64_relaxed(sites_block, TTF_SITES_COMMITTED);
}

void region_site_commit(uint32_t bytes)
{
	/* R2: pairs with A6; publishes the entry. */
	store64_release(sites_block, TTF_SITES_COMMITTED,
			load64_relaxed(sites_block, TTF_SITES_COMMITTED) + bytes);
}

void region_count_drop(enum ttf_drop cause)
{
	uint64_t count = __atomic_add_fetch(&dropped[cause], 1, __ATOMIC_RELAXED);

	if (is_ours())
		raise64_relaxed(map.base, TTF_REGION_DROPPED + 8 * (uint64_t)cause, count);
}

uint64_t region_dropped(enum ttf_drop cause)
{
	return __atomic_load_n(&dropped[cause], __ATOMIC_RELAXED);
}

void region_retire(bool is_main, uint64_t recorded, const uint64_t causes[TTF_DROP_CAUSES])
{
	add64_relaxed(map.base, TTF_REGION_RETIRED_THREADS, is_main);
	add64_relaxed(map.base, TTF_REGION_RETIRED_RECORDED, recorded);
	for (int cause = 0; cause < TTF_DROP_CAUSES; cause++)
		add64_relaxed(map.base, TTF_REGION_RETIRED_DROPPED + 8 * (uint64_t)cause, causes[cause]);
}

void region_read_retired(struct region_retired *retired)
{
	retired->threads = load64_relaxed(map.base, TTF_REGION_RETIRED_THREADS);
	retired->recorded = load64_relaxed(map.base, TTF_REGION_RETIRED_RECORDED);
	for (int cause = 0; cause < TTF_DROP_CAUSES; cause++)
		retired->dropped[cause] =
			load64_relaxed(map.base, TTF_REGION_RETIRED_DROPPED + 8 * (uint64_t)cause);
}

void region_renew_clock(uint64_t now_ns, uint64_t age_ns)
{
	uint64_t version = load64_relaxed(map.base, TTF_REGION_LATEST_VERSION);
	uint64_t last = load64_relaxed(map.base, TTF_REGION_LATEST + TTF_TRIPLE_MONO);
	struct triple now;

	if (version % 2 != 0 || now_ns - last < age_ns)
		return; /* another thread is at it, or it is fresh */
	now = clock_triple();
	/* R6: version odd, fence, fields, version even; pairs with A8. Losing the exchange means that another renews. */
	if (!__atomic_compare_exchange_n(word64(map.base, TTF_REGION_LATEST_VERSION), &version, version + 1,
					 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return;
	fence_release(); /* R6 */
	put_triple(map.base + TTF_REGION_LATEST, now);
	store32_relaxed(map.base, TTF_REGION_LATEST_CRC, triple_crc(now));
	store64_release(map.base, TTF_REGION_LATEST_VERSION, version + 2); /* R6 */
}

void region_close(void)
{
	if (!is_ours())
		return;
	store32_relaxed(map.base, TTF_REGION_STATE, TTF_STATE_SHUT_DOWN);
	blackbox_remove(&map);
}
