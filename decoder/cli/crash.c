#include "crash.h"

#include <inttypes.h>

#include "../../format-spec/twin/bytes.h"
#include "names.h"
#include "words.h"

#define REGISTERS_PER_LINE 4

static const struct trace_ring *ring_of(const struct trace *trace, uint32_t tid)
{
	for (uint32_t i = 0; i < trace->ring_count; i++)
		if (trace->rings[i] != NULL && trace->rings[i]->ring.tid == tid &&
		    !trace->rings[i]->ring.is_nested)
			return trace->rings[i];
	return NULL;
}

static void print_thread(struct out *out, const struct trace *trace)
{
	const struct trace_crash *crash = trace->crash;
	const struct trace_ring *ring = ring_of(trace, crash->tid);
	const char *machine = names_machine(crash->machine);

	words_print(out, "\n  CRASH of thread %" PRIu32, crash->tid);
	if (ring != NULL && ring->ring.name.bytes > 0) {
		out_byte(out, ' ');
		words_text(out, ring->ring.name);
	}
	if (machine != NULL)
		words_print(out, " on %s", machine);
	else
		words_print(out, " on machine %" PRIu32, crash->machine);
	out_byte(out, '\n');
}

/* The first three words of a siginfo are the signal, errno and code; the address follows at 16. */
static void print_cause(struct out *out, const struct trace_crash *crash)
{
	int32_t signal = (int32_t)ttf_load32(crash->siginfo);
	int32_t code = (int32_t)ttf_load32(crash->siginfo + 8);
	const char *name = names_signal(signal);
	const char *code_name = names_signal_code(signal, code);

	if (signal == 0)
		return; /* the siginfo was not kept */
	words_print(out, "  signal %" PRId32 "%s%s, code %" PRId32 "%s%s", signal, name != NULL ? " " : "",
		    name != NULL ? name : "", code, code_name != NULL ? " " : "",
		    code_name != NULL ? code_name : "");
	if (code > 0)
		words_print(out, ", at address 0x%" PRIx64, ttf_load64(crash->siginfo + 16));
	out_byte(out, '\n');
}

static void print_registers(struct out *out, const struct trace_crash *crash)
{
	for (uint32_t i = 0; i < crash->register_count; i++) {
		const char *name = names_register(crash->machine, i);

		if (i % REGISTERS_PER_LINE == 0)
			out_string(out, "\n ");
		if (name != NULL)
			words_print(out, " %6s %016" PRIx64, name, crash->registers[i]);
		else
			words_print(out, " %6" PRIu32 " %016" PRIx64, i, crash->registers[i]);
	}
	if (crash->register_count > 0)
		out_byte(out, '\n');
}

static const struct trace_module *module_of(const struct trace *trace, uint64_t address)
{
	for (size_t i = 0; i < trace->module_count; i++)
		if (address >= trace->modules[i].base && address < trace->modules[i].end)
			return &trace->modules[i];
	return NULL;
}

static void print_frames(struct out *out, const struct trace *trace)
{
	for (uint32_t i = 0; i < trace->crash->frame_count; i++) {
		uint64_t address = trace->crash->frames[i];
		const struct trace_module *module = module_of(trace, address);

		words_print(out, "%s  #%-3" PRIu32 " 0x%016" PRIx64, i == 0 ? "\n" : "", i, address);
		if (module != NULL) {
			out_string(out, "  ");
			words_text(out, module->path);
			words_print(out, "+0x%" PRIx64, address - module->base);
		}
		out_byte(out, '\n');
	}
}

void crash_print(struct out *out, const struct trace *trace)
{
	if (trace->crash == NULL)
		return;
	print_thread(out, trace);
	print_cause(out, trace->crash);
	words_print(out, "  pc 0x%016" PRIx64 "  sp 0x%016" PRIx64 "\n", trace->crash->pc, trace->crash->sp);
	print_registers(out, trace->crash);
	print_frames(out, trace);
}
