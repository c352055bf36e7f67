# Programs and scripts for users and for developing.

DEMO := $(BUILD)/ttlog-demo
DEMO_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tools/demo/*.c))

# So that the crash snapshot shows the whole stack.
$(BUILD)/obj/tools/demo/%.o: OWN_FLAGS += -fno-omit-frame-pointer

$(DEMO): $(DEMO_OBJECTS) $(LIB_STATIC)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

.PHONY: demo
demo: $(DEMO) $(TTDECODE) ## records a real program three times: to the end, killed, crashed; and decodes it
	@BUILD=$(BUILD) tools/demo.sh $(DEMO_DIR)
