# SPDX-License-Identifier: MIT
# tools/model/rules.mk - builds the timing model, a plugin of QEMU: one for each version of the
# plugin interface, from one source.

MODEL_APIS := 1 2 3 4
MODEL_OUT := build/model
MODEL_SOURCES := $(sort $(wildcard tools/model/*.c))
MODEL_PLUGINS := $(MODEL_APIS:%=$(MODEL_OUT)/model-%.so)
# Fibers leave one stack by longjmp() for another, which _FORTIFY_SOURCE takes for a mistake.
MODEL_CFLAGS := -std=gnu17 -O2 -g -fPIC -fvisibility=hidden -I. -U_FORTIFY_SOURCE \
    $(filter-out -Wframe-larger-than=%,$(WARNINGS))

define model_rules
$(MODEL_OUT)/$(1)/%.o: %.c $(RULES) tools/model/rules.mk $(MODEL_OUT)/llvm
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(MODEL_CFLAGS) -DPLUGIN_API=$(1) -MMD -MP -c $$< -o $$@

$(MODEL_OUT)/model-$(1).so: $(MODEL_SOURCES:%.c=$(MODEL_OUT)/$(1)/%.o)
	$$(call say,LD,$$@)
	$$(Q)$$(CC) -shared $$^ -o $$@
endef
$(foreach api,$(MODEL_APIS),$(eval $(call model_rules,$(api))))

# What the launcher asks whether the plugin would take its arguments.
MODEL_JUDGE := $(MODEL_OUT)/judge
MODEL_JUDGE_OBJECTS := $(addprefix $(MODEL_OUT)/$(lastword $(MODEL_APIS))/tools/model/, \
    judge/judge.o arguments.o machine.o)
$(MODEL_JUDGE): $(MODEL_JUDGE_OBJECTS)
	$(Q)$(CC) $^ -o $@

.SECONDARY: $(MODEL_OUT)/llvm
.PHONY: model
model: $(MODEL_PLUGINS) $(MODEL_JUDGE) ## build the timing model for QEMU

.PHONY: model-speed
model-speed: model ## how fast the timing model is on this host
	@exec tools/model-speed

-include $(wildcard $(MODEL_APIS:%=$(MODEL_OUT)/%/tools/model/*.d)) \
    $(MODEL_JUDGE_OBJECTS:.o=.d)
