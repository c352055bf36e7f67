/*
 * ttlog.c - the public functions, and the recorder's beginning and end.
 */
#include "include/ttlog.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "../format-spec/twin/record.h"
#include "../format-spec/twin/snapshot.h"
#include "clock.h"
#include "config.h"
#include "crash.h"
#include "filter.h"
#include "life.h"
#include "on_signal.h"
#include "region.h"
#include "registry.h"
#include "report.h"
#include "ring.h"
#include "snapshot.h"
#include "snapshot_file.h"
#include "thread.h"
#include "ticker.h"
#include "writer.h"

_Static_assert((int)TT_DROP_EXITING == (int)TTF_DROP_EXITING && (int)TT_DROP_CAUSES == (int)TTF_DROP_CAUSES,
	       "the causes of a drop are those of the format");
_Static_assert((int)TT_LEVEL_FATAL == (int)TTF_LEVEL_FATAL, "the levels are those of the format");
_Static_assert((int)TT_IMPL_WSTR == (int)TTF_WSTR && (int)TT_IMPL_F128 == (int)TTF_F128, "so are the types");

/* Guards what is installed once for the process. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_shut_down;

/* A forked child whose parent held the lock in another thread would wait for ever. */
static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&lock);
}

static void after_fork_in_child(void)
{
	thread_forked();
	region_forked();
	after_fork();
}

/*
 * Tells us of a thread's exit. From key 32 on glibc's pthread_setspecific allocates, which a first event in a signal handler
 * must not: then exits are found out later, when a ring is needed.
 */
static void make_exit_key(void)
{
	pthread_key_t key;

	if (pthread_key_create(&key, thread_exit) == 0 && key < 32)
		thread_use_exit_key(key);
}

/*
 * What the environment wants installed is installed with the first event, and not before main: by then the program's own handlers and
 * those of its libraries are mostly there, and ours run before them.
 */
static void region_made(void)
{
	int error = config.is_crash ? crash_install() : 0;

	if (error < 0)
		report("TTLOG_CRASH", config.dir, error);
	error = config.signo != 0 ? on_signal_install(config.signo) : 0;
	if (error < 0)
		report("TTLOG_SIGNAL", "", error);
	crash_adopt();
}

/* Before main, and before any constructor of the program's own: the environment is still as it was given. */
static void load(void)
{
	static bool is_loaded;

	if (is_loaded)
		return;
	is_loaded = true;
	clock_load();
	ticker_sweep_by(thread_sweep);
	region_load();
	pthread_atfork(before_fork, after_fork, after_fork_in_child);
	make_exit_key();
	config_load();
	if (config.has_filter)
		filter_set(config.filter);
	life_set_hook(region_made);
}

static void __attribute__((constructor(101))) load_first(void)
{
	load();
}

static void __attribute__((destructor(101))) shut_down_last(void)
{
	tt_shutdown();
}

void tt_impl_module_enter(struct tt_impl_site *const *from, struct tt_impl_site *const *to)
{
	load();
	if (from != to)
		registry_enter(from, to);
}

void tt_impl_module_leave(struct tt_impl_site *const *from)
{
	if (from)
		registry_leave(from);
}

static int apply(const void *options)
{
	return options ? config_apply(options) : 0;
}

int tt_init(const struct tt_options *options)
{
	int error;

	load();
	if (__atomic_load_n(&is_shut_down, __ATOMIC_RELAXED))
		return -ESHUTDOWN;
	/* While the region is made nobody else reads the options: not an event either, of a signal handler that comes in between. */
	error = life_start_with(apply, options);
	if (error > 0)
		return -EALREADY;
	if (error == 0 && config.has_filter)
		registry_filter(config.filter);
	return error;
}

int tt_snapshot(const char *path, const char *reason)
{
	struct snapshot_cause cause = { .policy = TTF_POLICY_DEMAND, .reason = reason };

	if (path && path[0] == '\0')
		return -EINVAL;
	return snapshot_file_take(path, &cause);
}

int tt_snapshot_on_crash(void)
{
	load();
	return crash_install();
}

int tt_snapshot_on_signal(int signo)
{
	int error;

	load();
	pthread_mutex_lock(&lock);
	error = on_signal_install(signo);
	pthread_mutex_unlock(&lock);
	return error;
}

int tt_thread_name(const char *name)
{
	if (!name || strlen(name) >= TTF_RING_NAME_BYTES)
		return -EINVAL;
	return thread_name(name);
}

int tt_filter(const char *spec)
{
	if (!spec)
		spec = "";
	if (filter_check(spec) < 0)
		return -EINVAL;
	registry_filter(spec);
	return 0;
}

static void add_ring(struct tt_stats *stats, char *ring)
{
	struct ring_identity identity;
	struct ring_extent extent;

	ring_read_identity(ring, &identity);
	if (identity.use == TTF_RING_USE_NONE)
		return;
	ring_read_extent(ring, identity.first_number, &extent);
	stats->rings++;
	stats->threads += identity.kind == TTF_RING_MAIN;
	stats->recorded += extent.recorded;
	stats->overwritten += extent.overwritten;
	for (int cause = 0; cause < TT_DROP_CAUSES; cause++)
		stats->dropped_by_cause[cause] += ring_dropped(ring, (enum ttf_drop)cause);
}

static void add_region(struct tt_stats *stats)
{
	struct region_retired retired;

	if (!life_is_ready())
		return;
	region_read_retired(&retired);
	stats->threads += retired.threads;
	stats->recorded += retired.recorded;
	stats->overwritten += retired.recorded; /* their ring is another's: nothing of them is left */
	for (int cause = 0; cause < TT_DROP_CAUSES; cause++)
		stats->dropped_by_cause[cause] += retired.dropped[cause];
	stats->region_bytes = region_used_bytes();
	for (uint32_t i = 0; i < ring_count(); i++)
		if (ring_at(i))
			add_ring(stats, ring_at(i));
}

int tt_stats(struct tt_stats *stats)
{
	if (!stats || stats->size < sizeof(*stats))
		return -EINVAL;
	*stats = (struct tt_stats){ .size = stats->size };
	for (int cause = 0; cause < TT_DROP_CAUSES; cause++)
		stats->dropped_by_cause[cause] = region_dropped((enum ttf_drop)cause);
	add_region(stats);
	for (int cause = 0; cause < TT_DROP_CAUSES; cause++)
		stats->dropped += stats->dropped_by_cause[cause];
	stats->sites = registry_count();
	stats->sites_refused = registry_refused_count();
	snapshot_count(&stats->snapshots, &stats->snapshots_failed);
	return 0;
}

void tt_shutdown(void)
{
	if (__atomic_exchange_n(&is_shut_down, true, __ATOMIC_RELAXED))
		return;
	writer_stop(TTF_DROP_SHUTDOWN);
	thread_interrupt_all();
	pthread_mutex_lock(&lock);
	crash_remove();
	on_signal_remove();
	pthread_mutex_unlock(&lock);
	region_close();
}
