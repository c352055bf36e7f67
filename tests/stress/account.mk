# Threads, signals, snapshots and changes at once, where every event is accounted for. STRESS_SCALE=20 for a long run.

ACCOUNT_DIR = $(BUILD)/tests/stress
ACCOUNT_STATIC := $(addprefix $(ACCOUNT_DIR)/,live_threads short_threads full_speed ringless nesting)
ACCOUNT_SHARED := $(ACCOUNT_DIR)/changes
ACCOUNT_MODULES := $(ACCOUNT_DIR)/module-a.so $(ACCOUNT_DIR)/module-b.so
ACCOUNT_READER := $(filter $(BUILD)/obj/decoder/reader/% $(BUILD)/obj/format-spec/%,$(DECODER_OBJECTS))
ACCOUNT_PARTS := $(patsubst %,$(BUILD)/obj/tests/%.o,stress/account crash/stage crash/trace_file) $(ACCOUNT_READER)
STRESS_SCALE ?= 1

$(ACCOUNT_STATIC): $(ACCOUNT_DIR)/%: $(BUILD)/obj/tests/stress/%.o $(ACCOUNT_PARTS) $(LIB_STATIC)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

# It interrupts records at their calls of memcpy.
$(ACCOUNT_DIR)/nesting: LDFLAGS += -Wl,--wrap=memcpy

# The program and the modules that it loads share one recorder.
$(ACCOUNT_SHARED): $(ACCOUNT_DIR)/%: $(BUILD)/obj/tests/stress/%.o $(ACCOUNT_PARTS) $(LIB_SHARED)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) -L$(BUILD) -lttlog -Wl,-rpath,$(abspath $(BUILD)) $(LIB_LIBS)

$(ACCOUNT_MODULES): $(BUILD)/pic/tests/stress/module.o $(LIB_SHARED)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -shared $(LDFLAGS) -o $@ $< -L$(BUILD) -lttlog -Wl,-rpath,$(abspath $(BUILD))

.PHONY: check-account
check-account: export STRESS_SCALE := $(STRESS_SCALE)
check-account: $(ACCOUNT_STATIC) $(ACCOUNT_SHARED) $(ACCOUNT_MODULES)
	@set -e; for program in $(ACCOUNT_STATIC); do $$program; done
	@$(ACCOUNT_SHARED) $(ACCOUNT_MODULES)

check-stress: check-account
