# Programs that really die, and those that judge what is left of them.

CRASH_DIR = $(BUILD)/tests/crash
CRASH_READER := $(filter $(BUILD)/obj/decoder/reader/% $(BUILD)/obj/format-spec/%,$(DECODER_OBJECTS))
CRASH_SHARED_PATH = -L$(BUILD) -lttlog -Wl,-rpath,$(abspath $(BUILD))
# The victims do without lazy binding, which takes kilobytes of stack.
CRASH_NOW = -Wl,-z,now

CRASH_VICTIM_PARTS := $(patsubst %,$(BUILD)/obj/tests/crash/%.o,cause locked_malloc stage)
CRASH_JUDGE_PARTS := $(patsubst %,$(BUILD)/obj/tests/crash/%.o,cause core_file death listener stage trace_file)
CRASH_VICTIMS := $(CRASH_DIR)/victim $(CRASH_DIR)/victim-shared $(CRASH_DIR)/victim-without
CRASH_JUDGES := $(CRASH_DIR)/matrix $(CRASH_DIR)/sigkill
CRASH_SELF_JUDGES := $(addprefix $(CRASH_DIR)/,forks steps storm)
CRASH_PROGRAMS := $(addprefix $(CRASH_DIR)/,hammer failing)

$(CRASH_DIR)/victim: $(BUILD)/obj/tests/crash/victim.o $(CRASH_VICTIM_PARTS) $(LIB_STATIC)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $(CRASH_NOW) -o $@ $^ $(LIB_LIBS)

$(CRASH_DIR)/victim-shared: $(BUILD)/obj/tests/crash/victim.o $(CRASH_VICTIM_PARTS) $(LIB_SHARED)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $(CRASH_NOW) -o $@ $(filter %.o,$^) $(CRASH_SHARED_PATH) $(LIB_LIBS)

$(BUILD)/obj/tests/crash/victim-without.o: tests/crash/victim.c | setup-build
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -DWITHOUT_TTLOG -c $< -o $@

$(CRASH_DIR)/victim-without: $(BUILD)/obj/tests/crash/victim-without.o $(CRASH_VICTIM_PARTS)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $(CRASH_NOW) -o $@ $^ -lpthread

$(CRASH_JUDGES): $(CRASH_DIR)/%: $(BUILD)/obj/tests/crash/%.o $(CRASH_JUDGE_PARTS) $(CRASH_READER)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -llz4

$(CRASH_PROGRAMS): $(CRASH_DIR)/%: $(BUILD)/obj/tests/crash/%.o $(BUILD)/obj/tests/crash/stage.o $(LIB_STATIC)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

$(CRASH_SELF_JUDGES): $(CRASH_DIR)/%: $(BUILD)/obj/tests/crash/%.o $(CRASH_JUDGE_PARTS) $(CRASH_READER) $(LIB_STATIC)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

.PHONY: check-crash
check-crash: $(CRASH_VICTIMS) $(CRASH_PROGRAMS) $(CRASH_JUDGES) $(CRASH_SELF_JUDGES) $(TTDECODE)
	@BUILD=$(BUILD) tests/crash/run.sh
