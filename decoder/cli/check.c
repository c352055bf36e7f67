#include "check.h"

#include "gone.h"
#include "words.h"

/* Lists what is gone, and reads every record. */
static int read_rings(struct gone *gone)
{
	struct trace *trace = gone->trace;
	int error = 0;

	for (uint32_t i = 0; i < trace->ring_count && error == 0; i++) {
		if (trace->rings[i] == NULL)
			continue;
		gone_chunks(gone, trace->rings[i]);
		error = gone_in_chunks(gone, trace->rings[i]);
	}
	gone_rest(gone);
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
	struct gone gone = { .out = out, .trace = trace };
	int error = read_rings(&gone);

	if (error != 0)
		return error;
	reports = trace->damage_count + (trace->damage->count - reports_before);
	words_name(out, trace->source.name);
	out_string(out, reports == 0 ? ": fine: " : ": damaged: ");
	if (reports > 0)
		number(out, reports, reports == 1 ? " report, " : " reports, ");
	number(out, gone.shown, " of ");
	number(out, retained, " retained events can be read, in ");
	number(out, trace->chunk_count, " chunks of ");
	number(out, count_rings(trace), " rings, of ");
	number(out, trace->sites.count, " sites");
	if (gone.places > 0) {
		out_string(out, "; ");
		number(out, gone.events, " events are known to be gone, in ");
		number(out, gone.places, gone.places == 1 ? " place" : " places");
	}
	out_byte(out, '\n');
	return 0;
}
