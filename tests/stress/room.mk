# Threads, signals, snapshots and changes at once, where every event is accounted for.

STRESS_DIR = $(BUILD)/tests/stress
STRESS_STATIC := $(addprefix $(STRESS_DIR)/,live_threads short_threads ringless counters nesting bounds)
STRESS_MODULES := $(STRESS_DIR)/module-a.so $(STRESS_DIR)/module-b.so
STRESS_PARTS := $(patsubst %,$(BUILD)/obj/tests/%.o,stress/account crash/stage crash/trace_file) $(READER_PARTS)
STRESS_SHARED_PATH = -L$(BUILD) -lttlog -Wl,-rpath,$(abspath $(BUILD))

$(STRESS_STATIC): $(STRESS_DIR)/%: $(BUILD)/obj/tests/stress/%.o $(STRESS_PARTS) $(LIB_STATIC)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(STRESS_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

# Rings of two chunks, of the least size that the longest record allows, in a recorder of its own: writers lap whoever copies them.
STRESS_SMALL := $(patsubst %.c,$(STRESS_DIR)/small/%.o,$(LIB_SOURCES) $(TWIN_SOURCES) tests/stress/last_resort.c)

$(STRESS_DIR)/small/lib/%.o: OWN_FLAGS += -DTT_IMPL_LIBRARY -ftls-model=initial-exec
$(STRESS_DIR)/small/%.o: %.c | setup-build
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -DCONFIG_CHUNK_BYTES=8192u -c $< -o $@

$(STRESS_DIR)/small/lib/capture.o: OWN_FLAGS += -include tests/stress/hold_copy.h
$(STRESS_DIR)/small.o: $(STRESS_SMALL)
	$(call say,LD)$(CC) $(CFLAGS) $(LIB_RELOCATABLE) -o $@ $^
	@$(OBJCOPY) --localize-hidden $@

$(STRESS_DIR)/snapshots: STRESS_LDFLAGS = -Wl,--wrap=pread
$(STRESS_DIR)/snapshots: $(STRESS_DIR)/small/tests/stress/snapshots.o $(BUILD)/obj/tests/stress/hold.o $(STRESS_PARTS) $(STRESS_DIR)/small.o
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(STRESS_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

# It interrupts records at their calls of memcpy, or of ThreadSanitizer.
$(STRESS_DIR)/nesting: STRESS_LDFLAGS = -Wl,--wrap=memcpy,--wrap=__tsan_atomic64_store

# The program and the modules that it loads share one recorder. It interrupts records at their calls of memcpy, too.
$(STRESS_DIR)/soak: $(patsubst %,$(BUILD)/obj/tests/stress/%.o,soak crew child books flat) $(STRESS_PARTS) $(LIB_SHARED)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) -Wl,--wrap=memcpy $(LDFLAGS) -o $@ $(filter %.o,$^) $(STRESS_SHARED_PATH) $(LIB_LIBS)

$(STRESS_MODULES): $(BUILD)/pic/tests/stress/module.o $(LIB_SHARED)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) -shared $(LDFLAGS) -o $@ $< $(STRESS_SHARED_PATH)

# Where failed tests leave what they wrote. How much all of them do, and the short threads, which otherwise are as many as the scale says.
export STRESS_KEPT ?= $(abspath $(STRESS_DIR))/kept
export STRESS_SCALE ?= $(if $(LONG),20,1)
STRESS_THREADS ?= $(if $(LONG),1000000)

.PHONY: check-stress
check-stress: $(STRESS_STATIC)
	@$(STRESS_DIR)/live_threads
	@$(STRESS_DIR)/short_threads $(STRESS_THREADS)
	@$(STRESS_DIR)/ringless
	@$(STRESS_DIR)/counters
	@$(STRESS_DIR)/nesting
	@$(STRESS_DIR)/bounds

# Live snapshots, and everything at once: by the clock.
STRESS_IS_SANITIZED = $(findstring -fsanitize,$(CFLAGS))
SNAPSHOTS_SECONDS ?= $(if $(LONG),1800,$(if $(STRESS_IS_SANITIZED),10,60))
SOAK_SECONDS ?= $(if $(LONG),3600,$(if $(STRESS_IS_SANITIZED),10,60))

.PHONY: check-snapshots
check-snapshots: $(STRESS_DIR)/snapshots
	@$< $(SNAPSHOTS_SECONDS)

.PHONY: check-soak
check-soak: $(STRESS_DIR)/soak $(STRESS_MODULES) $(TTDECODE)
	@TTDECODE=$(abspath $(TTDECODE)) $< $(SOAK_SECONDS) $(STRESS_MODULES)
