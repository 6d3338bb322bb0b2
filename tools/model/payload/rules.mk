# SPDX-License-Identifier: MIT
# tools/model/payload/rules.mk - builds the guest of the launcher's self-check.
#
# Its locks are those of sync/spin/, with a twin of cpu_relax() from shim/, which comes first in the
# include path.

PAYLOAD_OUT := build/model/payload.d
PAYLOAD := build/model/payload
PAYLOAD_SOURCES := $(sort $(wildcard tools/model/payload/*.[cS]))
PAYLOAD_OBJECTS := $(PAYLOAD_SOURCES:%=$(PAYLOAD_OUT)/%.o)
PAYLOAD_SPIN_ALL_H := $(PAYLOAD_OUT)/include/spin_all.h
PAYLOAD_RULES := $(RULES) tools/model/payload/rules.mk $(PAYLOAD_OUT)/llvm
PAYLOAD_CPPFLAGS := -Itools/model/payload/shim -I. -I$(PAYLOAD_OUT)/include
PAYLOAD_CFLAGS := $(TARGET) -std=gnu17 -ffreestanding -fno-pic -O2 -g -fno-common \
    -fno-strict-aliasing $(WARNINGS)

$(PAYLOAD_SPIN_ALL_H): $(SPIN_LISTS) $(RULES) tools/model/payload/rules.mk
	$(make_spin_all)

$(PAYLOAD_OUT)/llvm: FORCE
	@mkdir -p $(@D)
	@echo '$(LLVM)' | cmp -s - $@ || echo '$(LLVM)' >$@

$(PAYLOAD_OUT)/%.o: % $(PAYLOAD_RULES) | $(PAYLOAD_SPIN_ALL_H)
	@mkdir -p $(@D)
	$(Q)$(CC) $(PAYLOAD_CPPFLAGS) $(PAYLOAD_CFLAGS) -MMD -MP -c $< -o $@

$(PAYLOAD): $(PAYLOAD_OBJECTS) tools/model/payload/payload.ld
	$(call say,LD,$@)
	$(Q)$(LD) -nostdlib -static --no-relax -T tools/model/payload/payload.ld $(PAYLOAD_OBJECTS) -o $@

-include $(PAYLOAD_OBJECTS:.o=.d)

# What the launcher needs beside the plugins.
model: $(PAYLOAD)
