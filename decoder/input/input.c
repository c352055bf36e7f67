#include "input.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "spool.h"
#include "stream.h"

#define SPOOL_STEP_BYTES 65536u

static bool needs_stream(const struct source *source)
{
	uint8_t begin[STREAM_AHEAD_MAX];
	size_t bytes = source->bytes < sizeof(begin) ? (size_t)source->bytes : sizeof(begin);

	return source->is_stream || (source_read(source, 0, begin, bytes) == 0 &&
				     (core_is(begin, bytes) || stream_is_compressed(begin, bytes)));
}

/* What came before an error is kept. */
static int judge(const struct source *spool, struct damage *damage, int error)
{
	if (error == -EBADMSG)
		damage_report(damage, spool->name, spool->bytes,
			      "the compressed data are damaged from here on");
	else if (error == -ENODATA)
		damage_report(damage, spool->name, spool->bytes, "the compressed data are cut short");
	else
		return error;
	return 0;
}

static int copy(struct source *spool, struct stream *stream, struct damage *damage)
{
	char step[SPOOL_STEP_BYTES];

	for (;;) {
		ptrdiff_t got = stream_read(stream, step, sizeof(step));
		int error;

		if (got < 0)
			return judge(spool, damage, (int)got);
		if (got == 0)
			return spool->bytes > 0 ? 0 : -ENODATA;
		if (stream_is_bomb(stream, spool->bytes))
			return -EFBIG;
		error = spool_append(spool, step, (size_t)got);
		if (error != 0)
			return error;
	}
}

static int spool(struct input *input, struct stream *stream, struct damage *damage)
{
	int error = spool_open(&input->source, input->name);

	if (error == 0) {
		error = copy(&input->source, stream, damage);
		if (error != 0)
			source_close(&input->source);
	}
	return error;
}

static int read_stream(struct input *input, struct stream *stream, struct damage *damage)
{
	uint8_t begin[STREAM_AHEAD_MAX];
	ptrdiff_t got = stream_look(stream, begin, sizeof(begin));
	int error;

	if (got <= 0 || !core_is(begin, (size_t)got))
		return spool(input, stream, damage);
	input->kind = INPUT_CORE;
	error = core_read(&input->core, stream, input->name, damage);
	if (error != 0)
		core_close(&input->core);
	return error;
}

int input_open(struct input *input, const char *path, struct damage *damage, const struct stream_watch *watch)
{
	struct source source;
	struct stream *stream;
	int error = source_open(&source, path);

	*input = (struct input){ .name = source.name, .source = source };
	if (error != 0 || !needs_stream(&source))
		return error;
	error = stream_open(&stream, source.fd, watch);
	if (error == 0) {
		error = read_stream(input, stream, damage);
		stream_close(stream);
	}
	source_close(&source);
	return error;
}

int input_open_process(struct input *input, uint32_t pid)
{
	*input = (struct input){ .kind = INPUT_PROCESS, .source = { .fd = -1 } };
	snprintf(input->process_name, sizeof(input->process_name), "process %" PRIu32, pid);
	input->name = input->process_name;
	return living_open(&input->living, pid, input->name);
}

unsigned input_count(const struct input *input)
{
	return input->kind == INPUT_CORE      ? input->core.region_count
	       : input->kind == INPUT_PROCESS ? input->living.count
					      : 1;
}

static struct source *source_of(struct input *input, unsigned index)
{
	return input->kind == INPUT_CORE      ? &input->core.regions[index].spool
	       : input->kind == INPUT_PROCESS ? &input->living.regions[index]
					      : &input->source;
}

struct source input_take(struct input *input, unsigned index)
{
	struct source taken = *source_of(input, index);

	source_of(input, index)->fd = -1;
	return taken;
}

void input_close(struct input *input)
{
	for (unsigned i = 0; i < input_count(input); i++)
		source_close(source_of(input, i));
	if (input->kind == INPUT_CORE)
		core_close(&input->core);
}
