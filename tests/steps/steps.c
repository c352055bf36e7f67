/*
 * steps.c - stops a recording program after every instruction, and looks at its black box from outside with ttdecode's reader.
 *
 *	steps VARIANT WORK MODULE POINTS SEED
 *
 * VARIANT names the compiler and level of recorder and call places; POINTS is how many looks there shall be at least. What is there
 * at a look is what a program killed at that instruction would leave: every event that was over before, exactly; the one in
 * question wholly or not at all; nothing damaged, torn or dropped; every counter right. The exceptions stand in check_change.
 * Exit status: 0, or 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../format-spec/twin/bytes.h"
#include "../crash/trace_file.h"
#include "hear.h"
#include "traced.h"
#include "victim.h"

#define PATH_BYTES 1024
#define STRETCH_MOST 3000000u /* steps: something is wrong beyond */
#define STRETCH_SECONDS 300u
#define BY_FILE                                                                                              \
	1000u /* each so many looks one is through the file, as ttdecode itself does it with a living program */
#define REPEATED 256u
#define SHORT                                                                                                \
	1000000u /* with fewer points, of a first event that makes the region too, which differs little from tt_init and the */
#define FIRST_STRIDE 8u /* first event then, each so many instructions are looked at */
#define ADDRESSES (1u << 18)
#define PATIENCE_NS                                                                                          \
	UINT64_C(1000000000) /* of an event's time: the clock's rate is known badly in the first moments */

static const char *const names[] = { "init",	"first",  "plain",  "nested",
				     "threads", "filter", "module", "shutdown" };

static struct {
	const char *variant, *boxes, *module;
	uint64_t seed;
	enum victim_scenario scenario;
	uint64_t points, by_scenario[VICTIM_SCENARIOS];
	uint64_t wrong;
	uint64_t pcs[ADDRESSES]; /* a hash table */
	uint64_t pc_count;
	uint64_t runs;
	bool is_short;
} all;

/* What is known of the child that is being stepped. */
static struct {
	struct traced traced;
	char box[PATH_BYTES];
	uint8_t *map;
	size_t map_bytes;
	uint64_t looks;
	uint64_t steps; /* of this stretch */
	uint64_t last_steps;
	uint64_t last_pc;
	uint64_t repeated;
	bool is_readable;
	uint32_t sites;
	uint64_t own[SCRIPT_THREADS]; /* events of each thread that were seen */
	uint64_t handled;
	bool is_gone[SCRIPT_THREADS]; /* its ring is another's */
	uint32_t gone;
} one;

static struct stage *stage;
static struct heard heard;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void count_point(uint64_t pc)
{
	uint64_t place = script_mix(pc) % ADDRESSES;

	all.points++;
	all.by_scenario[all.scenario]++;
	while (all.pcs[place] != 0 && all.pcs[place] != pc)
		place = (place + 1) % ADDRESSES;
	if (all.pcs[place] == pc || all.pc_count > ADDRESSES / 2)
		return;
	all.pcs[place] = pc;
	all.pc_count++;
}

/* A ring that is changing hands, or has its name changed. */
struct change {
	bool is_odd; /* version */
	bool is_none;
	uint64_t serial;
};

static struct change find_change(void)
{
	for (size_t at = TTF_PAGE; at + TTF_RING_CHUNKS <= one.map_bytes; at += TTF_PAGE) {
		const uint8_t *block = one.map + at;
		struct change change;

		if (ttf_load64(block + TTF_BLOCK_MAGIC) != ttf_magic(TTF_BLOCK_MAGIC_MASKED) ||
		    ttf_load32(block + TTF_BLOCK_TYPE) != TTF_BLOCK_RING)
			continue;
		change.is_odd = ttf_load32(block + TTF_RING_VERSION) % 2 != 0;
		change.is_none = ttf_load32(block + TTF_RING_USE) == TTF_RING_USE_NONE;
		change.serial = ttf_load64(block + TTF_RING_SERIAL);
		if (change.is_odd || change.is_none)
			return change;
	}
	return (struct change){ false, false, 0 };
}

/* Only rings of threads that have exited are taken over, the oldest exit first. Threads here end in the order of their numbers. */
static void check_gone(unsigned number)
{
	if (one.is_gone[number])
		return;
	for (unsigned before = 1; before < number; before++)
		if (!one.is_gone[before])
			heard_wrong(&heard, "thread %u's events are gone, those of thread %u are not", number,
				    before);
	if (number == 0 || heard.rings < 3)
		heard_wrong(&heard, "thread %u's events are gone", number);
	one.is_gone[number] = true;
	one.gone++;
}

/* Of the thread's own events all that were over are there, and of the one in question nothing or all. Returns how many there are. */
static uint64_t check_own(unsigned number, const struct change *change)
{
	const struct heard_thread *thread = &heard.threads[number];
	uint64_t said = stage->said[number * 2], begun = stage->begun[number * 2];
	bool is_leaving = change->is_odd && change->serial == number + 1 && thread->chunks[0] == 0;

	if (said > 0 && (thread->rings[0] == 0 || is_leaving)) {
		if (!is_leaving)
			check_gone(number);
		return said;
	}
	if (one.is_gone[number])
		heard_wrong(&heard, "thread %u's ring is there again", number);
	if (thread->own_next < said || thread->own_next > begun || thread->own_next < one.own[number])
		heard_wrong(&heard,
			    "thread %u: %llu events were over, %llu begun, %llu seen before: found are %llu",
			    number, (unsigned long long)said, (unsigned long long)begun,
			    (unsigned long long)one.own[number], (unsigned long long)thread->own_next);
	one.own[number] = thread->own_next;
	/* Its second-newest chunk may be missing only while a new one is begun in its place. */
	if (number == 0 && said == begun && thread->newest_chunk[0] > 1 && thread->chunks[0] < 2)
		heard_wrong(&heard, "of thread 0 only the newest chunk is there");
	return thread->own_next;
}

static uint64_t check_handled(void)
{
	uint64_t found = heard.threads[0].handled;

	if (found < stage->said[1] || found > stage->begun[1] || found < one.handled ||
	    heard_handled(&heard) != found)
		heard_wrong(
			&heard,
			"of %llu events of the handler, %llu begun, %llu are found, %llu of them in a row",
			(unsigned long long)stage->said[1], (unsigned long long)stage->begun[1],
			(unsigned long long)found, (unsigned long long)heard_handled(&heard));
	one.handled = found;
	return found;
}

/*
 * What may be read while a ring's identity is being changed. The reader says so, since the version is odd: one report. And from the
 * moment that a ring's last thread was added to the retired ones, until the ring no more shows that thread's events, they count twice.
 */
static void check_change(const struct change *change, uint64_t count)
{
	uint64_t sum = heard.recorded + heard.retired_recorded;
	bool is_changing = change->is_odd || change->is_none;
	uint64_t leaving = is_changing && change->serial <= SCRIPT_THREADS && change->serial > 0
				   ? stage->said[(change->serial - 1) * 2]
				   : 0;

	if (sum != count && !(is_changing && sum == count + leaving))
		heard_wrong(&heard, "the counters say %llu events and %llu of retired threads, not %llu",
			    (unsigned long long)heard.recorded, (unsigned long long)heard.retired_recorded,
			    (unsigned long long)count);
	if (heard.retired_threads != one.gone && !(is_changing && heard.retired_threads == one.gone + 1))
		heard_wrong(&heard, "%llu threads are retired, not %u",
			    (unsigned long long)heard.retired_threads, one.gone);
	if (heard.damage_count > 0 && !(change->is_odd && heard.damage_count == 1 &&
					strstr(heard.damage, "its header was being changed")))
		heard_wrong(&heard, "damaged: %s", heard.damage);
}

static void check_region(void)
{
	struct change change = find_change();
	uint64_t count = check_handled();

	for (unsigned number = 0; number < SCRIPT_THREADS; number++)
		count += check_own(number, &change);
	check_change(&change, count);
	if (heard.events != heard.recorded - heard.overwritten)
		heard_wrong(&heard, "%llu events, and the counters say %llu recorded and %llu overwritten",
			    (unsigned long long)heard.events, (unsigned long long)heard.recorded,
			    (unsigned long long)heard.overwritten);
	for (unsigned cause = 0; cause < TTF_DROP_CAUSES; cause++)
		if (heard.dropped[cause] != 0)
			heard_wrong(&heard, "%llu events were dropped",
				    (unsigned long long)heard.dropped[cause]);
	if (heard.torn != 0 || heard.sites < one.sites)
		heard_wrong(&heard, "torn chunks or lost sites");
	one.sites = heard.sites;
}

/* The region as far as it has been made: no file; an empty one; zeros; then, in one moment, a region. */
static void check_error(int error)
{
	bool is_refused =
		error == -EBADMSG &&
		strcmp(heard.refusal, "neither a ttlog snapshot nor a black box nor a core file") == 0;

	if (one.is_readable || stage->is_inited || !(error == -ENODATA || is_refused) ||
	    heard.damage_count > 0 || heard.events > 0)
		heard_wrong(&heard, "the black box cannot be read: %s: %s", strerror(-error), heard.refusal);
}

/* Finds the child's black box, and maps it once it has a size. */
static bool find_box(void)
{
	char part[32];
	struct stat info;
	int fd;

	snprintf(part, sizeof(part), "-%d-", (int)one.traced.pid);
	if (trace_file_find(all.boxes, part, one.box, sizeof(one.box)) != 1 || stat(one.box, &info) < 0 ||
	    info.st_size == 0)
		return false;
	fd = open(one.box, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	one.map_bytes = (size_t)info.st_size;
	one.map = mmap(NULL, one.map_bytes, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (one.map == MAP_FAILED)
		one.map = NULL;
	return one.map != NULL;
}

static void report(uint64_t pc)
{
	if (all.wrong++ < 5)
		printf("steps: FAILED %s, %s, run %llu, step %llu at %#llx: %s\n", all.variant,
		       names[all.scenario], (unsigned long long)all.runs, (unsigned long long)one.steps,
		       (unsigned long long)pc, heard.wrong);
}

static void look(uint64_t pc)
{
	bool by_file = ++one.looks % BY_FILE == 0 && access(one.box, F_OK) == 0;
	int error = -ENODATA;

	count_point(pc);
	heard.wrong_count = heard.damage_count = heard.events = 0;
	heard.from_ns = stage->start_ns - PATIENCE_NS;
	heard.to_ns = now_ns() + PATIENCE_NS;
	if (one.map || find_box())
		error = by_file ? hear_file(&heard, one.box) : hear_memory(&heard, one.map, one.map_bytes);
	if (error < 0) {
		check_error(error);
	} else {
		one.is_readable = true;
		check_region();
	}
	if (heard.wrong_count > 0)
		report(pc);
}

/*
 * Looks, if the step just done can have changed anything: not in the loader, nor while arguments are prepared. An instruction that repeats
 * itself, `rep stosb`, stops at each turn, and counts once in REPEATED.
 */
static void look_if_worth(const struct traced *traced)
{
	uint64_t pc = traced_pc(traced);

	uint64_t stride = all.scenario == VICTIM_FIRST && all.is_short ? FIRST_STRIDE : 1;

	one.repeated = pc == one.last_pc ? one.repeated + 1 : 0;
	one.last_pc = pc;
	if (one.repeated % REPEATED == 0 && one.steps % stride == 0 && !stage->is_preparing &&
	    !traced_is_loader(pc))
		look(pc);
}

/* From the breakpoint to the end of what is tried. In VICTIM_NESTED a signal comes once, at some step of it. */
static enum traced_stop step_stretch(struct traced *traced)
{
	uint64_t signal_at = one.last_steps ? script_mix(all.seed ^ one.looks) % one.last_steps : 0;
	enum traced_stop stop = TRACED_STEP;

	one.steps = 0;
	alarm(STRETCH_SECONDS);
	look(traced_pc(traced));
	while (stage->is_on && stop != TRACED_ENDED && one.steps < STRETCH_MOST) {
		if (all.scenario == VICTIM_NESTED && one.steps == signal_at)
			traced->signo = SIGUSR1;
		stop = traced_step(traced);
		one.steps++;
		if (stop != TRACED_ENDED)
			look_if_worth(traced);
	}
	one.last_steps = one.steps;
	return one.steps < STRETCH_MOST ? stop : TRACED_ENDED;
}

/* A thread's whole life; the one that made it waits for its end meanwhile. */
static void step_thread(struct traced *thread)
{
	one.steps = 0;
	alarm(STRETCH_SECONDS);
	while (traced_step(thread) != TRACED_ENDED && one.steps++ < STRETCH_MOST)
		look_if_worth(thread);
}

/* All that it does, to its end. */
static void step_all(struct traced *traced)
{
	enum traced_stop stop = traced_continue(traced);
	struct traced thread;

	while (stop != TRACED_ENDED) {
		if (stop == TRACED_STEP && stage->is_on)
			stop = step_stretch(traced);
		else if (stop == TRACED_CLONE && traced_new_thread(traced, &thread) == 0)
			step_thread(&thread);
		if (stop != TRACED_ENDED)
			stop = traced_continue(traced);
	}
}

/* What it had to say of itself. */
static void check_end(void)
{
	heard.wrong_count = 0;
	if (one.traced.status != 0)
		heard_wrong(&heard, "it ended with status %#x", (unsigned)one.traced.status);
	if (stage->wrong_errno > 0)
		heard_wrong(&heard, "errno was changed %u times", stage->wrong_errno);
	if (stage->wrong_other > 0)
		heard_wrong(&heard, "%s", stage->what);
	if (heard.wrong_count > 0)
		report(0);
}

static uint64_t turns_of(enum victim_scenario scenario)
{
	return scenario == VICTIM_PLAIN ? 32 : scenario == VICTIM_NESTED ? 20 : 2;
}

static void be_victim(void *unused)
{
	(void)unused;
	victim_be(all.scenario, stage, all.module, turns_of(all.scenario), all.seed);
}

static void kill_it(int signo)
{
	(void)signo;
	kill(one.traced.pid, SIGKILL);
}

static int run(enum victim_scenario scenario)
{
	memset(&one, 0, sizeof(one));
	memset(stage, 0, sizeof(*stage));
	stage->start_ns = now_ns();
	all.scenario = scenario;
	all.seed = script_mix(all.seed + 1);
	all.runs++;
	if (traced_start(&one.traced, be_victim, NULL) < 0)
		return -1;
	step_all(&one.traced);
	alarm(0);
	kill(one.traced.pid, SIGKILL); /* no more than a precaution: it has ended */
	check_end();
	if (one.map)
		munmap(one.map, one.map_bytes);
	unlink(one.box);
	return 0;
}

/* All scenarios once; then plain events, until they are twice as many points, or a third of all; and so on. */
static int run_all(uint64_t points)
{
	all.is_short = points < SHORT;
	while (all.points < points && all.wrong < 5) {
		uint64_t before = all.points, plain_before, goal;

		for (int scenario = 0; scenario < VICTIM_SCENARIOS; scenario++)
			if (run((enum victim_scenario)scenario) < 0)
				return -1;
		goal = 2 * (all.points - before) < points / 3 ? 2 * (all.points - before) : points / 3;
		plain_before = all.by_scenario[VICTIM_PLAIN];
		while (all.by_scenario[VICTIM_PLAIN] - plain_before < goal && all.wrong < 5)
			if (run(VICTIM_PLAIN) < 0)
				return -1;
	}
	return 0;
}

static void tell(uint64_t seed)
{
	printf("steps: %s: %llu points at %llu instructions (", all.variant, (unsigned long long)all.points,
	       (unsigned long long)all.pc_count);
	for (int scenario = 0; scenario < VICTIM_SCENARIOS; scenario++)
		printf("%s%s %llu", scenario ? ", " : "", names[scenario],
		       (unsigned long long)all.by_scenario[scenario]);
	printf("), %llu wrong", (unsigned long long)all.wrong);
	printf(all.wrong ? "; SEED=%llu\n" : "\n", (unsigned long long)seed);
}

/* The recorder reads its environment before main: so it is set for the program as it is run anew. */
static void set_environment(char **arguments)
{
	char boxes[PATH_BYTES];

	snprintf(boxes, sizeof(boxes), "%s/boxes", arguments[2]);
	if (getenv("TTLOG_BLACKBOX_DIR") && strcmp(getenv("TTLOG_BLACKBOX_DIR"), boxes) == 0)
		return;
	mkdir(arguments[2], 0700);
	mkdir(boxes, 0700);
	setenv("TTLOG_BLACKBOX_DIR", boxes, 1);
	setenv("TTLOG_RING_BYTES", "16K", 1);
	setenv("TTLOG_MAX_BYTES", "128K", 1);
	setenv("TTLOG_SERVICE", "steps", 1);
	execv("/proc/self/exe", arguments);
	perror("/proc/self/exe");
	exit(2);
}

int main(int count, char **arguments)
{
	const char *why;

	if (count != 6) {
		fprintf(stderr, "usage: steps VARIANT WORK MODULE POINTS SEED\n");
		return 2;
	}
	set_environment(arguments);
	why = traced_is_possible();
	if (why) {
		printf("steps: %s: SKIPPED %s\n", arguments[1], why);
		return 0;
	}
	all.variant = arguments[1];
	all.boxes = getenv("TTLOG_BLACKBOX_DIR");
	all.module = arguments[3];
	all.seed = strtoull(arguments[5], NULL, 10);
	stage = mmap(NULL, sizeof(*stage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (stage == MAP_FAILED || heard_make(&heard, 4096) < 0)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGALRM, kill_it);
	if (run_all(strtoull(arguments[4], NULL, 10)) < 0)
		return 2;
	tell(strtoull(arguments[5], NULL, 10));
	if (all.wrong == 0)
		trace_file_clear(arguments[2]);
	return all.wrong > 0;
}
