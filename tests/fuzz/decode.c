#include "decode.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../decoder/cli/check.h"
#include "../../decoder/cli/info.h"
#include "../../decoder/input/input.h"
#include "../../decoder/reader/load.h"
#include "../../decoder/reader/merge.h"
#include "../../decoder/render/json.h"
#include "../../decoder/render/message.h"
#include "../../decoder/render/text.h"
#include "../../decoder/writer/repack.h"
#include "shown.h"

/* One file's decoding. */
struct decoding {
	struct damage damage; /* first, so that one is the other */
	struct trace trace;
	struct out out;
	size_t file_bytes;
	uint64_t
		places; /* how far offsets go: those in a region are within it, and not in the core that held it */
	size_t heap_before;
	size_t shown; /* bytes that were rendered */
};

static void require_shown(const char *wrong)
{
	fuzz_require(wrong == NULL, wrong);
}

static void judge_report(struct damage *damage, const char *file, uint64_t offset, const char *what)
{
	const struct decoding *decoding = (const struct decoding *)damage;
	char line[DAMAGE_TEXT_BYTES + 1];
	int bytes = snprintf(line, sizeof(line), "%s\n", what);

	(void)file;
	fuzz_require(bytes > 1 && (size_t)bytes <= DAMAGE_TEXT_BYTES,
		     "a report has a text of bounded length");
	fuzz_require(memchr(what, '\n', strlen(what)) == NULL, "a report is one line");
	require_shown(shown_text(line, (size_t)bytes, false));
	/* A ring that is gone is reported where its chunks say that it was, which may be behind the file's end. */
	fuzz_require(offset <= decoding->places || strncmp(what, "a ring's header", 15) == 0,
		     "a report is about a place in the file");
}

static void judge_heap(const struct decoding *decoding)
{
	size_t heap = fuzz_heap();

	fuzz_require(heap <= decoding->heap_before ||
			     heap - decoding->heap_before <=
				     DECODE_HEAP_BYTES + DECODE_HEAP_FACTOR * decoding->file_bytes,
		     "memory is bounded");
}

static void judge_line(struct decoding *decoding, bool is_json)
{
	const char *line = decoding->out.start;
	size_t bytes = out_used(&decoding->out);

	fuzz_require(decoding->out.error == 0, "every event can be rendered");
	fuzz_require(bytes > 0 && bytes <= DECODE_LINE_BYTES, "an event's line is of bounded length");
	require_shown(is_json ? shown_json(line, bytes) : shown_text(line, bytes, false));
	fuzz_require(memchr(line, '\n', bytes) == line + bytes - 1, "an event is one line");
	decoding->shown += bytes;
}

static void show(struct decoding *decoding, struct event *event)
{
	struct text_style style = { .several_files = event->seq % 2 == 1 };

	out_clear(&decoding->out);
	text_event(&decoding->out, event, &style);
	judge_line(decoding, false);
	out_clear(&decoding->out);
	json_event(&decoding->out, event, &(struct labels){ 0 });
	judge_line(decoding, true);
}

/* A pass over all events. Returns how many. */
static uint64_t pass(struct decoding *decoding)
{
	struct merge merge;
	struct event *event = NULL;
	uint64_t last_ns = 0;
	uint64_t count = 0;
	int error = merge_open(&merge, &decoding->trace, 1, 0, NULL);

	for (; error == 0; count++) {
		error = merge_next(&merge, &event);
		if (error != 0 || event == NULL)
			break;
		fuzz_require(event->real_ns >= last_ns && event->real_ns <= INT64_MAX,
			     "time never goes back");
		last_ns = event->real_ns;
		if (decoding->shown < DECODE_SHOWN_BYTES)
			show(decoding, event);
		if (count % 256 == 0)
			judge_heap(decoding);
	}
	fuzz_require(error == 0, "every file can be read to its end");
	merge_close(&merge);
	return count;
}

/* What --info and --check say. Returns how many events --check counted. */
static uint64_t judge_summaries(struct decoding *decoding)
{
	uint64_t count = UINT64_MAX;
	const char *last;
	const char *number;

	fuzz_require(info_print(&decoding->out, &decoding->trace) == 0, "--info has an answer");
	require_shown(shown_text(decoding->out.start, out_used(&decoding->out), false));
	out_clear(&decoding->out);
	fuzz_require(check_trace(&decoding->out, &decoding->trace) == 0, "--check has an answer");
	require_shown(shown_text(decoding->out.start, out_used(&decoding->out), false));
	out_byte(&decoding->out, '\0');
	last = decoding->out.start;
	for (const char *line = last; *line != '\0'; line = strchr(line, '\n') + 1)
		last = line; /* the verdict stands behind what is gone */
	number = strstr(last, " of ");
	while (number != NULL && number > last && number[-1] >= '0' && number[-1] <= '9')
		number--;
	fuzz_require(number != NULL && sscanf(number, "%" SCNu64, &count) == 1, "--check counts the events");
	return count;
}

/* Returns how many events the trace has. */
static uint64_t judge_trace(struct decoding *decoding)
{
	uint64_t counted;

	judge_heap(decoding);
	fuzz_require(out_open(&decoding->out, -1) == 0, "there is memory");
	counted = judge_summaries(decoding);
	judge_heap(decoding);
	fuzz_require(pass(decoding) == counted, "two passes give as many events");
	judge_heap(decoding);
	out_close(&decoding->out);
	return counted;
}

/* Lazily there are as many. */
static void judge_lazily(struct decoding *decoding, const char *path, uint64_t counted)
{
	fuzz_require(load_trace_lazily(&decoding->trace, path, 0, &decoding->damage) == 0,
		     "what can be read can be read lazily");
	fuzz_require(out_open(&decoding->out, -1) == 0, "there is memory");
	fuzz_require(pass(decoding) == counted, "read lazily, or written anew, it has as many events");
	judge_heap(decoding);
	out_close(&decoding->out);
	trace_close(&decoding->trace, message_forget);
}

/* Written anew the trace has as many events. */
static void judge_repacked(struct decoding *decoding, uint64_t counted)
{
	static struct fuzz_file file;
	struct decoding again = { .damage = { .report = judge_report } };
	struct repack how = { .is_best = decoding->file_bytes % 16 == 0 };
	struct out packed;

	if (file.path[0] == '\0')
		fuzz_file_make(&file, "repacked");
	fuzz_require(out_open(&packed, -1) == 0, "there is memory");
	fuzz_require(repack_trace(&packed, &decoding->trace, &how) == 0 && packed.error == 0,
		     "what can be read can be written anew");
	again.file_bytes = again.places = out_used(&packed);
	fuzz_file_fill(&file, packed.start, again.file_bytes);
	out_close(&packed);
	again.heap_before = fuzz_heap();
	judge_lazily(&again, file.path, counted);
}

void decode_file(const uint8_t *bytes, size_t count)
{
	static struct fuzz_file file;
	struct decoding decoding = { .damage = { .report = judge_report },
				     .file_bytes = count,
				     .places = count };
	int error;

	if (file.path[0] == '\0')
		fuzz_file_make(&file, "input");
	fuzz_file_fill(&file, bytes, count);
	decoding.heap_before = fuzz_heap();
	error = load_trace(&decoding.trace, file.path, 0, &decoding.damage);
	if (error == 0) {
		uint64_t counted = judge_trace(&decoding);

		judge_repacked(&decoding, counted);
		trace_close(&decoding.trace, message_forget);
		judge_lazily(&decoding, file.path, counted);
		return;
	}
	fuzz_require(error == (count == 0 ? -ENODATA : -EBADMSG), "a file that is not read is refused");
	if (error == -EBADMSG) {
		char line[sizeof(decoding.trace.refusal) + 2];

		snprintf(line, sizeof(line), "%s\n", decoding.trace.refusal);
		require_shown(shown_text(line, strlen(line), false));
	}
}

/* One source of an input. */
static void judge_source(struct decoding *decoding, struct input *input, unsigned index)
{
	struct source source = input_take(input, index);
	int error;

	decoding->places = source.bytes;
	error = load_source(&decoding->trace, source, input->kind == INPUT_CORE ? ORIGIN_CORE : ORIGIN_FILE,
			    input->kind == INPUT_CORE ? &input->core.process : NULL, index, &decoding->damage,
			    index % 2);
	fuzz_require(error == 0 || error == -EBADMSG, "what is found is read or refused");
	if (error != 0)
		return;
	judge_trace(decoding);
	trace_close(&decoding->trace, message_forget);
}

void decode_input(const uint8_t *bytes, size_t count)
{
	static struct fuzz_file file;
	struct decoding decoding = { .damage = { .report = judge_report },
				     .file_bytes = count,
				     .places = UINT64_MAX };
	struct input input;
	int error;

	if (file.path[0] == '\0')
		fuzz_file_make(&file, "input");
	fuzz_file_fill(&file, bytes, count);
	decoding.heap_before = fuzz_heap();
	error = input_open(&input, file.path, &decoding.damage, NULL);
	fuzz_require(error == 0 || error == -ENODATA || error == -EBADMSG || error == -EFBIG,
		     "an input is read or refused");
	if (error != 0)
		return;
	judge_heap(&decoding);
	for (unsigned i = 0; i < input_count(&input); i++)
		judge_source(&decoding, &input, i);
	input_close(&input);
}
