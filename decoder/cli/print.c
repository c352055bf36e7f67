#include "print.h"

#include <errno.h>

#include "../reader/coverage.h"
#include "../reader/merge.h"
#include "../render/line.h"
#include "../render/message.h"
#include "batches.h"
#include "filter.h"
#include "jobs.h"
#include "progress.h"

/* How many events pass between two looks at the clock. */
#define PROGRESS_EVENTS 16384

/* What is kept of the formats, so that each is parsed once: a hostile file's would grow to thirty times its size. */
#define KEPT_MAX ((size_t)64 << 20)

/* How much before the end the last events are looked for first. */
#define TAIL_SPAN_NS UINT64_C(1000000)

struct printer {
	struct out *out;
	struct trace *traces;
	unsigned count;
	const struct options *options;
	struct line line;
	struct crew *crew;	 /* NULL: this thread does everything itself */
	struct batches *batches; /* NULL: it makes the lines */
	struct filter filter;
	struct progress progress;
	size_t kept_bytes; /* of all sites */
	struct damage *damage;
};

static void forget_formats(struct printer *printer, struct merge *merge)
{
	if (printer->batches != NULL) {
		batches_finish(printer->batches);
		merge->place = batches_place(printer->batches);
	}
	for (unsigned i = 0; i < printer->count; i++)
		sites_forget(&printer->traces[i].sites, message_forget);
	printer->kept_bytes = 0;
}

static void print_one(struct printer *printer, struct merge *merge, struct event *event)
{
	int error = 0;

	if (printer->batches == NULL) {
		line_event(printer->out, event, &printer->line);
		return;
	}
	if (!line_is_kept(&printer->line, event->site))
		error = line_keep(&printer->line, event->site);
	if (error == 0)
		merge->place = batches_keep(printer->batches);
	else
		out_fail(printer->out, -error);
}

/* The filter looks at one more event: those that it shows are counted, and printed if more than `skip` came before. */
static void take(struct printer *printer, struct merge *merge, struct event *event, uint64_t skip,
		 uint64_t *seen)
{
	struct site *site = event->site;
	bool is_kept = site->program != NULL;

	if (filter_shows(&printer->filter, event) && ++*seen > skip)
		print_one(printer, merge, event);
	if (is_kept)
		return;
	printer->kept_bytes += message_kept_bytes(site);
	if (printer->kept_bytes > KEPT_MAX)
		forget_formats(printer, merge);
}

/*
 * Goes once through the merged events. Of those that the filter shows, the first `skip` are passed over and the others
 * printed, up to the `limit`th; *seen counts them all.
 */
static int pass(struct printer *printer, struct merge *merge, uint64_t skip, uint64_t limit, uint64_t *seen)
{
	uint64_t read = 0;

	for (*seen = 0; *seen < limit && printer->out->error == 0 && filter_error(&printer->filter) == 0;) {
		struct event *event;
		int error = merge_next(merge, &event);

		if (error != 0 || event == NULL || filter_is_over(&printer->filter, event))
			return error;
		if (++read % PROGRESS_EVENTS == 0)
			progress_show(&printer->progress, merge->chunks_done, merge->chunk_count);
		take(printer, merge, event, skip, seen);
	}
	return filter_error(&printer->filter);
}

static int run_pass(struct printer *printer, uint64_t skip, uint64_t limit, uint64_t *seen)
{
	struct merge merge;
	int error =
		merge_open(&merge, printer->traces, printer->count, printer->filter.since_ns, printer->crew);

	if (printer->batches != NULL)
		merge.place = batches_place(printer->batches);
	if (error == 0)
		error = pass(printer, &merge, skip, limit, seen);
	if (printer->batches != NULL)
		batches_finish(printer->batches);
	merge_close(&merge);
	return error;
}

/* The last chunk's base of all rings whose order is known; 0: there is none. */
static uint64_t last_base_ns(const struct printer *printer)
{
	uint64_t last_ns = 0;

	for (unsigned i = 0; i < printer->count; i++) {
		const struct trace *trace = &printer->traces[i];

		for (uint32_t j = 0; j < trace->ring_count; j++) {
			const struct trace_ring *ring = trace->rings[j];
			uint64_t base_ns = ring != NULL && ring->is_ordered
						   ? trace_base_ns(trace, ring, ring->chunk_count - 1)
						   : 0;

			if (base_ns > last_ns)
				last_ns = base_ns;
		}
	}
	return last_ns < printer->filter.until_ns ? last_ns : printer->filter.until_ns;
}

/* How many events the chunks hold that begin at or after a moment, and not after the last one that is shown. */
static uint64_t count_since(const struct printer *printer, uint64_t since_ns)
{
	uint64_t events = 0;

	for (unsigned i = 0; i < printer->count; i++) {
		const struct trace *trace = &printer->traces[i];

		for (uint32_t j = 0; j < trace->ring_count; j++) {
			const struct trace_ring *ring = trace->rings[j];
			uint32_t at = ring != NULL && ring->is_ordered ? ring->chunk_count : 0;

			while (at-- > 0 && trace_base_ns(trace, ring, at) >= since_ns)
				if (trace_base_ns(trace, ring, at) <= printer->filter.until_ns)
					events += trace->chunks[ring->first_chunk + at].events;
		}
	}
	return events;
}

/*
 * Finds how many events are shown from some moment on, which printer->filter.since_ns becomes: no fewer than the last `tail`, or all. The time looked at grows until
 * it holds enough, first by what the chunks count and then by what is shown of them; so what is before is never read.
 */
static int find_tail(struct printer *printer, uint64_t *seen)
{
	const uint64_t begin_ns = printer->filter.since_ns;
	uint64_t tail = printer->options->tail;
	uint64_t last_ns = printer->options->head == UINT64_MAX ? last_base_ns(printer) : 0;
	uint64_t span_ns = TAIL_SPAN_NS;

	for (;; span_ns *= 4) {
		bool is_all = last_ns < span_ns || last_ns - span_ns <= begin_ns;
		int error;

		printer->filter.since_ns = is_all ? begin_ns : last_ns - span_ns;
		if (!is_all && count_since(printer, printer->filter.since_ns) < tail)
			continue;
		error = run_pass(printer, UINT64_MAX, printer->options->head, seen);
		if (error != 0 || is_all || *seen >= tail)
			return error;
	}
}

/* The last N are found by counting first: a second pass costs time, holding N events would cost memory. The second one reports what is wrong. */
static int print_tail(struct printer *printer)
{
	uint64_t tail = printer->options->tail;
	uint64_t seen;
	int error;

	printer->damage->is_muted = true;
	error = find_tail(printer, &seen);
	printer->damage->is_muted = false;
	return error != 0 ? error
			  : run_pass(printer, seen > tail ? seen - tail : 0, printer->options->head, &seen);
}

static bool needs_end(const struct options *options)
{
	return (options->since.is_given && options->since.is_before_end) ||
	       (options->until.is_given && options->until.is_before_end);
}

/* The time of the last event of all. */
static int find_end(const struct printer *printer, uint64_t *end_ns)
{
	*end_ns = 0;
	for (unsigned i = 0; i < printer->count; i++) {
		struct coverage coverage;
		int error = coverage_of_trace(&printer->traces[i], &coverage);

		if (error != 0)
			return error;
		if (coverage.last_ns > *end_ns)
			*end_ns = coverage.last_ns;
	}
	return 0;
}

static int print_filtered(struct printer *printer, struct diagnosis *diagnosis)
{
	uint64_t end_ns = 0;
	uint64_t seen;
	int error = needs_end(printer->options) ? find_end(printer, &end_ns) : 0;

	if (error != 0)
		return error;
	filter_set_end(&printer->filter, printer->options, end_ns);
	progress_begin(&printer->progress, true);
	diagnosis->progress = &printer->progress;
	if (printer->options->tail != UINT64_MAX)
		error = print_tail(printer);
	else
		error = run_pass(printer, 0, printer->options->head, &seen);
	progress_wipe(&printer->progress);
	diagnosis->progress = NULL;
	return error;
}

int print_events(struct out *out, struct trace *traces, unsigned count, const struct options *options,
		 bool is_colored, struct diagnosis *diagnosis)
{
	struct printer printer = { .out = out,
				   .traces = traces,
				   .count = count,
				   .options = options,
				   .damage = &diagnosis->damage,
				   .line = { .is_json = options->format == FORMAT_JSON,
					     .style = { .color = is_colored, .several_files = count > 1 } } };
	int error;

	error = filter_open(&printer.filter, options);
	if (error != 0)
		return error;
	printer.crew = jobs_crew(options->jobs, traces, count);
	if (printer.crew != NULL)
		printer.batches = batches_open(printer.crew, out, &printer.line);
	error = print_filtered(&printer, diagnosis);
	batches_close(printer.batches);
	crew_close(printer.crew);
	filter_close(&printer.filter);
	return error;
}
