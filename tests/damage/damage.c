/*
 * damage.c - damage to one part of a file costs that part only: ttdecode's output for a file that is cut, or of which a bit is
 * flipped, is held against that for the whole file.
 *
 * usage: damage COUNT SEED FILE... - COUNT flipped bits and a tenth as many cuts of each file, by chance; COUNT 0: every bit, every length.
 *
 * The files are made for it (tools/ttvectors/large.py): an event's first argument is ring * 1000000 + chunk * 10000 + its place, and its site's
 * line is the site's id. So the output tells of each event where it was, and a map of the file tells which part a byte belongs to:
 *
 *	part			what may change
 *	chunk			its events may be missing; none of them is shown otherwise than it was
 *	records of a region	have no checksum: as many lines as the chunk has events may be missing or different
 *	site			the events of this site may be missing
 *	thread			tid, thread and ring of events
 *	process, clock		pid; times
 *	else			nothing
 *
 * All other events are there, each once, in an order of time; each line is that of the whole file but for what the table allows. What is
 * missing or different is told: then the exit status is 1 (not for the records of a region).
 * A run may take a second of the processor's time.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "../../decoder/cli/cli.h"
#include "map.h"

#define EVENTS_MAX 8192
#define FILE_BYTES_MAX 131072u
#define OUTPUT_BYTES_MAX 8388608u

/* An output line taken apart. The texts stand in the output, up to the next one. */
struct line {
	uint32_t event;
	uint32_t nth; /* of the whole file: among its lines */
	size_t bytes; /* ... and how long it is, with the line feed */
	uint32_t site;
	const char *time;   /* "ts":... */
	const char *place;  /* "level":... */
	const char *pid;    /* "pid":... */
	const char *thread; /* "tid":... */
	const char *seq;    /* "seq":... to the end, but for the key `ring` */
	const char *end;
	bool is_nested;
};

static struct {
	uint8_t bytes[FILE_BYTES_MAX];
	size_t count;
	struct map map;
	char printed[OUTPUT_BYTES_MAX];		 /* of the whole file */
	char text[OUTPUT_BYTES_MAX];		 /* ... taken apart */
	struct line lines[EVENTS_MAX];		 /* by event */
	const struct line *in_order[EVENTS_MAX]; /* as they are printed */
	size_t line_count;
	const char *name;
} whole;

static struct {
	char text[OUTPUT_BYTES_MAX];
	size_t bytes;
	bool is_seen[EVENTS_MAX];
	char change[64];
	int status;
} now;

static int input, output, errors, real_errors;
static unsigned long runs;
static double slowest;

static void fail(const char *what, uint32_t event)
{
	dprintf(real_errors, "damage: %s: %s: %s (event %u)\n", whole.name, now.change, what, event);
	_exit(EXIT_FAILURE);
}

static void require(bool is_so, const char *what)
{
	if (!is_so)
		fail(what, 0);
}

static void out_of_time(int signo)
{
	(void)signo;
	fail("it takes more than a second", 0);
}

/* Lines. */

static const char *find(const char *from, const char *key)
{
	const char *found = strstr(from, key);

	require(found != NULL, "a line without one of its keys");
	return found;
}

/* Takes the line at `at` apart and ends it with a zero byte. Returns where the next one begins. */
static char *take_line(char *at, struct line *line)
{
	char *end = strchr(at, '\n');
	char *ring;

	require(end != NULL, "a line without an end");
	line->bytes = (size_t)(end - at) + 1;
	*end = '\0';
	line->time = at;
	line->place = find(at, ",\"level\":");
	line->pid = find(line->place, ",\"pid\":");
	line->thread = find(line->pid, ",\"tid\":");
	line->seq = find(line->thread, ",\"seq\":");
	line->end = end;
	line->site = (uint32_t)atoi(find(line->seq, ",\"line\":") + 8);
	line->event = (uint32_t)strtoul(find(line->seq, ",\"args\":[") + 9, NULL, 10);
	ring = strstr(find(line->seq, ",\"args\":["), "],\"ring\":\"nested\"");
	line->is_nested = ring != NULL;
	if (ring != NULL) /* a string of these files holds nothing like it */
		memmove(ring + 1, ring + 17, strlen(ring + 17) + 1);
	return end + 1;
}

static bool is_same(const char *a, const char *a_end, const char *b, const char *b_end)
{
	return a_end - a == b_end - b && memcmp(a, b, (size_t)(a_end - a)) == 0;
}

/* Whether the line is the event's as it was, but for what may differ. */
static bool is_as_before(const struct line *a, const struct line *b, bool any_time, bool any_pid,
			 bool any_thread)
{
	if (a->time == b->time) /* the very line */
		return true;
	if (strcmp(a->seq, b->seq) != 0 || !is_same(a->place, a->pid, b->place, b->pid))
		return false;
	if (!any_time && !is_same(a->time, a->place, b->time, b->place))
		return false;
	if (!any_pid && !is_same(a->pid, a->thread, b->pid, b->thread))
		return false;
	return any_thread || (is_same(a->thread, a->seq, b->thread, b->seq) && a->is_nested == b->is_nested);
}

static int by_event(const void *left, const void *right)
{
	const struct line *a = left;
	const struct line *b = right;

	return a->event < b->event ? -1 : a->event > b->event;
}

static const struct line *line_of(uint32_t event)
{
	struct line key = { .event = event };

	return bsearch(&key, whole.lines, whole.line_count, sizeof(struct line), by_event);
}

/*
 * Takes the output's next line, and gives the whole file's of this event, or NULL. `*nth` is the line of the whole file that would come
 * now: if it does, letter for letter, `*line` is that one itself. Most are, and to take each apart would be most of this test's time.
 */
static const struct line *take_next(char **at, size_t *nth, struct line *line)
{
	const struct line *before = *nth < whole.line_count ? whole.in_order[*nth] : NULL;
	size_t left = (size_t)(now.text + now.bytes - *at);

	if (before != NULL && before->bytes <= left &&
	    memcmp(*at, whole.printed + (before->time - whole.text), before->bytes) == 0) {
		*line = *before;
		*at += before->bytes;
	} else {
		*at = take_line(*at, line);
		before = line_of(line->event);
	}
	if (before != NULL)
		*nth = before->nth + 1;
	return before;
}

/* Running. */

static void empty(int fd)
{
	require(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0, "cannot empty a file in memory");
}

static size_t read_back(char *text)
{
	struct stat stat;

	require(fstat(output, &stat) == 0 && stat.st_size < (off_t)OUTPUT_BYTES_MAX, "too much output");
	require(pread(output, text, (size_t)stat.st_size, 0) == stat.st_size, "cannot read back");
	text[stat.st_size] = '\0';
	return (size_t)stat.st_size;
}

static double seconds(void)
{
	struct timespec at;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void limit(long seconds_left)
{
	struct itimerval timer = { .it_value = { .tv_sec = seconds_left } };

	setitimer(ITIMER_PROF, &timer, NULL);
}

static void decode(char *text)
{
	char path[32];
	char *argv[] = { "ttdecode", "-f", "json", path, NULL };
	double start = seconds();
	double took;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", input);
	empty(output);
	empty(errors);
	limit(1);
	now.status = cli_run(4, argv);
	limit(0);
	took = seconds() - start;
	if (took > slowest)
		slowest = took;
	runs++;
	now.bytes = read_back(text);
}

static void put(size_t at, const uint8_t *from, size_t count)
{
	require(pwrite(input, from, count, (off_t)at) == (ssize_t)count, "cannot write the input");
}

static void load(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t got;
	char *at;

	whole.name = name;
	snprintf(now.change, sizeof(now.change), "whole");
	require(fd >= 0, "cannot be opened");
	got = read(fd, whole.bytes, FILE_BYTES_MAX);
	close(fd);
	require(got > 0 && got < (ssize_t)FILE_BYTES_MAX, "is empty or too large");
	whole.count = (size_t)got;
	whole.line_count = 0;
	empty(input);
	put(0, whole.bytes, whole.count);
	decode(whole.printed);
	memcpy(whole.text, whole.printed, now.bytes + 1);
	require(now.status == CLI_FINE, "is not a good file");
	for (at = whole.text; *at != '\0'; whole.line_count++) {
		require(whole.line_count < EVENTS_MAX, "holds too many events");
		whole.lines[whole.line_count].nth = (uint32_t)whole.line_count;
		at = take_line(at, &whole.lines[whole.line_count]);
	}
	qsort(whole.lines, whole.line_count, sizeof(struct line), by_event);
	for (size_t i = 0; i < whole.line_count; i++) {
		require(i == 0 || whole.lines[i].event != whole.lines[i - 1].event, "two events of one name");
		whole.in_order[whole.lines[i].nth] = &whole.lines[i];
	}
	require(map_make(&whole.map, whole.bytes, whole.count), "has no map");
}

/* Whether the damage may cost the event. */
static bool is_hit(const struct part *part, const struct line *line)
{
	if (part->kind == PART_SITE)
		return line->site == part->id;
	return (part->kind == PART_CHUNK || part->kind == PART_RECORDS) && line->event / 10000 == part->id;
}

static unsigned count_hit(const struct part *part)
{
	unsigned count = 0;

	for (size_t i = 0; i < whole.line_count; i++)
		count += is_hit(part, &whole.lines[i]);
	return count;
}

/* Holds the output of a file with a flipped bit in `part` against that of the whole one. */
static void compare(const struct part *part)
{
	unsigned others = 0;
	bool is_changed = false;
	char last[40] = "";
	size_t nth = 0;

	memset(now.is_seen, 0, sizeof(now.is_seen));
	for (char *at = now.text; *at != '\0';) {
		struct line line;
		const struct line *before = take_next(&at, &nth, &line);

		require(strncmp(line.time + 6, last, 30) >= 0, "time goes back");
		memcpy(last, line.time + 6, 30);
		if (part->kind == PART_RECORDS &&
		    (before == NULL || is_hit(part, before) || now.is_seen[before - whole.lines] ||
		     !is_as_before(&line, before, false, false, false))) {
			others++;
			continue;
		}
		if (before == NULL || now.is_seen[before - whole.lines])
			fail("shows an event that was not there, or twice", line.event);
		now.is_seen[before - whole.lines] = true;
		if (!is_as_before(&line, before, part->kind == PART_CLOCK, part->kind == PART_PROCESS,
				  part->kind == PART_THREAD))
			fail("shows an event otherwise than it was", line.event);
		is_changed = is_changed || !is_as_before(&line, before, false, false, false);
	}
	for (size_t i = 0; i < whole.line_count; i++) {
		if (now.is_seen[i] || (part->kind == PART_RECORDS && is_hit(part, &whole.lines[i])))
			continue;
		if (!is_hit(part, &whole.lines[i]))
			fail("does not show an event outside of the damage", whole.lines[i].event);
		is_changed = true;
	}
	require(others <= count_hit(part), "shows more events than a damaged chunk had");
	require(now.status == CLI_DAMAGED || (now.status == CLI_FINE && !is_changed),
		"does not tell what it does not show");
}

static void flip(size_t bit)
{
	size_t at = bit / 8;
	uint8_t flipped = (uint8_t)(whole.bytes[at] ^ 1u << bit % 8);

	snprintf(now.change, sizeof(now.change), "bit %zu of byte %zu", bit % 8, at);
	put(at, &flipped, 1);
	decode(now.text);
	compare(map_part(&whole.map, at));
	put(at, &whole.bytes[at], 1);
}

/* Whether all that says what the event is stands before `count`. */
static bool is_before(size_t count, const struct line *line)
{
	for (size_t i = 0; i < whole.map.count; i++) {
		const struct part *part = &whole.map.parts[i];
		bool is_its = is_hit(part, line);

		if (is_its && part->to > count)
			return false;
	}
	return true;
}

static bool is_whole(size_t count, enum part_kind kind)
{
	for (size_t i = 0; i < whole.map.count; i++)
		if (whole.map.parts[i].kind == kind && whole.map.parts[i].to > count)
			return false;
	return true;
}

static void cut(size_t count)
{
	bool is_fine = is_whole(count, PART_CLOCK);
	size_t nth = 0;

	snprintf(now.change, sizeof(now.change), "cut to %zu bytes", count);
	require(ftruncate(input, (off_t)count) == 0, "cannot cut the input");
	decode(now.text);
	memset(now.is_seen, 0, sizeof(now.is_seen));
	for (char *at = now.text; *at != '\0';) {
		struct line line;
		const struct line *before = take_next(&at, &nth, &line);

		if (before == NULL || now.is_seen[before - whole.lines] ||
		    !is_as_before(&line, before, !is_fine, !is_whole(count, PART_PROCESS),
				  !is_whole(count, PART_THREAD)))
			fail("shows an event that was not there, or otherwise", line.event);
		now.is_seen[before - whole.lines] = true;
	}
	for (size_t i = 0; i < whole.line_count; i++)
		if (!now.is_seen[i] && is_before(count, &whole.lines[i]))
			fail("does not show an event before the cut", whole.lines[i].event);
	require(now.status == CLI_DAMAGED || count == whole.count ||
			(count < 8 && now.status == CLI_REFUSED) || (count == 0 && now.status == CLI_REFUSED),
		"does not tell that the file is cut");
	put(0, whole.bytes, whole.count);
}

static uint64_t random_state;

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016. */
static size_t random_below(size_t below)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (size_t)((random_state * 2685821657736338717u) >> 11) % below;
}

static void damage(unsigned long count)
{
	if (count == 0) {
		for (size_t bit = 0; bit < whole.count * 8; bit++)
			flip(bit);
		for (size_t bytes = 0; bytes < whole.count; bytes++)
			cut(bytes);
	}
	for (unsigned long i = 0; i < count; i++) {
		/* As often a part, then a byte of it, as any byte: headers and site entries are small. */
		const struct part *part = &whole.map.parts[random_below(whole.map.count)];
		size_t at = i % 2 == 0 ? random_below(whole.count)
				       : part->from + random_below(part->to - part->from);

		flip(at * 8 + random_below(8));
		if (i % 10 == 0)
			cut(random_below(whole.count));
	}
}

/* A sanitizer's, if there is one: its report goes to what is standard error here. */
extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void say_last_words(void)
{
	char text[4096];
	off_t at = 0;
	ssize_t got;

	dprintf(real_errors, "damage: %s: %s: stopped by a sanitizer\n", whole.name, now.change);
	while ((got = pread(errors, text, sizeof(text), at)) > 0 &&
	       write(real_errors, text, (size_t)got) == got)
		at += got;
}

static int memory_file(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	require(fd >= 0, "memfd_create failed");
	return fd;
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;

	real_errors = dup(STDERR_FILENO);
	whole.name = "";
	input = memory_file("input");
	output = memory_file("output");
	errors = memory_file("errors");
	require(argc > 3, "usage: damage COUNT SEED FILE...");
	require(dup2(output, STDOUT_FILENO) >= 0 && dup2(errors, STDERR_FILENO) >= 0, "dup2 failed");
	if (__sanitizer_set_death_callback != NULL)
		__sanitizer_set_death_callback(say_last_words);
	signal(SIGPROF, out_of_time);
	for (int i = 3; i < argc; i++) {
		random_state = seed * 2 + 1;
		load(argv[i]);
		damage(strtoul(argv[1], NULL, 10));
	}
	dprintf(real_errors,
		"%d files: %lu flipped bits and cuts cost what they hit and nothing else (seed %llu), the slowest %.0f ms\n",
		argc - 3, runs, (unsigned long long)seed, slowest * 1000);
	return EXIT_SUCCESS;
}
