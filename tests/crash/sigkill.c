/*
 * sigkill.c - kills hammer.c at random moments and compares its black box with what it had published.
 *
 *	sigkill PROGRAMS WORK TTDECODE KILLS SEED
 *
 * In each ring `seq` has no gap and every payload is right, each string to its last byte. Of each thread and stream everything that was
 * published is there up to the newest, and at most one event more: the one that was committed and not yet published. A snapshot that has
 * its name is whole. The moments are spread over all that a recorder does, partly by waiting until a thread is at it.
 * Exit status: 0, or 1.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../format-spec/twin/region.h"
#include "death.h"
#include "hammer.h"
#include "listener.h"
#include "stage.h"
#include "trace_file.h"

#define RUN_NS_MAX 20000000u
#define EARLY_NS_MAX 4000000u
#define AIM_NS_MAX 150000u /* after a thread has come to where it is to be killed */
#define AIM_POLLS_MAX 2000
#define SPREAD_KILLS 1000 /* from so many on there has to be one of every moment */

#define ROOM_FOR_ALL "128M" /* also for the rings of threads that are gone */

/* What is done from kill to kill. */
static const struct plan {
	const char *manner;	/* as hammer.c says */
	const char *ring_bytes; /* as TTLOG_RING_BYTES */
	const char *max_bytes;	/* as TTLOG_MAX_BYTES */
	enum hammer_where aim;	/* kill when a thread is there; HAMMER_NOWHERE: at any time */
	int is_early;		/* in the program's first milliseconds */
} plans[] = {
	{ "-", "64K", "4M", HAMMER_NOWHERE, 0 },	 { "l", "64K", "4M", HAMMER_NOWHERE, 0 },
	{ "r", "64K", "4M", HAMMER_STARTING, 0 },	 { "s", "256K", "4M", HAMMER_SNAPSHOT, 0 },
	{ "rs", "64K", "4M", HAMMER_NOWHERE, 0 },	 { "rl", "32K", ROOM_FOR_ALL, HAMMER_EXITING, 0 },
	{ "-", "256K", "4M", HAMMER_NOWHERE, 0 },	 { "-", "64K", "4M", HAMMER_NOWHERE, 1 },
	{ "ls", "64K", "4M", HAMMER_SNAPSHOT, 0 },	 { "r", "64K", "4M", HAMMER_NOWHERE, 1 },
	{ "r", "32K", ROOM_FOR_ALL, HAMMER_EXITING, 0 }, { "l", "256K", "4M", HAMMER_NOWHERE, 0 },
};
#define PLAN_COUNT (sizeof(plans) / sizeof(plans[0]))

/* Where the threads were when they were killed: as they say themselves, and as their rings tell. */
static uint64_t where_count[HAMMER_WHERES], ring_made_count, chunk_switch_count;

static struct listener listener;
static uint64_t events_total, nested_total, snapshots_total, wrong_count, empty_count;
static const char *ttdecode;
static char work[DEATH_PATH_BYTES], box_path[DEATH_PATH_BYTES + 8], stage_path[DEATH_PATH_BYTES + 8],
	trace_path[DEATH_PATH_BYTES + 8];
static uint64_t random_state;
static unsigned kill_number;
static const struct plan *plan;

static uint64_t random_below(uint64_t limit)
{
	return mix_bits(0, MIX_OWN, random_state++) % limit;
}

static __attribute__((format(printf, 1, 2))) void wrong(const char *format, ...)
{
	va_list arguments;

	if (++wrong_count > 20)
		return;
	printf("sigkill: FAILED kill %u (%s, rings of %s): ", kill_number, plan->manner, plan->ring_bytes);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
}

static uint64_t published_in_all(const struct hammer *hammer)
{
	uint64_t sum = 0;

	for (uint32_t number = 0; number < HAMMER_THREADS; number++)
		sum += hammer->threads[number].said[MIX_OWN] + hammer->threads[number].said[MIX_HANDLER];
	return sum;
}

static void check_with_ttdecode(char *path)
{
	char *arguments[] = { (char *)ttdecode, "-f", "json", "-o", "/dev/null", path, NULL };
	struct death death;

	death_of(&death, work, arguments, false);
	if (death.status != 0)
		wrong("ttdecode of %s: %s", path, death_text(death.status));
}

static uint64_t word_at(const char *base, uint64_t offset)
{
	uint64_t word;

	memcpy(&word, base + offset, sizeof(word));
	return word;
}

/* The ring's newest chunk has no record yet: its thread was killed while it switched chunks, or right after. */
static int is_in_switch(const char *ring)
{
	uint64_t newest = 0, chunks = (uint32_t)word_at(ring, TTF_RING_CHUNK_COUNT);
	uint64_t bytes = word_at(ring, TTF_RING_CHUNK_COUNT) >> 32;

	for (uint64_t i = 0; i < chunks; i++) {
		uint64_t state = word_at(ring, TTF_RING_CHUNKS + i * bytes + TTF_CHUNK_STATE);

		if (ttf_state_generation(state) > ttf_state_generation(newest))
			newest = state;
	}
	return newest != 0 && ttf_state_words(newest) == 0;
}

/* Does a chunk with records begin there? */
static int is_chunk(const char *at)
{
	return word_at(at, TTF_CHUNK_MAGIC) == ttf_magic(TTF_CHUNK_MAGIC_MASKED) &&
	       ttf_state_words(word_at(at, TTF_CHUNK_STATE)) > 0;
}

/*
 * Looks at the rings of the threads that lived, by their places in the file. A ring has no record before it is published: a reader would
 * have to find it by its chunks alone.
 */
static void look_at_rings(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat info;
	const char *region = MAP_FAILED;
	uint64_t unpublished = 0;

	if (fd >= 0 && fstat(fd, &info) == 0 && info.st_size > (off_t)TTF_PAGE)
		region = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (fd >= 0)
		close(fd);
	if (region == MAP_FAILED)
		return;
	for (uint64_t at = TTF_PAGE; at < word_at(region, TTF_REGION_USED_BYTES);) {
		const char *block = region + at;

		if (word_at(block, TTF_BLOCK_MAGIC) != ttf_magic(TTF_BLOCK_MAGIC_MASKED)) {
			unpublished = 1;
			if (is_chunk(block))
				wrong("there are records at offset %llu, in a ring that was not published",
				      (unsigned long long)at);
			at += TTF_PAGE;
			continue;
		}
		if ((uint32_t)word_at(block, TTF_BLOCK_TYPE) == TTF_BLOCK_RING &&
		    word_at(block, TTF_RING_VERSION) >> 32 == TTF_RING_USE_LIVE)
			chunk_switch_count += (uint64_t)is_in_switch(block);
		at += word_at(block, TTF_BLOCK_BYTES);
	}
	ring_made_count += unpublished;
	munmap((void *)(uintptr_t)region, (size_t)info.st_size);
}

static void look_at_threads(const struct hammer *hammer)
{
	for (uint32_t number = 0; number <= HAMMER_THREADS; number++)
		where_count[hammer->threads[number].where % HAMMER_WHERES]++;
}

/* Killed before there was a region, or while it was made, nothing may be there; otherwise a black box is. */
static void check_box(const struct hammer *hammer)
{
	char path[DEATH_PATH_BYTES];
	int error = -ENOENT;

	listener.is_living = 0;
	if (trace_file_find(box_path, ".ttr", path, sizeof(path)) == 1)
		error = listener_hear(&listener, path, 0);
	if (error < 0) {
		empty_count++;
		if (published_in_all(hammer) > 0)
			wrong("%llu events were published, and no black box: %s",
			      (unsigned long long)published_in_all(hammer), strerror(-error));
		return;
	}
	listener_compare(&listener, hammer, 1);
	events_total += listener.events;
	nested_total += listener.nested;
	ring_made_count += listener.in_change;
	if (listener.wrong > 0)
		wrong("%s (and %llu more)", listener.first, (unsigned long long)listener.wrong - 1);
	look_at_rings(path);
	if (kill_number % 10 == 0 && listener.in_change == 0)
		check_with_ttdecode(path);
}

/* What has a snapshot's name is whole; what has not is not there at all. */
static void check_snapshots(void)
{
	static const struct hammer nothing;
	DIR *entries = opendir(trace_path);
	struct dirent *entry;
	char path[2 * DEATH_PATH_BYTES];
	int error;

	while (entries && (entry = readdir(entries))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", trace_path, entry->d_name);
		listener.is_living = 1;
		error = listener_hear(&listener, path, 1);
		listener_compare(&listener, &nothing, UINT64_MAX / 2);
		if (entry->d_name[0] == '.' || error < 0 || listener.wrong > 0)
			wrong("snapshot %s: %s", entry->d_name,
			      error < 0 ? strerror(-error) : listener.first);
		snapshots_total++;
	}
	if (entries)
		closedir(entries);
}

static void sleep_ns(uint64_t ns)
{
	const struct timespec time = { 0, (long)ns };

	nanosleep(&time, NULL);
}

/* Waits until some thread is where it is to be killed, and a moment more. */
static void aim(const struct hammer *hammer)
{
	uint32_t number =
		plan->aim == HAMMER_SNAPSHOT ? HAMMER_THREADS : (uint32_t)random_below(HAMMER_THREADS);

	for (int polls = 0; polls < AIM_POLLS_MAX; polls++) {
		if (__atomic_load_n(&hammer->threads[number].where, __ATOMIC_ACQUIRE) == (uint32_t)plan->aim)
			break;
		sleep_ns(1000);
	}
	sleep_ns(random_below(AIM_NS_MAX));
}

static void let_it_run(const struct hammer *hammer, pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	if (plan->is_early) {
		sleep_ns(random_below(EARLY_NS_MAX));
		return;
	}
	while (__atomic_load_n(&hammer->started, __ATOMIC_ACQUIRE) < HAMMER_THREADS && info.si_pid == 0) {
		sleep_ns(100000);
		waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT);
	}
	sleep_ns(random_below(RUN_NS_MAX));
	if (plan->aim != HAMMER_NOWHERE)
		aim(hammer);
}

/* The file that the program and its judge share. */
static struct hammer *make_stage(void)
{
	struct hammer *hammer;

	mkdir(work, 0700);
	mkdir(trace_path, 0700);
	hammer = stage_map(stage_path, sizeof(*hammer), 1);
	if (!hammer)
		exit(2);
	hammer->is_long = strchr(plan->manner, 'l') != NULL;
	listener.is_renewed = strchr(plan->manner, 'r') != NULL;
	hammer->is_renewed = strchr(plan->manner, 'r') && strcmp(plan->max_bytes, ROOM_FOR_ALL) != 0;
	mix_long_fill(hammer->letters);
	listener.letters = hammer->is_long ? hammer->letters : NULL;
	return hammer;
}

static void kill_one(char *program)
{
	char number[16];
	char *arguments[] = { program, stage_path, (char *)plan->manner, number, NULL };
	struct hammer *hammer = make_stage();
	pid_t pid;
	int status;

	snprintf(number, sizeof(number), "%u", (unsigned)random_below(UINT32_MAX));
	setenv("TTLOG_RING_BYTES", plan->ring_bytes, 1);
	setenv("TTLOG_MAX_BYTES", plan->max_bytes, 1);
	pid = death_start(work, arguments, false);
	if (pid < 0)
		exit(2);
	let_it_run(hammer, pid);
	kill(pid, SIGKILL);
	status = death_wait(pid);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		wrong("it ended by itself: %s", death_text(status));
	look_at_threads(hammer);
	check_box(hammer);
	check_snapshots();
	stage_unmap(hammer, sizeof(*hammer));
	if (wrong_count == 0)
		trace_file_clear(work);
}

/* Was there a kill at every moment that matters? */
static void check_spread(unsigned kills)
{
	if (kills < SPREAD_KILLS || wrong_count > 0)
		return;
	for (int where = HAMMER_STARTING; where < HAMMER_WHERES; where++)
		if (where_count[where] == 0)
			wrong("no thread was ever killed at moment %d", where);
	if (nested_total == 0 || ring_made_count == 0 || chunk_switch_count == 0 || empty_count == 0)
		wrong("no kill ever met a nested record, a ring being made, a chunk switch, or no region yet");
}

static void print_figures(void)
{
	printf("sigkill: %u kills (%llu before anything was recorded), %d threads, %llu events verified (%llu nested), "
	       "%llu snapshots whole, %llu wrong;",
	       kill_number, (unsigned long long)empty_count, HAMMER_THREADS, (unsigned long long)events_total,
	       (unsigned long long)nested_total, (unsigned long long)snapshots_total,
	       (unsigned long long)wrong_count);
	printf(" killed %llu threads starting, %llu in an event, %llu exiting, %llu in a chunk switch, "
	       "%llu making a ring, %llu in a snapshot\n",
	       (unsigned long long)where_count[HAMMER_STARTING],
	       (unsigned long long)where_count[HAMMER_SAYING],
	       (unsigned long long)where_count[HAMMER_EXITING], (unsigned long long)chunk_switch_count,
	       (unsigned long long)ring_made_count, (unsigned long long)where_count[HAMMER_SNAPSHOT]);
}

int main(int count, char **arguments)
{
	char program[DEATH_PATH_BYTES];
	unsigned kills = count == 6 ? (unsigned)atoi(arguments[4]) : 0;

	if (count != 6)
		return 2;
	snprintf(program, sizeof(program), "%s/hammer", arguments[1]);
	snprintf(work, sizeof(work), "%s", arguments[2]);
	snprintf(stage_path, sizeof(stage_path), "%s/stage", work);
	snprintf(box_path, sizeof(box_path), "%s/boxes", work);
	snprintf(trace_path, sizeof(trace_path), "%s/traces", work);
	ttdecode = arguments[3];
	random_state = strtoull(arguments[5], NULL, 10) << 32;
	setvbuf(stdout, NULL, _IOLBF, 0);
	setenv("TTLOG_DIR", trace_path, 1);
	setenv("TTLOG_BLACKBOX_DIR", box_path, 1);
	for (kill_number = 0; kill_number < kills && wrong_count == 0; kill_number++) {
		plan = &plans[kill_number % PLAN_COUNT];
		kill_one(program);
	}
	check_spread(kills);
	if (wrong_count > 0)
		printf("sigkill: seed %s; what is left of it is in %s\n", arguments[5], work);
	print_figures();
	return wrong_count > 0;
}
