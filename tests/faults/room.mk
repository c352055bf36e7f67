# Faults: each system call of the recorder and of ttdecode fails, and each allocation.

FAULTS_DIR = $(BUILD)/tests/faults

$(FAULTS_DIR)/inject: $(BUILD)/obj/tests/faults/inject.o
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(FAULTS_DIR)/victim: $(BUILD)/obj/tests/faults/victim.o $(LIB_STATIC)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

$(FAULTS_DIR)/decode: $(BUILD)/obj/tests/faults/decode.o $(DECODER_PARTS)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DECODER_LIBS)

# The compiler must not think that it knows what these do.
$(BUILD)/obj/tests/faults/heap.o: CPPFLAGS += -fno-builtin

# AddressSanitizer has a heap of its own: there the program's calls are caught on their way.
FAULTS_WRAP := $(if $(findstring address,$(CFLAGS)),yes)
ifneq ($(FAULTS_WRAP),)
$(BUILD)/obj/tests/faults/%.o: CPPFLAGS += -DHEAP_WRAPPED
$(FAULTS_DIR)/allocations: LDFLAGS += $(foreach name,malloc calloc realloc reallocarray strdup,-Wl,--wrap=$(name))
endif

$(FAULTS_DIR)/allocations: $(BUILD)/obj/tests/faults/allocations.o $(BUILD)/obj/tests/faults/heap.o $(DECODER_PARTS)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DECODER_LIBS)

FAULTS_GOOD := format-spec/vectors/good
FAULTS_BAD := format-spec/vectors/bad
# Where memory fails: of each make one, good and damaged; in the long run all.
FAULTS_FILES ?= $(if $(LONG),$(wildcard $(FAULTS_GOOD)/*.tt[rs] $(FAULTS_BAD)/*.tt[rs]), \
	$(addprefix $(FAULTS_GOOD)/,two-events.tts two-events.ttr crash.tts lz4.tts nested-ring.ttr all-types.tts packed.tts) \
	$(addprefix $(FAULTS_BAD)/,body-crc-sites.tts chunk-short.tts ring-chunk-count.ttr chunk-place.ttr chunk-generation.ttr))

.PHONY: check-faults check-faults-recorder check-faults-decoder check-faults-allocations
check-faults: check-faults-recorder check-faults-decoder check-faults-allocations

ifeq ($(LIB_MACHINE),x86_64)
check-faults-recorder: $(FAULTS_DIR)/inject $(FAULTS_DIR)/victim $(TTDECODE)
	@tests/faults/recorder.py $(BUILD)

check-faults-decoder: $(FAULTS_DIR)/inject $(FAULTS_DIR)/decode
	@tests/faults/decoder.py $(BUILD)
else
check-faults-recorder check-faults-decoder:
	@echo "faults: SKIPPED the system calls of x86-64 are the only ones that can be made to fail"
endif

check-faults-allocations: $(FAULTS_DIR)/allocations
	@mkdir -p $(FAULTS_DIR)/work
	@$(FAULTS_DIR)/allocations $(FAULTS_DIR)/work $(FAULTS_FILES)
