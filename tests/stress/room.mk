# Many threads, many signals, many snapshots; every counter exact.

STRESS_DIR = $(BUILD)/tests/stress
STRESS_PROGRAMS := $(addprefix $(STRESS_DIR)/,live short snapshots counters signals)
STRESS_PARTS := $(patsubst %,$(BUILD)/obj/tests/%.o,stress/stress crash/trace_file) \
	$(filter $(BUILD)/obj/decoder/reader/% $(BUILD)/obj/format-spec/%,$(DECODER_OBJECTS))

$(STRESS_PROGRAMS): $(STRESS_DIR)/%: $(BUILD)/obj/tests/stress/%.o $(STRESS_PARTS) $(LIB_STATIC)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

# Short threads of the series; a million is for check-long.
STRESS_THREADS ?= 100000

.PHONY: check-stress check-long
check-stress: $(STRESS_PROGRAMS)
	@$(STRESS_DIR)/live
	@$(STRESS_DIR)/short $(STRESS_THREADS)
	@$(STRESS_DIR)/snapshots 5
	@$(STRESS_DIR)/counters
	@$(STRESS_DIR)/signals 5

check-long: $(STRESS_PROGRAMS) ## the stress tests at full length: a million threads, a minute of signals and of snapshots
	@$(STRESS_DIR)/short 1000000
	@$(STRESS_DIR)/snapshots 60
	@$(STRESS_DIR)/signals 60
include tests/stress/account.mk
