# Attacks: by another user of the machine on the recorder's files, and by what a file holds on ttdecode.

SECURITY_TARGET := $(BUILD)/tests/security/target

$(SECURITY_TARGET): $(BUILD)/obj/tests/security/target.o $(LIB_STATIC)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

.PHONY: check-security
check-security: $(SECURITY_TARGET) $(TTDECODE) | setup-check
	@tests/security/attacks.py $(BUILD)
