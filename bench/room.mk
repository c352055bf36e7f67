# What it costs, beside the limits of the machine.

BENCH := $(BUILD)/bench
BENCH_PROGRAMS := $(addprefix $(BENCH)/,latency latency-shared rare together counts generate decode instructions)
BENCH_SITES := $(BUILD)/obj/bench/one_site.o

bench_objects = $(patsubst %,$(BUILD)/obj/bench/%.o,$(1))

.PHONY: bench
bench: $(BENCH_PROGRAMS) $(BENCH_SITES) $(BENCH)/demo-out $(DEMO) $(TTDECODE) | setup-check ## what everything costs; RESULTS=1: rewrites bench/RESULTS.md too
	@CC="$(CC)" CFLAGS="$(CFLAGS)" bench/run.sh $(BUILD) $(if $(RESULTS),bench/RESULTS.md)
	@$(if $(RESULTS),$(SETUP) figure && bench/figure.py $(BUILD)/bench/results.json bench/figure.svg)

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
$(BENCH)/counts: $(call bench_objects,counts limits sample)
$(BENCH)/generate: $(call bench_objects,generate sample)
$(BENCH)/decode: $(call bench_objects,decode sample)
$(BENCH)/instructions: $(call bench_objects,instructions limits sites)

$(BENCH)/%: $(LIB_STATIC)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LIB_STATIC) $(LIB_LIBS) $(PEER_LIBS)

# The demo program without a call place: what recording costs a real program is what the other one takes more.
BENCH_DEMO := $(patsubst tools/demo/%.c,$(BUILD)/obj/bench/demo/%.o,$(wildcard tools/demo/*.c))
$(BENCH_DEMO): $(BUILD)/obj/bench/demo/%.o: tools/demo/%.c | setup-build
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -fno-omit-frame-pointer -DTT_DISABLE -c $< -o $@

$(BENCH)/demo-out: $(BENCH_DEMO)

# Sites as in a shared object (-fPIC), with the shared library.
BENCH_PIC := $(patsubst $(BUILD)/obj/%,$(BUILD)/pic/%,$(call bench_objects,latency limits sites sample))
$(BENCH)/latency-shared: $(BENCH_PIC) $(LIB_SHARED)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -Wl,-rpath,'$$ORIGIN/..'

# Other recorders, from Debian's packages.
PEERS := $(addprefix $(BENCH)/peer-,ttlog printf lttng spdlog)
PEER_OBJECTS := $(call bench_objects,peers/harness limits sample)
$(PEERS): $(PEER_OBJECTS)
$(BENCH)/peer-ttlog: $(call bench_objects,peers/ttlog sites)
$(BENCH)/peer-printf: $(call bench_objects,peers/printf)
$(BENCH)/peer-lttng: $(call bench_objects,peers/lttng)
$(BENCH)/peer-spdlog: $(call bench_objects,peers/spdlog)
$(BENCH)/peer-lttng: PEER_LIBS := -llttng-ust -ldl
$(BENCH)/peer-spdlog: PEER_LIBS = $(shell pkg-config --libs spdlog) -lstdc++

# Their headers are not ours to keep clean.
$(BUILD)/obj/bench/peers/lttng.o: OWN_FLAGS += -Ibench/peers -w
$(BUILD)/obj/bench/peers/lttng.o: | setup-peers
$(BUILD)/obj/bench/peers/spdlog.o: bench/peers/spdlog.cpp | setup-peers
	@mkdir -p $(@D)
	$(call say,CXX)$(CXX) -O2 -g -MMD -MP $(shell pkg-config --cflags spdlog) -c $< -o $@

.PHONY: bench-peers
bench-peers: $(PEERS) $(BENCH)/generate $(TTDECODE) | setup-peers ## other recorders on the same work; RESULTS=1: rewrites bench/PEERS.md too
	@CC="$(CC)" CFLAGS="$(CFLAGS)" bench/peers/run.sh $(BUILD) $(if $(RESULTS),bench/PEERS.md)
