# Many threads, signals, snapshots and changes at once, and every event accounted for. STRESS_SCALE=20 for a long run.

STRESS_DIR = $(BUILD)/tests/stress
STRESS_NAMES := live_threads short_threads snapshots ringless signals
STRESS_PROGRAMS := $(addprefix $(STRESS_DIR)/,$(STRESS_NAMES))
STRESS_READER := $(filter $(BUILD)/obj/decoder/reader/% $(BUILD)/obj/format-spec/%,$(DECODER_OBJECTS))
STRESS_PARTS := $(BUILD)/obj/tests/stress/stress.o $(patsubst %,$(BUILD)/obj/tests/crash/%.o,stage trace_file) $(STRESS_READER)
STRESS_SCALE ?= 1

$(STRESS_PROGRAMS): $(STRESS_DIR)/%: $(BUILD)/obj/tests/stress/%.o $(STRESS_PARTS) $(LIB_STATIC)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

# It interrupts records at their calls of memcpy.
$(STRESS_DIR)/signals: LDFLAGS += -Wl,--wrap=memcpy

.PHONY: check-stress
check-stress: $(STRESS_PROGRAMS)
	@set -e; for name in $(STRESS_NAMES); do STRESS_SCALE=$(STRESS_SCALE) $(STRESS_DIR)/$$name; done
