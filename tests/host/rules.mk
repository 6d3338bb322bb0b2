# SPDX-License-Identifier: MIT
# tests/host/rules.mk - builds and runs the tests of what also compiles on the host.
#
# tests/host/X_test.c becomes build/host/asan/X_test, with AddressSanitizer and UBSan; those in
# HOST_TSAN_TESTS become build/host/tsan/X_test as well. Each is linked with an archive of the
# kernel's sources and the timing model's, of which it takes what it needs. tests/host/shim/ comes
# first in the include path: it stands in for kernel/riscv/. A test that has passed is run again
# when it has changed.

HOST_TSAN_TESTS := policy_model_test spin_test spinlock_debug_test spinlock_mcs_test \
    spinlock_clh_test
# What of the timing model needs no QEMU, and what it is compared with.
HOST_MODEL_SOURCES := $(addprefix tools/model/,arguments.c cache.c changes.c coherence.c costs.c \
    directory.c fiber.c hot.c machine.c remembered.c report.c translations.c turns.c)
HOST_REFERENCES := $(addprefix tests/host/,coherence_reference.c translations_reference.c)
# Not string.c: the host has its own; string_test.c includes it under other names.
HOST_SOURCES := $(filter-out kernel/base/string.c,$(sort $(wildcard \
    kernel/base/*.c sched/*.c sync/*.c mm/*.c tests/host/shim/*.c))) \
    mm/user/area.c mm/user/radix.c sync/bench/lock_order.c $(HOST_MODEL_SOURCES) $(HOST_REFERENCES)
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

# ---- Fuzzing -----------------------------------------------------------------------------------

# tests/host/X_fuzz.c becomes build/host/fuzz/X_fuzz, which tries RUNS inputs: always the same ones,
# since its seed is fixed, made from those that X_seeds names. Its control, X_fuzz_control, has a
# mistake planted, which as many inputs have to find.
RUNS := 100000
HOST_FUZZERS := $(sort $(patsubst tests/host/%_fuzz.c,%,$(wildcard tests/host/*_fuzz.c)))
HOST_SANITIZE_fuzz := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
$(eval $(call host_rules,fuzz))
FUZZ_OUT := $(HOST_OUT)/fuzz
FUZZ_FLAGS := -seed=1 -max_len=4096 -timeout=60 -artifact_prefix=$(FUZZ_OUT)/
FUZZ_LINK := $(CC) -fsanitize=fuzzer,address,undefined

# What a control leaves out of the source that is fuzzed.
FUZZ_SOURCE_fdt := kernel/base/fdt.c
FUZZ_PLANT_fdt := s/name >= fdt->strings_end - fdt->strings || //
FUZZ_SOURCE_options := kernel/base/options.c
FUZZ_PLANT_options := s/copy_word(last, NULL) >= size/copy_word(last, NULL) > size/
FUZZ_SOURCE_cpio := kernel/base/cpio.c
FUZZ_PLANT_cpio := s/name_end > cpio->bytes || //
FUZZ_SOURCE_elf := kernel/base/elf.c
FUZZ_PLANT_elf := s/memsz <= limit - segment->vaddr/memsz + segment->vaddr <= limit/

$(FUZZ_OUT)/%_planted.c: $(HOST_SOURCES) tests/host/rules.mk
	@mkdir -p $(@D)
	$(Q)sed '$(FUZZ_PLANT_$*)' $(FUZZ_SOURCE_$*) >$@
	$(Q)! cmp -s $(FUZZ_SOURCE_$*) $@

$(FUZZ_OUT)/%_planted.o: $(FUZZ_OUT)/%_planted.c $(HOST_OUT)/llvm
	$(Q)$(CC) $(HOST_CPPFLAGS) $(HOST_CFLAGS) $(HOST_SANITIZE_fuzz) -c $< -o $@

$(FUZZ_OUT)/%_fuzz: $(FUZZ_OUT)/tests/host/%_fuzz.o $(FUZZ_OUT)/kernel.a
	$(Q)$(FUZZ_LINK) $^ -lfdt -o $@

$(FUZZ_OUT)/%_fuzz_control: $(FUZZ_OUT)/tests/host/%_fuzz.o $(FUZZ_OUT)/%_planted.o \
    $(FUZZ_OUT)/kernel.a
	$(Q)$(FUZZ_LINK) $^ -lfdt -o $@

# X_seeds names the files to begin with, for -seed_inputs: they are never added to.
$(FUZZ_OUT)/fdt_seeds: tests/host/fdt_fuzz.dts
	@mkdir -p $(@D)
	$(Q)dtc -q -O dtb -o $@.made $<
	$(Q)qemu-system-riscv64 -M virt,dumpdtb=$@.padded -m 64M -display none -bios none -seed 1 \
	    >$@.log 2>&1 || { cat $@.log; exit 1; }
	$(Q)dtc -q -O dtb -o $@.virt $@.padded
	$(Q)printf %s $@.made,$@.virt >$@ # a newline would belong to the name

$(FUZZ_OUT)/options_seeds: tests/host/rules.mk
	@mkdir -p $(@D)
	$(Q)printf 'sched=rr k=1 k="a b" 0x10,2,3 cmd=help' >$@.line
	$(Q)printf '18446744073709551615,0xffffffffffffffff' >$@.numbers
	$(Q)printf %s $@.line,$@.numbers >$@

$(FUZZ_OUT)/cpio_seeds: tests/host/rules.mk
	@mkdir -p $(@D)/cpio
	$(Q)printf hello >$(@D)/cpio/f; ln -sf f $(@D)/cpio/l
	$(Q)cd $(@D)/cpio && ls | cpio --quiet -o -H newc >../cpio_seeds.made
	$(Q)printf %s $@.made >$@

# A program of this machine's, said to be RISC-V's: that is number 243, at byte 18.
$(FUZZ_OUT)/elf_seeds: tests/host/rules.mk
	@mkdir -p $(@D)
	$(Q)echo 'int data = 1, zeros[9999]; void _start(void); void _start(void) { zeros[data]++; }' | \
	    $(CC) -x c - -static -nostdlib -fuse-ld=lld -o $@.linked
	$(Q)head -c 1024 $@.linked >$@.made
	$(Q)printf '\363\0' | dd of=$@.made bs=1 seek=18 conv=notrunc status=none
	$(Q)printf %s $@.made >$@

fuzz_run = $(1) $(FUZZ_FLAGS) -runs=$(RUNS) -seed_inputs=@$(FUZZ_OUT)/$(2)_seeds

$(FUZZ_OUT)/%_fuzz.passed: $(FUZZ_OUT)/%_fuzz $(FUZZ_OUT)/%_fuzz_control $(FUZZ_OUT)/%_seeds
	$(Q)if $(call fuzz_run,$<,$*) >$<.log 2>&1 && \
	    ! $(call fuzz_run,$<_control,$*) >$<_control.log 2>&1 && \
	    grep -q 'ERROR: [A-Za-z]*: ' $<_control.log; \
	then echo 'host fuzz $*_fuzz ok'; touch $@; \
	else tail -n 40 $<.log $<_control.log; echo 'host fuzz $*_fuzz FAILED'; exit 1; fi

.PHONY: fuzz fuzz-runs
fuzz-runs:
	@case '$(RUNS)' in '' | 0* | *[!0-9]*) \
	    echo 'RUNS=$(RUNS) is not a number of inputs, from 1 up' >&2; exit 2 ;; esac
fuzz: fuzz-runs $(HOST_FUZZERS:%=$(FUZZ_OUT)/%_fuzz) $(HOST_FUZZERS:%=$(FUZZ_OUT)/%_seeds)
fuzz: ## try RUNS made-up inputs on each fuzzer
	$(foreach name,$(HOST_FUZZERS),$(call fuzz_run,$(FUZZ_OUT)/$(name)_fuzz,$(name)) &&) true

HOST_PASSED := $(HOST_FUZZERS:%=$(FUZZ_OUT)/%_fuzz.passed) \
    $(HOST_TESTS:%=$(HOST_OUT)/asan/%.passed) \
    $(patsubst %,$(HOST_OUT)/tsan/%.passed,$(filter $(HOST_TSAN_TESTS),$(HOST_TESTS)))

.PHONY: host-tests
host-tests: $(HOST_PASSED) ## the tests that run on this machine, under sanitizers
	@echo 'host: $(words $^) passed'

# How long the coherence model takes for an access. Built as the plugin is, not as the tests are.
$(HOST_OUT)/coherence_speed: tests/host/coherence_speed.c $(HOST_MODEL_SOURCES) \
    $(wildcard tools/model/*.h) tests/host/coherence_machine.h tests/host/rules.mk
	@mkdir -p $(@D)
	$(Q)$(CC) -I. -std=gnu17 -O2 $(filter %.c,$^) -o $@

.PHONY: coherence-speed
coherence-speed: $(HOST_OUT)/coherence_speed
	@$<

.PRECIOUS: $(FUZZ_OUT)/%.o $(FUZZ_OUT)/%_fuzz $(FUZZ_OUT)/%_fuzz_control $(FUZZ_OUT)/%_planted.c \
    $(HOST_OUT)/asan/%.o $(HOST_OUT)/tsan/%.o $(HOST_OUT)/asan/%_test $(HOST_OUT)/tsan/%_test
-include $(shell find $(HOST_OUT) -name '*.d' 2>/dev/null)
