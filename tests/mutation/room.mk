# Faults planted on purpose: what does not notice them is no test.

.PHONY: check-seeded
check-seeded: | setup-check
	@tests/mutation/seeded.py --tree $(BUILD)/mutation/tree $(SEEDED)

# Everything that can be taken out, one place at a time: hours.
.PHONY: check-mutants
check-mutants: | setup-check
	@tests/mutation/mutants.py --tree $(BUILD)/mutation/mutants --jobs 2 $(if $(ONLY),--only '$(ONLY)')
