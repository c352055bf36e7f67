# Hostile inputs: the committed ones replayed in make check, and the fuzzers that found them.

FUZZ_TARGETS := snapshot packed blackbox core filter_spec format command_line
FUZZ_DIR = $(BUILD)/tests/fuzz
FUZZ_SHARED := $(patsubst %,$(BUILD)/obj/tests/fuzz/%.o,fuzz shown seal decode printf_oracle)
FUZZ_LIB := $(patsubst %,$(BUILD)/obj/lib/%.o,filter text site_entry string_rule)
FUZZ_PARTS := $(FUZZ_SHARED) $(FUZZ_LIB) $(DECODER_PARTS)
FUZZ_REPLAYS := $(FUZZ_TARGETS:%=$(FUZZ_DIR)/%-replay)
# With a fuzzer's own main function: see run.sh.
FUZZ_WITH_ENGINE := $(FUZZ_TARGETS:%=$(FUZZ_DIR)/%-fuzz)

# The snapshots' target holds so little of the chunks that its small files are read in slices too.
$(FUZZ_DIR)/chunk-in-slices.o: decoder/reader/chunk.c | setup-build
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -DCHUNK_HELD_MAX=4096 -c $< -o $@

FUZZ_SNAPSHOT := $(addprefix $(FUZZ_DIR)/snapshot-,replay fuzz)
$(FUZZ_SNAPSHOT): FUZZ_REPLACED = $(BUILD)/obj/decoder/reader/chunk.o
$(FUZZ_SNAPSHOT): $(FUZZ_DIR)/chunk-in-slices.o

$(FUZZ_REPLAYS): $(FUZZ_DIR)/%-replay: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/obj/tests/fuzz/replay.o $(FUZZ_PARTS)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter-out $(FUZZ_REPLACED),$^) $(DECODER_LIBS)

$(FUZZ_WITH_ENGINE): $(FUZZ_DIR)/%-fuzz: $(BUILD)/obj/tests/fuzz/%.o $(FUZZ_PARTS)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $(filter-out $(FUZZ_REPLACED),$^) $(DECODER_LIBS)

# What judges is not to be explored: compiled without a fuzzer's instrumentation, which would pay for every new path in it.
$(FUZZ_SHARED): override CFLAGS += $(FUZZ_JUDGES_CFLAGS)
ifdef FUZZ_JUDGES_CC
$(FUZZ_SHARED): override CC := $(FUZZ_JUDGES_CC)
endif

# They use the recorder's parts without being a program that records.
$(BUILD)/obj/tests/fuzz/format.o $(BUILD)/obj/tests/fuzz/printf_oracle.o: OWN_FLAGS += -DTT_IMPL_LIBRARY

# The vectors are within it.
$(BUILD)/obj/tests/fuzz/command_line.o: $(addprefix format-spec/vectors/,good/all-types.tts good/crash.tts \
	good/nested-ring.ttr bad/body-crc-chunk.tts bad/foreign.txt)

.PHONY: fuzz-replays fuzz-engines
fuzz-replays: $(FUZZ_REPLAYS)
fuzz-engines: $(FUZZ_WITH_ENGINE)

.PHONY: check-fuzz
check-fuzz: fuzz-replays | $(if $(LONG),setup-fuzz)
	@BUILD=$(BUILD) tests/fuzz/check.sh

FUZZ_SECONDS ?= 600
FUZZ_ENGINES ?= libfuzzer,afl

.PHONY: fuzz
fuzz: | setup-fuzz ## looks for new hostile inputs with libFuzzer and AFL++: FUZZ_SECONDS of CPU time a target
	@tests/fuzz/run.py --seconds $(FUZZ_SECONDS) --engines $(FUZZ_ENGINES)

.PHONY: fuzz-coverage
fuzz-coverage: | setup-fuzz ## what the committed hostile inputs reach of ttdecode, in per cent of its lines
	@tests/fuzz/coverage.sh
