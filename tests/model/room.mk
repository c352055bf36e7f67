# The protocols between writer and reader, as models that are searched exhaustively, and their labels held against the code's.

.PHONY: check-model
check-model: | setup-check
	@tests/model/labels.py
	@tests/model/check.py --work $(BUILD)/tests/model/work $(if $(LONG),--long)
