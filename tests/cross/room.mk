# Other machines: AArch64 for both sides, and a big-endian one for ttdecode.

# What run.sh builds with cross compilers: an ordinary program of call places.
CROSS_PLACES = $(BUILD)/tests/cross/places

$(CROSS_PLACES): $(BUILD)/obj/tests/cross/places.o $(LIB_STATIC)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

.PHONY: check-cross check-orders
check-cross: $(TTDECODE) $(CRASH_DIR)/sigkill | setup-cross
	@BUILD=$(BUILD) tests/cross/run.sh

# The memory orders alone.
check-orders: | setup-cross
	@BUILD=$(BUILD) tests/cross/run.sh orders
