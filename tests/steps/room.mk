# After every instruction: a program that is stopped there, and one that is interrupted there.

STEPS_DIR = $(BUILD)/tests/steps
# Recorder and call places as each compiler makes them at each level; without clang, gcc alone.
STEPS_COMPILERS := gcc $(if $(shell command -v clang),clang)
STEPS_LEVELS := O0 O2 O3
STEPS_VARIANTS := $(foreach compiler,$(STEPS_COMPILERS),$(addprefix $(compiler)-,$(STEPS_LEVELS)))

# Of the judges, which are compiled as everything is.
STEPS_JUDGE := $(patsubst %,$(BUILD)/obj/tests/%.o,steps/hear crash/trace_file) $(READER_PARTS)
comma := ,
# hear.c gives the reader memory instead of a file.
STEPS_WRAP := $(patsubst %,-Wl$(comma)--wrap=%,source_open source_read source_next_data life_is_running)

# Chunks of half the size, so that a look is quick and a chunk soon full.
STEPS_FLAGS = $(STD) -D_GNU_SOURCE $(WARNINGS) -fvisibility=hidden -Ilib/include -MMD -MP -g $(CPPFLAGS) -DCONFIG_CHUNK_BYTES=8192u

# The rules of one variant: compiler, level.
define STEPS_VARIANT
$(STEPS_DIR)/$(1)-$(2)/%.o: %.c | setup-build
	@mkdir -p $$(@D)
	$$(call say,CC)$(1) $$(STEPS_FLAGS) -$(2) $$(if $$(filter lib/%,$$<),-DTT_IMPL_LIBRARY -ftls-model=initial-exec) \
		$$(if $$(filter %/module.c,$$<),-fPIC) -c $$< -o $$@

$(STEPS_DIR)/$(1)-$(2)/module.so: $(STEPS_DIR)/$(1)-$(2)/tests/steps/module.o
	$$(call say,LD)$(1) -shared -o $$@ $$<

# As the static library is made: its hidden names are no one's else.
$(STEPS_DIR)/$(1)-$(2)/libttlog.o: $$(patsubst %.c,$(STEPS_DIR)/$(1)-$(2)/%.o,$$(LIB_SOURCES) $$(TWIN_SOURCES))
	$$(call say,LD)$(1) -r -nostdlib -o $$@ $$^
	@$$(OBJCOPY) --localize-hidden $$@

$(STEPS_DIR)/$(1)-$(2)/steps: $(addprefix $(STEPS_DIR)/$(1)-$(2)/,libttlog.o tests/steps/say.o tests/steps/victim.o) \
		$$(BUILD)/obj/tests/steps/steps.o $$(BUILD)/obj/tests/steps/traced.o $$(STEPS_JUDGE)
	$$(call say,LD)$(1) $$(CFLAGS) $$(LDFLAGS) -rdynamic -Wl,-z,now $$(STEPS_WRAP) -o $$@ $$^ $$(LIB_LIBS)

# entries.c keeps SIGTRAP to itself.
$(STEPS_DIR)/$(1)-$(2)/interrupts: $(addprefix $(STEPS_DIR)/$(1)-$(2)/,libttlog.o tests/steps/say.o tests/steps/entries.o) \
		$$(BUILD)/obj/tests/steps/interrupts.o $$(STEPS_JUDGE)
	$$(call say,LD)$(1) $$(CFLAGS) $$(LDFLAGS) -Wl,-z,now $$(STEPS_WRAP) -Wl,--wrap=sigaction -o $$@ $$^ $$(LIB_LIBS)
endef
$(foreach compiler,$(STEPS_COMPILERS),$(foreach level,$(STEPS_LEVELS),$(eval $(call STEPS_VARIANT,$(compiler),$(level)))))

STEPS_PROGRAMS := $(foreach variant,$(STEPS_VARIANTS),$(addprefix $(STEPS_DIR)/$(variant)/,steps module.so interrupts))

.PHONY: check-steps
ifeq ($(LIB_MACHINE),x86_64)
check-steps: $(STEPS_PROGRAMS)
	@BUILD=$(BUILD) tests/steps/run.sh $(STEPS_VARIANTS)
else
check-steps:
	@echo "steps: SKIPPED single steps are known for x86-64 only"
endif
