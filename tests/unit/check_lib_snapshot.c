/*
 * check_lib_snapshot.c - what a snapshot holds against what was recorded, and what becomes of the file when it fails.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <lz4.h>
#include <pthread.h>
#include <sys/resource.h>

#define TT_TARGET "unit"
#include "../../lib/include/ttlog.h"
#include "../../lib/ring.h"
#include "../../decoder/reader/unpack.h"
#include "../../format-spec/twin/pack.h"
#include "../../lib/snapshot.h"
#include "lib_sample.h"

static const char *directory;
static char path[128];
static char *held[4]; /* files that were read */
static size_t held_count;

static void begin(void)
{
	directory = sample_directory();
	snprintf(path, sizeof(path), "%s/shop.tts", directory);
	strcpy(config.dir, directory);
	strcpy(config.service, "shop");
	config.blackbox_dir[0] = '\0';
	config.ring_bytes = 65536;
	config.max_bytes = 1 << 20;
}

static void end(void)
{
	while (held_count > 0)
		free(held[--held_count]);
	sample_sweep(directory);
}

static unsigned count_files(void)
{
	DIR *open = opendir(directory);
	unsigned count = 0;

	for (struct dirent *entry = readdir(open); entry; entry = readdir(open))
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(open);
	return count;
}

static void record(int count)
{
	for (int i = 0; i < count; i++)
		TT_INFO("event %d", i);
}

/* All sections of the snapshot at `path`, which stay valid; returns their count. */
static size_t read_sections(struct sample_section *sections, size_t most)
{
	size_t bytes, at, count = 0;
	char *data = sample_read(path, &bytes);

	ck_assert_uint_lt(held_count, sizeof(held) / sizeof(held[0]));
	held[held_count++] = data;
	at = sample_header(data, bytes);
	while (count < most && sample_section(data, bytes, &at, &sections[count]))
		count++;
	ck_assert_uint_eq(at, bytes);
	return count;
}

static const struct sample_section *find(const struct sample_section *sections, size_t count, uint16_t type)
{
	for (size_t i = 0; i < count; i++)
		if (sections[i].type == type)
			return &sections[i];
	ck_abort_msg("no section %u", type);
	return NULL;
}

static int decompress(const char *from, int bytes, void *to, uint32_t wanted)
{
	return LZ4_decompress_safe(from, to, bytes, (int)wanted);
}

static void decode_packed(const char *data, int bytes, uint64_t *records, uint32_t words)
{
	static char packed[CONFIG_CHUNK_BYTES];
	uint32_t wanted = ttf_load32(data + TTF_PACKED_BYTES);
	struct unpack_room room = { 0 };

	ck_assert_uint_le(wanted, sizeof(packed));
	ck_assert_int_eq(decompress(data + TTF_PACKED_BLOCK, bytes - (int)TTF_PACKED_BLOCK, packed, wanted),
			 (int)wanted);
	ck_assert_int_eq(unpack((uint8_t *)packed, wanted, &room, (uint8_t *)records, words), 0);
	unpack_room_free(&room);
}

/* The records of a chunk, by any encoding; their words. */
static uint32_t decode(const struct sample_section *section, uint64_t *records)
{
	const char *body = section->body;
	uint32_t encoding = ttf_load32(body + TTF_CHUNKS_ENCODING);
	uint32_t words = ttf_load32(body + TTF_CHUNKS_WORDS);
	int stored = (int)(section->bytes - TTF_CHUNKS_DATA);

	ck_assert_uint_le(words, CONFIG_CHUNK_BYTES / 8);
	if (encoding == TTF_ENCODING_PACKED) {
		decode_packed(body + TTF_CHUNKS_DATA, stored, records, words);
	} else if (encoding == TTF_ENCODING_RAW) {
		ck_assert_int_eq(stored, (int)words * 8);
		memcpy(records, body + TTF_CHUNKS_DATA, words * 8);
	} else {
		ck_assert_int_eq(decompress(body + TTF_CHUNKS_DATA, stored, records, CONFIG_CHUNK_BYTES),
				 (int)words * 8);
	}
	return words;
}

START_TEST(holds_what_was_recorded)
{
	struct sample_section sections[32];
	const struct sample_section *chunk, *threads;
	uint64_t records[CONFIG_CHUNK_BYTES / 8];
	uint32_t words, events = 0;
	size_t count;

	record(100);
	ck_assert_int_eq(tt_snapshot(path, "why not"), 0);
	count = read_sections(sections, 32);
	ck_assert_uint_eq(sections[0].type, TTF_SECTION_PROCESS);
	ck_assert_uint_eq(sections[count - 1].type, TTF_SECTION_END);
	chunk = find(sections, count, TTF_SECTION_CHUNK);
	ck_assert(find(sections, count, TTF_SECTION_SITES) < chunk);
	ck_assert_uint_eq(ttf_load32(chunk->body + TTF_CHUNKS_EVENTS), 100);
	words = decode(chunk, records);
	for (uint32_t at = 0; at < words; at += ttf_record_words(records[at])) {
		ck_assert_uint_eq(ttf_record_words(records[at]), 2);
		ck_assert_uint_eq((uint32_t)records[at + 1], events);
		events++;
	}
	ck_assert_uint_eq(events, 100);
	threads = find(sections, count, TTF_SECTION_THREADS);
	ck_assert_uint_eq(ttf_load32(threads->body + TTF_THREADS_COUNT), 1);
	ck_assert_uint_eq(ttf_load64(threads->body + TTF_THREADS_ENTRIES + TTF_THREAD_RECORDED), 100);
}
END_TEST

START_TEST(says_who_and_why)
{
	struct sample_section sections[32];
	size_t count;
	const char *body, *at;

	record(1);
	ck_assert_int_eq(tt_snapshot(path, "why not"), 0);
	count = read_sections(sections, 32);
	body = find(sections, count, TTF_SECTION_PROCESS)->body;
	ck_assert_uint_eq(ttf_load32(body + TTF_PROCESS_PID), (uint32_t)getpid());
	ck_assert_uint_eq(ttf_load32(body + TTF_PROCESS_CHUNK_BYTES), CONFIG_CHUNK_BYTES);
	ck_assert_uint_eq(ttf_load32(body + TTF_PROCESS_POLICY), TTF_POLICY_DEMAND);
	at = body + TTF_PROCESS_STRINGS;
	ck_assert_uint_eq(ttf_load16(at), 4);
	ck_assert_mem_eq(at + 2, "shop", 4);
	for (int i = 0; i < 5; i++)
		at += 2 + ttf_load16(at);
	ck_assert_uint_eq(ttf_load16(at), 7);
	ck_assert_mem_eq(at + 2, "why not", 7);
}
END_TEST

/* Newest first, each with the seq that it begins with; the oldest retained one is the count of what was overwritten. */
START_TEST(orders_chunks_newest_first)
{
	struct sample_section sections[64];
	const struct sample_section *threads;
	uint64_t number = UINT64_MAX, next_seq = 20000, chunks = 0;
	size_t count;

	record(20000);
	ck_assert_int_eq(tt_snapshot(path, NULL), 0);
	count = read_sections(sections, 64);
	for (size_t i = 0; i < count; i++) {
		const char *body = sections[i].body;

		if (sections[i].type != TTF_SECTION_CHUNK)
			continue;
		ck_assert_uint_lt(ttf_load64(body + TTF_CHUNKS_NUMBER), number);
		number = ttf_load64(body + TTF_CHUNKS_NUMBER);
		ck_assert_uint_eq(ttf_load64(body + TTF_CHUNKS_FIRST_SEQ) +
					  ttf_load32(body + TTF_CHUNKS_EVENTS),
				  next_seq);
		next_seq = ttf_load64(body + TTF_CHUNKS_FIRST_SEQ);
		chunks++;
	}
	ck_assert_uint_eq(chunks, 4);
	threads = find(sections, count, TTF_SECTION_THREADS);
	ck_assert_uint_eq(ttf_load64(threads->body + TTF_THREADS_ENTRIES + TTF_THREAD_RECORDED), 20000);
	ck_assert_uint_eq(ttf_load64(threads->body + TTF_THREADS_ENTRIES + TTF_THREAD_OVERWRITTEN), next_seq);
}
END_TEST

/* With room for one chunk at a time the file holds the same sections, all sites before the chunks that use them. */
START_TEST(stages_chunk_by_chunk)
{
	struct snapshot_cause cause = { .policy = TTF_POLICY_SIGNAL, .signo = 12 };
	struct sample_section whole[64], piecewise[64];
	struct snapshot_memory *memory;
	size_t count, chunks = 0;
	int fd;

	record(20000);
	ck_assert_int_eq(tt_snapshot(path, NULL), 0);
	count = read_sections(whole, 64);
	memory = snapshot_memory_make(0);
	ck_assert_ptr_nonnull(memory);
	fd = open(path, O_WRONLY | O_TRUNC);
	ck_assert_int_eq(snapshot_write(memory, &cause, fd), 0);
	close(fd);
	snapshot_memory_free(memory);
	ck_assert_uint_eq(read_sections(piecewise, 64), count);
	for (size_t i = 0; i < count; i++) {
		ck_assert_uint_eq(whole[i].type, piecewise[i].type);
		if (whole[i].type == TTF_SECTION_CHUNK) {
			ck_assert_uint_eq(whole[i].bytes, piecewise[i].bytes);
			ck_assert_mem_eq(whole[i].body, piecewise[i].body, whole[i].bytes);
			chunks++;
		}
	}
	ck_assert_uint_eq(chunks, 4);
	ck_assert_uint_eq(ttf_load32(find(piecewise, count, TTF_SECTION_PROCESS)->body + TTF_PROCESS_SIGNAL),
			  12);
}
END_TEST

/* A program that overwrites its own rings loses that chunk, and is told so. */
START_TEST(leaves_out_a_garbled_chunk)
{
	static const struct {
		size_t field;
		uint64_t flip;
	} garbled[] = {
		{ TTF_CHUNK_STATE, 0xffff },		/* more words than a chunk has */
		{ TTF_CHUNK_STATE, (uint64_t)8 << 32 }, /* another generation */
		{ TTF_CHUNK_NUMBER, 64 },
	};
	char *chunk;

	record(2500);
	chunk = ring_chunk(ring_at(0), 2);
	for (size_t i = 0; i < sizeof(garbled) / sizeof(garbled[0]); i++) {
		uint64_t whole = ttf_load64(chunk + garbled[i].field);
		struct sample_section sections[32];
		size_t count;
		uint64_t number = 3;

		if (garbled[i].flip == 0xffff)
			ttf_store64(chunk + garbled[i].field, whole | 0xffff);
		else
			ttf_store64(chunk + garbled[i].field, whole ^ garbled[i].flip);
		ck_assert_int_eq(tt_snapshot(path, NULL), 0);
		count = read_sections(sections, 32);
		for (size_t k = 0; k < count; k++) {
			if (sections[k].type != TTF_SECTION_CHUNK)
				continue;
			ck_assert_uint_eq(ttf_load64(sections[k].body + TTF_CHUNKS_NUMBER), number);
			number -= 2;
		}
		ck_assert_uint_eq(number, (uint64_t)-1);
		ck_assert_uint_eq(ttf_load32(find(sections, count, TTF_SECTION_END)->body + TTF_END_TORN), 1);
		ttf_store64(chunk + garbled[i].field, whole);
	}
}
END_TEST

/* A block that is being made has no header yet: it is stepped over, page by page. */
START_TEST(steps_over_a_block_in_the_making)
{
	struct sample_section sections[32];
	uint64_t used;
	size_t count;

	record(1);
	used = region_used_bytes();
	ttf_store64((char *)region_base() + TTF_REGION_USED_BYTES, used + 3 * TTF_PAGE);
	ck_assert_int_eq(tt_snapshot(path, NULL), 0);
	count = read_sections(sections, 32);
	find(sections, count, TTF_SECTION_SITES);
	find(sections, count, TTF_SECTION_CHUNK);
}
END_TEST

static void *record_and_exit(void *unused)
{
	record(6000);
	return unused;
}

/* A thread that has just got the ring of one that exited: the other's chunks are not torn ones of its own. */
START_TEST(finds_nothing_in_a_ring_just_taken_over)
{
	struct sample_section sections[32];
	uint64_t last_number;
	uint32_t rings = 0;
	size_t count;
	pthread_t thread;
	char *ring;

	config.max_bytes = 16 * CONFIG_CHUNK_BYTES;
	do {
		rings = ring_count();
		ck_assert_int_eq(pthread_create(&thread, NULL, record_and_exit, NULL), 0);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
	} while (ring_count() > rings);
	ring = ring_take(TTF_RING_MAIN, (uint32_t)getpid(), 1000, "new", &last_number);
	ck_assert_ptr_nonnull(ring);
	ck_assert_uint_gt(last_number, 0);
	ck_assert_int_eq(tt_snapshot(path, NULL), 0);
	count = read_sections(sections, 32);
	ck_assert_uint_eq(ttf_load32(find(sections, count, TTF_SECTION_END)->body + TTF_END_TORN), 0);
}
END_TEST

START_TEST(replaces_a_file)
{
	FILE *file = fopen(path, "w");
	struct sample_section sections[32];
	struct stat info;

	fputs("something else", file);
	fclose(file);
	record(1);
	ck_assert_int_eq(tt_snapshot(path, NULL), 0);
	ck_assert_uint_gt(read_sections(sections, 32), 4);
	ck_assert_int_eq(stat(path, &info), 0);
	ck_assert_uint_eq(info.st_mode, S_IFREG | 0600);
	ck_assert_uint_eq(count_files(), 1);
}
END_TEST

/* The default name, and two of them. */
START_TEST(finds_a_name)
{
	char prefix[64];
	DIR *open;

	record(1);
	ck_assert_int_eq(tt_snapshot(NULL, NULL), 0);
	ck_assert_int_eq(tt_snapshot(NULL, NULL), 0);
	ck_assert_uint_eq(count_files(), 2);
	snprintf(prefix, sizeof(prefix), "shop-%d-20", (int)getpid());
	open = opendir(directory);
	for (struct dirent *entry = readdir(open); entry; entry = readdir(open))
		ck_assert(entry->d_name[0] == '.' || (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 &&
						      strstr(entry->d_name, "Z.tts")));
	closedir(open);
}
END_TEST

static void expect_failure(const char *where, int error)
{
	struct tt_stats stats = { .size = sizeof(stats) };
	uint64_t failed;
	unsigned files = count_files();

	ck_assert_int_eq(tt_stats(&stats), 0);
	failed = stats.snapshots_failed;
	ck_assert_int_eq(tt_snapshot(where, NULL), error);
	ck_assert_int_eq(tt_stats(&stats), 0);
	ck_assert_uint_eq(stats.snapshots_failed, failed + 1);
	ck_assert_uint_eq(stats.snapshots, 0);
	ck_assert_uint_eq(count_files(), files);
	record(1); /* it goes on */
}

START_TEST(fails_without_a_trace)
{
	char name[300];

	record(1);
	expect_failure("/no/such/directory/x.tts", -ENOENT);
	expect_failure("/proc/self/x.tts", -ENOENT);
	expect_failure(directory, -EISDIR);
	memset(name, 'x', sizeof(name));
	memcpy(name, directory, strlen(directory));
	name[strlen(directory)] = '/';
	name[sizeof(name) - 1] = '\0';
	expect_failure(name, -ENAMETOOLONG);
}
END_TEST

/* A file that may not grow: no SIGXFSZ, no half file. */
START_TEST(fails_at_the_file_limit)
{
	struct rlimit limit, small = { 200, RLIM_INFINITY };
	int error;

	record(1000);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	error = tt_snapshot(path, NULL);
	setrlimit(RLIMIT_FSIZE, &limit); /* first: Check writes a file at each assertion */
	ck_assert_int_eq(error, -EFBIG);
	ck_assert_uint_eq(count_files(), 0);
	ck_assert_int_eq(tt_snapshot(path, NULL), 0);
}
END_TEST

START_TEST(fails_without_descriptors)
{
	struct rlimit limit, none = { 0, 0 };

	if (getenv("UNIT_UNDER_MEMCHECK"))
		return; /* valgrind makes the file before it says EMFILE */
	record(1000);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none.rlim_max = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ck_assert_int_eq(tt_snapshot(path, NULL), -EMFILE);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_eq(count_files(), 0);
	ck_assert_int_eq(tt_snapshot(path, NULL), 0);
}
END_TEST

START_TEST(needs_something_recorded)
{
	ck_assert_int_eq(tt_snapshot(path, NULL), -ENODATA);
	ck_assert_int_eq(tt_snapshot("", NULL), -EINVAL);
	ck_assert_uint_eq(count_files(), 0);
}
END_TEST

static void *record_some(void *count)
{
	record(*(int *)count);
	return NULL;
}

/* A thread that took a ring but recorded nothing, and threads that have exited. */
START_TEST(lists_all_threads)
{
	struct sample_section sections[32];
	const struct sample_section *threads;
	size_t count;
	int events = 7;

	ck_assert_int_eq(tt_thread_name("idle"), 0);
	for (int i = 0; i < 3; i++) {
		pthread_t thread;

		ck_assert_int_eq(pthread_create(&thread, NULL, record_some, &events), 0);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
	}
	ck_assert_int_eq(tt_snapshot(path, NULL), 0);
	count = read_sections(sections, 32);
	threads = find(sections, count, TTF_SECTION_THREADS);
	ck_assert_uint_eq(ttf_load32(threads->body + TTF_THREADS_COUNT), 4);
	ck_assert_mem_eq(threads->body + TTF_THREADS_ENTRIES + TTF_THREAD_NAME, "\4\0idle", 6);
	ck_assert_uint_eq(ttf_load64(threads->body + TTF_THREADS_ENTRIES + TTF_THREAD_RECORDED), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lib_snapshot");
	TCase *tests = tcase_create("snapshot");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_test(tests, holds_what_was_recorded);
	tcase_add_test(tests, says_who_and_why);
	tcase_add_test(tests, orders_chunks_newest_first);
	tcase_add_test(tests, stages_chunk_by_chunk);
	tcase_add_test(tests, leaves_out_a_garbled_chunk);
	tcase_add_test(tests, steps_over_a_block_in_the_making);
	tcase_add_test(tests, finds_nothing_in_a_ring_just_taken_over);
	tcase_add_test(tests, replaces_a_file);
	tcase_add_test(tests, finds_a_name);
	tcase_add_test(tests, fails_without_a_trace);
	tcase_add_test(tests, fails_at_the_file_limit);
	tcase_add_test(tests, fails_without_descriptors);
	tcase_add_test(tests, needs_something_recorded);
	tcase_add_test(tests, lists_all_threads);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
