#include "input.h"

#include <errno.h>

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

	input->is_core = got > 0 && core_is(begin, (size_t)got);
	if (!input->is_core)
		return spool(input, stream, damage);
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

unsigned input_count(const struct input *input)
{
	return input->is_core ? input->core.region_count : 1;
}

struct source input_take(struct input *input, unsigned index)
{
	struct source *from = input->is_core ? &input->core.regions[index].spool : &input->source;
	struct source taken = *from;

	from->fd = -1;
	return taken;
}

void input_close(struct input *input)
{
	if (input->is_core)
		core_close(&input->core);
	else
		source_close(&input->source);
}
