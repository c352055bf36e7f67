# Everything under valgrind.

MEMCHECK_RECORDING := $(BUILD)/tests/memcheck/recording

$(MEMCHECK_RECORDING): $(BUILD)/obj/tests/memcheck/recording.o $(LIB_STATIC)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

.PHONY: check-valgrind
check-valgrind: $(UNIT_TESTS) $(TTDECODE) $(MEMCHECK_RECORDING)
	@BUILD=$(BUILD) tests/memcheck/run.sh
