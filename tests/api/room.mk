# Programs that use the recorder as its users do, in every way to compile and link them.

.PHONY: check-api
check-api: $(LIB_STATIC) $(LIB_SHARED) $(TTDECODE) | setup-check
	@tests/api/run.py $(BUILD)
