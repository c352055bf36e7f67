# Damage to one part of a file costs that part only.

# Four files of 64 KiB: so many flipped bits of each, and a tenth as many cuts; 0: every one.
DAMAGE_VECTORS := $(addprefix format-spec/vectors/good/,large-raw.tts large-lz4.tts large-packed.tts large.ttr)
DAMAGE_COUNT ?= 6000

$(BUILD)/tests/damage/damage: $(patsubst %,$(BUILD)/obj/tests/damage/%.o,damage map) $(DECODER_PARTS)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DECODER_LIBS)

# In check-long all of it, which takes hours, and under sanitizers.
.PHONY: check-damage damage-all
check-damage: $(if $(LONG),damage-all) $(BUILD)/tests/damage/damage
	@$(if $(LONG),:,$(BUILD)/tests/damage/damage $(DAMAGE_COUNT) $(or $(SEED),1) $(DAMAGE_VECTORS))

damage-all:
	@$(MAKE) --no-print-directory LONG= BUILD=build-asan CFLAGS="$(ASAN_CFLAGS)" DAMAGE_COUNT=0 check-damage
