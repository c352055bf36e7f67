# Faults: each system call of the recorder fails, and each of ttdecode's; and each allocation.

FAULTS_DIR = $(BUILD)/tests/faults

$(FAULTS_DIR)/inject: $(BUILD)/obj/tests/faults/inject.o
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(FAULTS_DIR)/victim: $(BUILD)/obj/tests/faults/victim.o $(LIB_STATIC)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

.PHONY: check-faults
check-faults: $(FAULTS_DIR)/inject $(FAULTS_DIR)/victim $(TTDECODE)
	@tests/faults/recorder.py $(BUILD)
