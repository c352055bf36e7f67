# Programs that really die, and those that judge what is left of them.

CRASH_DIR = $(BUILD)/tests/crash
CRASH_SHARED_PATH = -L$(BUILD) -lttlog -Wl,-rpath,$(abspath $(BUILD))
# The victims do without lazy binding, which takes kilobytes of stack.
CRASH_NOW = -Wl,-z,now

CRASH_VICTIM_PARTS := $(patsubst %,$(BUILD)/obj/tests/crash/%.o,victim place cause locked_malloc stage)
CRASH_JUDGE_PARTS := $(patsubst %,$(BUILD)/obj/tests/crash/%.o,cause core_file death listener remains stage trace_file)
CRASH_VICTIMS := $(CRASH_DIR)/victim $(CRASH_DIR)/victim-shared $(CRASH_DIR)/victim-without
CRASH_JUDGES := $(CRASH_DIR)/matrix $(CRASH_DIR)/sigkill
CRASH_SELF_JUDGES := $(addprefix $(CRASH_DIR)/,forks storm)
CRASH_PROGRAMS := $(addprefix $(CRASH_DIR)/,hammer failing waiting)

$(CRASH_DIR)/victim: $(BUILD)/obj/tests/crash/recorder.o $(CRASH_VICTIM_PARTS) $(LIB_STATIC)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $(CRASH_NOW) -o $@ $^ $(LIB_LIBS)

$(CRASH_DIR)/victim-shared: $(BUILD)/obj/tests/crash/recorder.o $(CRASH_VICTIM_PARTS) $(LIB_SHARED)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $(CRASH_NOW) -o $@ $(filter %.o,$^) $(CRASH_SHARED_PATH) $(LIB_LIBS)

$(BUILD)/obj/tests/crash/recorder-without.o: tests/crash/recorder.c | setup-build
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -DWITHOUT_TTLOG -c $< -o $@

$(CRASH_DIR)/victim-without: $(BUILD)/obj/tests/crash/recorder-without.o $(CRASH_VICTIM_PARTS)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $(CRASH_NOW) -o $@ $^ -lpthread

# The matrix has victims of both compilers, each with a library of its own compiler. CRASH_OTHER= does with one.
CRASH_COMPILER := $(if $(findstring clang,$(shell $(CC) --version 2>/dev/null)),clang,gcc)
CRASH_OTHER ?= $(filter-out $(CRASH_COMPILER),gcc clang)
CRASH_OTHER_BUILD = $(BUILD)/$(CRASH_OTHER)

.PHONY: crash-victims crash-other-victims
crash-victims: $(CRASH_VICTIMS)

crash-other-victims:
	@if [ -n "$(CRASH_OTHER)" ] && command -v $(CRASH_OTHER) >/dev/null; then \
		$(MAKE) --no-print-directory BUILD=$(CRASH_OTHER_BUILD) CC=$(CRASH_OTHER) crash-victims; fi

$(CRASH_JUDGES): $(CRASH_DIR)/%: $(BUILD)/obj/tests/crash/%.o $(CRASH_JUDGE_PARTS) $(READER_PARTS)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DECODER_LIBS)

$(CRASH_PROGRAMS): $(CRASH_DIR)/%: $(BUILD)/obj/tests/crash/%.o $(BUILD)/obj/tests/crash/stage.o $(LIB_STATIC)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

$(CRASH_SELF_JUDGES): $(CRASH_DIR)/%: $(BUILD)/obj/tests/crash/%.o $(CRASH_JUDGE_PARTS) $(READER_PARTS) $(LIB_STATIC)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

.PHONY: check-crash
check-crash: $(CRASH_VICTIMS) crash-other-victims $(CRASH_PROGRAMS) $(CRASH_JUDGES) $(CRASH_SELF_JUDGES) $(TTDECODE)
	@BUILD=$(BUILD) COMPILER=$(CRASH_COMPILER) OTHER=$(CRASH_OTHER) OTHER_BUILD=$(CRASH_OTHER_BUILD) tests/crash/run.sh
