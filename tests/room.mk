# Tests. Every part prints one line of figures and fails with a status; `make check` is all of them.

UNIT_LIB := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/check_lib_*.c))
UNIT_DEMO := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/check_demo_*.c))
UNIT_DECODER := $(filter-out $(UNIT_LIB) $(UNIT_DEMO),$(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/check_*.c)))
UNIT_TESTS := $(sort $(UNIT_LIB) $(UNIT_DEMO) $(UNIT_DECODER))

# Files in tests/unit that are no suites: what several suites share.
UNIT_SHARED := $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out $(wildcard tests/unit/check_*.c),$(wildcard tests/unit/*.c)))
UNIT_LIBS = $(shell pkg-config --libs check) $(LIB_LIBS)

$(UNIT_TESTS:$(BUILD)/tests/%=$(BUILD)/obj/tests/%.o): | setup-check

$(UNIT_LIB): $(BUILD)/tests/unit/%: $(BUILD)/obj/tests/unit/%.o $(LIB_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(UNIT_LIBS)

$(UNIT_DECODER): $(BUILD)/tests/unit/%: $(BUILD)/obj/tests/unit/%.o $(UNIT_SHARED) $(DECODER_PARTS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(UNIT_LIBS)

$(UNIT_DEMO): $(BUILD)/tests/unit/%: $(BUILD)/obj/tests/unit/%.o $(filter-out %/main.o,$(DEMO_OBJECTS)) $(LIB_STATIC)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(UNIT_LIBS)

.PHONY: check-unit
check-unit: $(UNIT_TESTS)
	@set -e; for test in $^; do $$test; done

VECTOR_PROGRAMS := $(patsubst tests/vectors/%.c,$(BUILD)/tests/vectors/%,$(wildcard tests/vectors/*.c))

$(VECTOR_PROGRAMS): $(BUILD)/tests/vectors/%: $(BUILD)/obj/tests/vectors/%.o $(DECODER_PARTS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -llz4 -lm

include $(wildcard tests/*/room.mk)
