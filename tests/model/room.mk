# The protocols between writer and reader, as models that are searched exhaustively, and their labels held against the code's.

.PHONY: check-model
check-model: | setup-check
	@tests/model/labels.py
	@tests/model/check.py --work $(BUILD)/tests/model/work $(if $(LONG),--long)

MODEL_RECORDING := $(BUILD)/tests/model/recording

$(MODEL_RECORDING): $(BUILD)/obj/tests/model/recording.o $(LIB_STATIC)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

.PHONY: check-valgrind
check-valgrind: $(UNIT_TESTS) $(TTDECODE) $(MODEL_RECORDING)
	@BUILD=$(BUILD) tests/model/memcheck.sh
