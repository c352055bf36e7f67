# What it costs, beside the limits of the machine.

BENCH := $(BUILD)/bench
BENCH_PROGRAMS := $(addprefix $(BENCH)/,latency latency-shared rare together generate decode instructions)
BENCH_SITES := $(BUILD)/obj/bench/one_site.o

bench_objects = $(patsubst %,$(BUILD)/obj/bench/%.o,$(1))

.PHONY: bench
bench: $(BENCH_PROGRAMS) $(BENCH_SITES) $(TTDECODE) | setup-check ## what everything costs; RESULTS=1: rewrites bench/RESULTS.md too
	@CC="$(CC)" CFLAGS="$(CFLAGS)" bench/run.sh $(BUILD) $(if $(RESULTS),bench/RESULTS.md)

# Limits are for what an optimised program executes, not for a debugger's or a sanitizer's build of it.
.PHONY: bench-guard
ifeq ($(filter -O2,$(CFLAGS))$(findstring -fsanitize,$(CFLAGS)),-O2)
bench-guard: $(BENCH)/instructions $(BENCH_SITES) ## fails if a call takes more instructions than it did
	bench/guard.sh $(BENCH) $(BENCH_SITES)
else
bench-guard:
	@echo "bench-guard: not an -O2 build without sanitizers: instructions are not counted"
endif

$(BENCH)/latency: $(call bench_objects,latency limits sites sample)
$(BENCH)/rare: $(call bench_objects,rare sites sample)
$(BENCH)/together: $(call bench_objects,together sites sample)
$(BENCH)/generate: $(call bench_objects,generate sample)
$(BENCH)/decode: $(call bench_objects,decode sample)
$(BENCH)/instructions: $(call bench_objects,instructions limits sites)

$(BENCH)/%: $(LIB_STATIC)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LIB_STATIC) $(LIB_LIBS)

# Sites as in a shared object (-fPIC), with the shared library.
BENCH_PIC := $(patsubst $(BUILD)/obj/%,$(BUILD)/pic/%,$(call bench_objects,latency limits sites sample))
$(BENCH)/latency-shared: $(BENCH_PIC) $(LIB_SHARED)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -Wl,-rpath,'$$ORIGIN/..'
