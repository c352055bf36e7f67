# Threads, signals, snapshots and changes at once, where every event is accounted for.

STRESS_DIR = $(BUILD)/tests/stress
STRESS_STATIC := $(addprefix $(STRESS_DIR)/,live_threads short_threads full_speed ringless counters nesting)
STRESS_SHARED := $(STRESS_DIR)/changes
STRESS_MODULES := $(STRESS_DIR)/module-a.so $(STRESS_DIR)/module-b.so
STRESS_READER := $(filter $(BUILD)/obj/decoder/reader/% $(BUILD)/obj/format-spec/%,$(DECODER_OBJECTS))
STRESS_PARTS := $(patsubst %,$(BUILD)/obj/tests/%.o,stress/account crash/stage crash/trace_file) $(STRESS_READER)
STRESS_SHARED_PATH = -L$(BUILD) -lttlog -Wl,-rpath,$(abspath $(BUILD))

$(STRESS_STATIC): $(STRESS_DIR)/%: $(BUILD)/obj/tests/stress/%.o $(STRESS_PARTS) $(LIB_STATIC)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

# It interrupts records at their calls of memcpy.
$(STRESS_DIR)/nesting: LDFLAGS += -Wl,--wrap=memcpy

# The program and the modules that it loads share one recorder.
$(STRESS_SHARED): $(STRESS_DIR)/%: $(BUILD)/obj/tests/stress/%.o $(STRESS_PARTS) $(LIB_SHARED)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(STRESS_SHARED_PATH) $(LIB_LIBS)

$(STRESS_MODULES): $(BUILD)/pic/tests/stress/module.o $(LIB_SHARED)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) -shared $(LDFLAGS) -o $@ $< $(STRESS_SHARED_PATH)

# How much all of them do, and the short threads, which otherwise are as many as the scale says.
export STRESS_SCALE ?= $(if $(LONG),20,1)
STRESS_THREADS ?= $(if $(LONG),1000000)

.PHONY: check-stress
check-stress: $(STRESS_STATIC) $(STRESS_SHARED) $(STRESS_MODULES)
	@$(STRESS_DIR)/live_threads
	@$(STRESS_DIR)/short_threads $(STRESS_THREADS)
	@$(STRESS_DIR)/full_speed
	@$(STRESS_DIR)/ringless
	@$(STRESS_DIR)/counters
	@$(STRESS_DIR)/nesting
	@$(STRESS_DIR)/changes $(STRESS_MODULES)
