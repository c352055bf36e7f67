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
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(UNIT_LIBS)

# What it packs is unpacked by the other side.
$(BUILD)/tests/unit/check_lib_snapshot: $(BUILD)/obj/decoder/reader/unpack.o

$(UNIT_DECODER): $(BUILD)/tests/unit/%: $(BUILD)/obj/tests/unit/%.o $(UNIT_SHARED) $(DECODER_PARTS)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(UNIT_WRAP) $(LDFLAGS) -o $@ $^ $(UNIT_LIBS)

# It lets a writer run while it is read.
$(BUILD)/tests/unit/check_lapped: UNIT_WRAP = -Wl,--wrap=source_read

$(UNIT_DEMO): $(BUILD)/tests/unit/%: $(BUILD)/obj/tests/unit/%.o $(filter-out %/main.o,$(DEMO_OBJECTS)) $(LIB_STATIC)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(UNIT_LIBS)

.PHONY: check-unit check-unit-lib check-unit-decoder check-unit-demo
check-unit: check-unit-lib check-unit-decoder check-unit-demo
check-unit-lib: $(UNIT_LIB)
check-unit-decoder: $(UNIT_DECODER)
check-unit-demo: $(UNIT_DEMO)
check-unit-lib check-unit-decoder check-unit-demo:
	@set -e; for test in $^; do $$test; done

# Readers against each other, against the vectors, against glibc's printf, and against hostile bytes.
VECTOR_PROGRAMS := $(patsubst tests/vectors/%.c,$(BUILD)/tests/vectors/%,$(wildcard tests/vectors/*.c))

$(VECTOR_PROGRAMS): $(BUILD)/tests/vectors/%: $(BUILD)/obj/tests/vectors/%.o $(DECODER_PARTS)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DECODER_LIBS) -lm

# Every length and every flipped bit of these: the small snapshots, and regions of each make.
HOSTILE_GOOD := format-spec/vectors/good
HOSTILE_VECTORS ?= $(filter-out $(DAMAGE_VECTORS),$(wildcard $(HOSTILE_GOOD)/*.tts)) $(addprefix $(HOSTILE_GOOD)/,two-events.ttr nested-ring.ttr)
HOSTILE_FEW := $(addprefix $(HOSTILE_GOOD)/,two-events.tts crash.tts lz4.tts errno.tts two-events.ttr) # under sanitizers

.PHONY: check-vectors
check-vectors: $(VECTOR_PROGRAMS) $(TTDECODE) | setup-check
	@$(BUILD)/tests/vectors/printf_differential 200000
	@$(BUILD)/tests/vectors/hostile_test $(HOSTILE_VECTORS)
	@TTDECODE=$(abspath $(TTDECODE)) tests/vectors/bad_input.sh
	@TTDECODE=$(abspath $(TTDECODE)) tests/vectors/vectors.sh
	@TTDECODE=$(abspath $(TTDECODE)) tests/vectors/gone.sh
	@TTDECODE=$(abspath $(TTDECODE)) tests/vectors/repack.sh
	@TTDECODE=$(abspath $(TTDECODE)) tests/vectors/jobs.sh
	@TTDECODE=$(abspath $(TTDECODE)) tests/vectors/second_reader.sh

# A part of check-vectors, and what ThreadSanitizer looks at of ttdecode.
.PHONY: check-jobs
check-jobs: $(TTDECODE)
	@TTDECODE=$(abspath $(TTDECODE)) tests/vectors/jobs.sh

# What the documents say.
.PHONY: check-docs
check-docs: all | setup-check
	@BUILD=$(BUILD) tests/docs/manuals.sh
	@BUILD=$(BUILD) tests/docs/readme.sh

include $(wildcard tests/*/room.mk)

CHECK_PARTS := unit vectors damage kaitai docs api security stress snapshots soak crash faults steps model valgrind fuzz cross
# The parts that do more in the hours of check-long: they look at LONG. And those that are only there.
LONG_PARTS := damage kaitai stress snapshots soak crash steps model valgrind faults fuzz cross seeded mutants
export LONG ?=

# One after the other, whatever -j says: several measure, kill and count.
.PHONY: check
check: setup-check ## builds everything and runs all tests
	@for part in $(CHECK_PARTS); do echo "== check-$$part"; $(MAKE) --no-print-directory check-$$part || exit 1; done
	@echo "== bench-guard"; $(MAKE) --no-print-directory bench-guard
	@echo "make check: all of $(words $(CHECK_PARTS)) parts passed"

.PHONY: check-long
check-long: setup-check ## the tests that go on for hours: as check, but with far more of everything
	@for part in $(LONG_PARTS); do echo "== check-$$part"; $(MAKE) --no-print-directory LONG=1 check-$$part || exit 1; done
	@echo "make check-long: all of $(words $(LONG_PARTS)) parts passed"

# The same tests in a build of their own; crashes are left out, since sanitizers have their own idea of dying.
SANITIZED_PARTS := unit vectors damage stress snapshots soak fuzz

ASAN_CFLAGS = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all

# Leaks are looked for, and a complaint has a status that no program of ours has: by itself it would be 1, as of a damaged file.
ASAN_SAYS = detect_leaks=1:exitcode=99:$(ASAN_OPTIONS)

.PHONY: check-asan check-tsan
check-asan: setup-check ## the tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@for part in $(SANITIZED_PARTS); do echo "== check-$$part"; ASAN_OPTIONS=$(ASAN_SAYS) $(MAKE) --no-print-directory BUILD=build-asan \
		HOSTILE_VECTORS="$(HOSTILE_FEW)" DAMAGE_COUNT=800 CFLAGS="$(ASAN_CFLAGS)" \
		check-$$part || exit 1; done
	@echo "make check-asan: passed"

# -Wno-tsan: gcc warns that the sanitizer does not see fences. Every access that they order is atomic, so it needs not.
check-tsan: setup-check ## the tests with threads under ThreadSanitizer
	@for part in unit stress snapshots soak jobs; do echo "== check-$$part"; JOBS_TRACES=20 JOBS_DAMAGED=10 $(MAKE) --no-print-directory BUILD=build-tsan \
		CFLAGS="-O1 -g -fsanitize=thread -Wno-tsan" check-$$part || exit 1; done
	@if command -v clang >/dev/null; then echo "== check-stress, clang"; $(MAKE) --no-print-directory BUILD=build-tsan-clang CC=clang \
		CFLAGS="-O1 -g -fsanitize=thread" check-stress || exit 1; else echo "SKIPPED: ThreadSanitizer of clang: there is no clang"; fi
	@echo "make check-tsan: passed"
