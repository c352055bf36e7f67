# Faults planted on purpose: what does not notice them is no test.

.PHONY: check-seeded
check-seeded: | setup-check
	@tests/mutation/seeded.py --tree $(BUILD)/mutation/tree $(SEEDED)
