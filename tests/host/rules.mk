# SPDX-License-Identifier: MIT
# tests/host/rules.mk - builds and runs the tests of what also compiles on the host.
#
# tests/host/X_test.c becomes build/host/asan/X_test, with AddressSanitizer and UBSan; those in
# HOST_TSAN_TESTS become build/host/tsan/X_test as well. Each is linked with an archive of the
# kernel's sources, of which it takes what it needs. tests/host/shim/ comes first in the include
# path: it stands in for kernel/riscv/. A test that has passed is run again when it has changed.

HOST_TSAN_TESTS := policy_model_test spin_test spinlock_debug_test spinlock_mcs_test \
    spinlock_clh_test
# Not string.c: the host has its own; string_test.c includes it under other names.
HOST_SOURCES := $(filter-out kernel/base/string.c,$(sort $(wildcard \
    kernel/base/*.c sched/*.c sync/*.c mm/*.c tests/host/shim/*.c)))
HOST_TESTS := $(sort $(patsubst tests/host/%.c,%,$(wildcard tests/host/*_test.c)))

HOST_OUT := build/host
HOST_SPIN_ALL_H := $(HOST_OUT)/include/spin_all.h
HOST_CPPFLAGS := -Itests/host/shim -I. -I$(HOST_OUT)/include \
    -DCONFIG_DEBUG=1 -DCONFIG_TEST=1 -DCONFIG_HOST=1 \
    -DCONFIG_LOCK=ticket -DCONFIG_LOCK_HEADER='"sync/spin/ticket.h"'
HOST_CFLAGS := -std=gnu17 -O1 -g -fno-omit-frame-pointer -fno-strict-aliasing -fno-common -pthread \
    $(filter-out -Wframe-larger-than=%,$(WARNINGS))
HOST_LIBS := -lcmocka -lfdt -pthread
HOST_SANITIZE_asan := -fsanitize=address,undefined -fno-sanitize-recover=all
HOST_SANITIZE_tsan := -fsanitize=thread

$(HOST_SPIN_ALL_H): $(SPIN_LISTS) $(RULES) tests/host/rules.mk
	$(make_spin_all)

# $(1): asan or tsan
define host_rules
$(HOST_OUT)/$(1)/%.o: %.c $(RULES) tests/host/rules.mk $(HOST_OUT)/llvm | $(HOST_SPIN_ALL_H)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(HOST_CPPFLAGS) $$(HOST_CFLAGS) $$(HOST_SANITIZE_$(1)) -MMD -MP -c $$< -o $$@

$(HOST_OUT)/$(1)/kernel.a: $(HOST_SOURCES:%.c=$(HOST_OUT)/$(1)/%.o)
	$$(Q)rm -f $$@; llvm-ar$$(LLVM) rcsD $$@ $$^

$(HOST_OUT)/$(1)/%_test: $(HOST_OUT)/$(1)/tests/host/%_test.o $(HOST_OUT)/$(1)/kernel.a
	$$(Q)$$(CC) $$(HOST_SANITIZE_$(1)) $$^ $$(HOST_LIBS) -o $$@

$(HOST_OUT)/$(1)/%_test.passed: $(HOST_OUT)/$(1)/%_test
	$$(Q)if $$< >$$<.log 2>&1; then echo 'host $(1) $$(<F) ok'; touch $$@; \
	else cat $$<.log; echo 'host $(1) $$(<F) FAILED'; exit 1; fi
endef
$(eval $(call host_rules,asan))
$(eval $(call host_rules,tsan))

HOST_PASSED := $(HOST_TESTS:%=$(HOST_OUT)/asan/%.passed) \
    $(patsubst %,$(HOST_OUT)/tsan/%.passed,$(filter $(HOST_TSAN_TESTS),$(HOST_TESTS)))

.PHONY: host-tests
host-tests: $(HOST_PASSED) ## the tests that run on this machine, under sanitizers
	@echo 'host: $(words $^) passed'

.PRECIOUS: $(HOST_OUT)/asan/%.o $(HOST_OUT)/tsan/%.o $(HOST_OUT)/asan/%_test $(HOST_OUT)/tsan/%_test
-include $(shell find $(HOST_OUT) -name '*.d' 2>/dev/null)
