/*
 * check_batches.c - lines made by a crew are those that one thread makes, in the same order.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../decoder/cli/batches.h"
#include "sample.h"
#include "unit.h"

static struct sample sample;
static struct out plain; /* what one thread makes */

static void begin_sample(const char *format)
{
	sample_begin(&sample, format);
	sample_i32(&sample, 0);
	sample_str(&sample, "");
}

/* Bodies vary in length, and each says which it is. The site is in use, and stays as it is. */
static void set(struct event *event, uint8_t body[EVENT_BODY_MAX], unsigned i)
{
	static const char string[300] = "a string that is not always shown as far as here";
	const struct site *site = &sample.site;
	unsigned bytes = i % sizeof(string);

	ttf_store32(body + site->offsets[0], i);
	ttf_store16(body + site->offsets[1], (uint16_t)bytes);
	memcpy(body + site->fixed_bytes, string, bytes);
	event->ring = &sample.ring;
	event->site = &sample.site;
	event->seq = i;
	event->real_ns = sample.event.real_ns + i * UINT64_C(1000000);
	event->is_held = i % 5 == 0;
	event->bound_ns = i % 7;
	event->body = body;
	event->body_bytes = (uint32_t)((site->fixed_bytes + bytes + 7) / 8 * 8);
	event->is_decoded = event->is_truncated = false;
}

/* The same events to `plain`, and through batches to a file; then both are compared. */
static void compare(unsigned members, unsigned count, bool is_json, const char *format)
{
	static uint8_t body[EVENT_BODY_MAX];
	int fd = memfd_create("batches", MFD_CLOEXEC);
	struct crew *crew = crew_open(members);
	struct line line = { .is_json = is_json };
	struct batches *batches;
	struct event *place;
	struct out out;
	char *written;

	ck_assert_int_eq(out_open(&plain, -1), 0);
	ck_assert_int_eq(out_open(&out, fd), 0);
	begin_sample(format);
	ck_assert_int_eq(line_keep(&line, &sample.site), 0);
	ck_assert(line_is_kept(&line, &sample.site));
	batches = batches_open(crew, &out, &line);
	place = batches_place(batches);
	for (unsigned i = 0; i < count; i++) {
		struct argument arguments[EVENT_ARGUMENTS];
		struct event event = { .arguments = arguments };

		set(&event, body, i);
		line_event(&plain, &event, &line);
		set(place, body, i);
		/* As a filter that decodes does. */
		if (i % 2 == 0)
			event_decode(place);
		place = batches_keep(batches);
		memset(body, 0xee, sizeof(body)); /* the batch has its own copy */
		if (i == count / 2) {
			batches_finish(batches);
			place = batches_place(batches);
		}
	}
	batches_finish(batches);
	batches_close(batches);
	crew_close(crew);
	ck_assert_int_eq(out_close(&out), 0);
	ck_assert_uint_eq((size_t)lseek(fd, 0, SEEK_END), out_used(&plain));
	written = mmap(NULL, out_used(&plain) + 1, PROT_READ, MAP_PRIVATE, fd, 0);
	ck_assert_ptr_ne(written, MAP_FAILED);
	ck_assert_int_eq(memcmp(written, plain.start, out_used(&plain)), 0);
	munmap(written, out_used(&plain) + 1);
	close(fd);
	out_close(&plain);
	message_forget(&sample.site);
}

/* _i: the crew's members. */
START_TEST(same_lines)
{
	compare((unsigned)_i, 20000, false, "event %d: %s");
	compare((unsigned)_i, 20000, true, "event %d: %s");
	compare((unsigned)_i, 3, false, "event %d: %s");
}
END_TEST

/* Ten thousand bytes a line: a batch's text becomes longer than it may, and the owner makes it. */
START_TEST(long_lines)
{
	compare((unsigned)_i, 2000, false, "event %1$d: %1$09999d %2$s");
	compare((unsigned)_i, 2000, true, "event %1$d: %1$09999d %2$s");
}
END_TEST

START_TEST(output_that_fails)
{
	static uint8_t body[EVENT_BODY_MAX];
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct crew *crew = crew_open(3);
	struct line line = { .is_json = false };
	struct batches *batches;
	struct event *place;
	struct out out;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(out_open(&out, fd), 0);
	begin_sample("event %d: %s");
	ck_assert_int_eq(line_keep(&line, &sample.site), 0);
	batches = batches_open(crew, &out, &line);
	place = batches_place(batches);
	for (unsigned i = 0; i < 50000; i++) {
		set(place, body, i);
		place = batches_keep(batches);
	}
	ck_assert_int_eq(out.error, ENOSPC);
	batches_close(batches);
	crew_close(crew);
	ck_assert_int_eq(out_close(&out), -ENOSPC);
	close(fd);
	message_forget(&sample.site);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("batches");
	TCase *tests = tcase_create("batches");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, same_lines, 1, 5);
	tcase_add_loop_test(tests, long_lines, 1, 4);
	tcase_add_test(tests, output_that_fails);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
