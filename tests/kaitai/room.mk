# The third reader: made from the machine-readable description of the formats.

.PHONY: check-kaitai
check-kaitai: $(TTDECODE) | setup-check
	@BUILD=$(BUILD) $(if $(LONG),KAITAI_TRACES=20000) tests/kaitai/run.sh
