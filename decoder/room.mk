# ttdecode.

DECODER_SOURCES := $(wildcard decoder/*/*.c) $(TWIN_SOURCES)
DECODER_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(DECODER_SOURCES))
# All but the main function, for the tests.
DECODER_PARTS := $(filter-out $(BUILD)/obj/decoder/cli/main.o,$(DECODER_OBJECTS))
# What makes events of a file, for tests that judge one.
READER_PARTS := $(foreach room,decoder/input decoder/reader decoder/crew format-spec,$(filter $(BUILD)/obj/$(room)/%,$(DECODER_OBJECTS)))
TTDECODE := $(BUILD)/ttdecode
DECODER_LIBS = -llz4 -lpthread

$(TTDECODE): $(DECODER_OBJECTS)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DECODER_LIBS)

# gcc -O2 makes no vector instructions of a loop whose length is not known; others do by themselves, and do not know how to be asked.
VECTORIZE := -ftree-vectorize -fvect-cost-model=dynamic
$(BUILD)/obj/decoder/reader/unpack.o: OWN_FLAGS += $(shell $(CC) -Werror $(VECTORIZE) -E -x c /dev/null >/dev/null 2>&1 && echo '$(VECTORIZE)')
