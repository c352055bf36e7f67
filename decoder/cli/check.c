#include "check.h"

#include "../reader/merge.h"
#include "words.h"

static int count_events(struct trace *trace, uint64_t *events)
{
	struct merge merge;
	struct event *event = NULL;
	int error = merge_open(&merge, trace, 1);

	*events = 0;
	for (; error == 0; ++*events) {
		error = merge_next(&merge, &event);
		if (event == NULL)
			break;
	}
	merge_close(&merge);
	return error;
}

static uint64_t count_retained(const struct trace *trace)
{
	uint64_t retained = 0;

	for (uint32_t i = 0; i < trace->ring_count; i++)
		if (trace->rings[i] != NULL)
			retained += trace->rings[i]->retained;
	return retained;
}

static uint64_t count_rings(const struct trace *trace)
{
	uint64_t rings = 0;

	for (uint32_t i = 0; i < trace->ring_count; i++)
		rings += trace->rings[i] != NULL;
	return rings;
}

static void number(struct out *out, uint64_t value, const char *what)
{
	out_unsigned(out, value);
	out_string(out, what);
}

int check_trace(struct out *out, struct trace *trace)
{
	uint64_t reports_before = trace->damage->count;
	uint64_t reports;
	uint64_t retained = count_retained(trace);
	uint64_t events;
	int error = count_events(trace, &events);

	if (error != 0)
		return error;
	reports = trace->damage_count + (trace->damage->count - reports_before);
	words_name(out, trace->source.name);
	out_string(out, reports == 0 ? ": fine: " : ": damaged: ");
	if (reports > 0)
		number(out, reports, reports == 1 ? " report, " : " reports, ");
	number(out, events, " of ");
	number(out, retained, " retained events can be read, in ");
	number(out, trace->chunk_count, " chunks of ");
	number(out, count_rings(trace), " rings, of ");
	number(out, trace->sites.count, " sites\n");
	return 0;
}
