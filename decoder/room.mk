# ttdecode.

DECODER_SOURCES := $(wildcard decoder/*/*.c) $(TWIN_SOURCES)
DECODER_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(DECODER_SOURCES))
# All but the main function, for the tests.
DECODER_PARTS := $(filter-out $(BUILD)/obj/decoder/cli/main.o,$(DECODER_OBJECTS))
TTDECODE := $(BUILD)/ttdecode
DECODER_LIBS = -llz4 -lpthread

$(TTDECODE): $(DECODER_OBJECTS)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DECODER_LIBS)
