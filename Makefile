# SPDX-License-Identifier: MIT
# Makefile - builds the kernel and runs it; `make help` lists the targets and the variables.
#
# One folder a variant: build/<BUILD>-<LOCK>, and -llvm<N> if that is not the LLVM that tools/llvm
# finds. The image depends on nothing but source and compiler: no timestamp and no path of the
# machine that built it goes in.

include config.mk

MAKEFLAGS += --no-builtin-rules --no-builtin-variables
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := kernel

Q := $(if $(filter 1,$(V)),,@)
say = @printf '  %-7s %s\n' '$(1)' '$(2)'
ifeq ($(V),1)
say = @:
endif

# ---- What can be chosen ------------------------------------------------------------------------

BUILDS := release debug test
ALL_LOCKS := $(shell sed -n 's/^SPIN(\([a-z0-9_]*\)).*/\1/p' sync/spin/all.def 2>/dev/null)

one_of = $(if $(filter 1,$(words $($(1)))),$(filter $($(1)),$(2)))
check = $(if $(call one_of,$(1),$(2)),,$(error $(1)=$($(1)) is not one of: $(2)))
$(call check,BUILD,$(BUILDS))
$(call check,LOCK,$(ALL_LOCKS))

LLVM_FOUND := $(shell tools/llvm)
ifeq ($(strip $(LLVM)),)
override LLVM := $(LLVM_FOUND)
endif
$(if $(filter-out 1,$(words clang$(LLVM))),$(error LLVM=$(LLVM) is not one suffix, such as -16))

OUT := build/$(BUILD)-$(LOCK)$(if $(filter-out $(LLVM_FOUND),$(LLVM)),-llvm$(LLVM:-%=%))
IMAGE := $(OUT)/hartbeat
# The same as loaders other than QEMU take it: from its first byte to the end of its data.
FLAT_IMAGE := $(IMAGE).bin

# ---- Tools and flags ---------------------------------------------------------------------------

CC := clang$(LLVM)
LD := ld.lld$(LLVM)
NM := llvm-nm$(LLVM)
OBJCOPY := llvm-objcopy$(LLVM)

# Not rv64imac_zicsr_zifencei: clang 14 and 16 count both to the base and refuse the names.
MARCH := rv64imac

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
    -Wmissing-variable-declarations -Wvla -Wundef -Wcast-align -Wimplicit-fallthrough \
    -Wswitch-enum -Wconversion -Wthread-safety -Wframe-larger-than=1024

TARGET := --target=riscv64-unknown-elf -march=$(MARCH) -mabi=lp64 -mcmodel=medany -mno-relax
# $(OUT)/include holds what is generated; -ffile-prefix-map keeps this folder's name out.
CPPFLAGS := -I. -I$(OUT)/include -ffile-prefix-map=$(CURDIR)=. \
    -DCONFIG_DEBUG=$(if $(filter debug,$(BUILD)),1,0) -DCONFIG_BUILD='"$(BUILD)"' \
    -DCONFIG_TEST=$(if $(filter release,$(BUILD)),0,1) \
    -DCONFIG_LOCK=$(LOCK) -DCONFIG_LOCK_HEADER='"sync/spin/$(LOCK).h"'
CFLAGS := $(TARGET) -std=gnu17 -ffreestanding -fno-pic -O2 -g \
    -fno-omit-frame-pointer -momit-leaf-frame-pointer \
    -ffunction-sections -fdata-sections -fno-strict-aliasing -fno-common $(WARNINGS)
ifeq ($(BUILD),debug)
CFLAGS += -fsanitize=undefined -fsanitize-trap=undefined
endif
LDFLAGS := -nostdlib -static --gc-sections -z max-page-size=4096 -T boot/kernel.ld

# ---- The kernel --------------------------------------------------------------------------------

OFFSETS := kernel/riscv/offsets.c
OFFSETS_H := $(OUT)/include/offsets.h
VDSO_SOURCE := kernel/riscv/vdso/vdso.S
VDSO := $(OUT)/include/vdso.so
VDSO_H := $(OUT)/include/vdso_offsets.h
SPIN_LISTS := sync/spin/all.def sync/spin/controls.def
SPIN_ALL_H := $(OUT)/include/spin_all.h
# The kernel's own tests take as much room as the kernel: release builds, for figures, leave them
# out, and the policies that are wrong on purpose. A test build is a release build that has them.
LEFT_OUT := $(OFFSETS) $(VDSO_SOURCE) $(if $(filter release,$(BUILD)),%_test.c sched/broken/%.c)
SOURCES := $(filter-out $(LEFT_OUT),$(sort $(shell \
    find $(wildcard boot kernel mm sched sync) -name '*.[cS]')))
OBJECTS := $(SOURCES:%=$(OUT)/%.o)
# What every output depends on beside its sources: a change of flags rebuilds it.
RULES := Makefile config.mk
KERNEL_RULES := $(RULES) $(OUT)/llvm

.PHONY: kernel
kernel: $(IMAGE) $(FLAT_IMAGE) ## build the kernel

# What nobody measures is made small, so that the image has room for more of it.
SMALL := $(wildcard kernel/test/*.c) $(wildcard sched/workload/*.c) \
    $(wildcard sync/bench/lock_[or]*.c) sync/bench/lock_plot.c \
    $(wildcard kernel/fs/proc_[dfmnpru]*.c) \
    kernel/base/histogram.c kernel/base/plot.c kernel/backtrace.c \
    kernel/bootargs.c kernel/commands.c kernel/hart_report.c kernel/ktest_support.c \
    kernel/panic.c kernel/shell.c
$(SMALL:%=$(OUT)/%.o): private CFLAGS += -Oz
$(OUT)/%.c.o: %.c $(KERNEL_RULES) | $(OFFSETS_H) $(SPIN_ALL_H)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(OUT)/%.S.o: %.S $(KERNEL_RULES) | $(OFFSETS_H)
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(TARGET) -g -MMD -MP -c $< -o $@

# offsets.c leaves lines `->NAME VALUE` in its assembler output; see its first lines.
$(OFFSETS_H): $(OFFSETS) $(KERNEL_RULES)
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MT $@ -MF $@.d -S $< -o $@.s
	$(Q)sed -n 's/^.*->\([A-Z0-9_]*\) \(-\{0,1\}[0-9]*\).*$$/#define \1 \2/p' $@.s >$@

# The vDSO is a shared object by itself, which the kernel has in its image.
$(VDSO): $(VDSO_SOURCE) kernel/riscv/vdso/vdso.ld $(KERNEL_RULES) | $(OFFSETS_H)
	$(call say,VDSO,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(TARGET) -march=rv64ima -MMD -MP -MT $@ -MF $@.d -c $< -o $@.o
	$(Q)$(LD) -shared --hash-style=both -soname linux-vdso.so.1 --no-undefined -z max-page-size=4096 \
	    -z noseparate-code -T kernel/riscv/vdso/vdso.ld $@.o -o $@.full
	$(Q)$(OBJCOPY) --strip-all --strip-sections $@.full $@
# Where in it a handler returns to.
$(VDSO_H): $(VDSO)
	$(Q)$(NM) $<.full | \
	    sed -n 's/^\([0-9a-f]*\) T __vdso_rt_sigreturn$$/#define VDSO_SIGRETURN 0x\1/p' >$@
$(OUT)/kernel/riscv/vdso/image.S.o: $(VDSO) $(VDSO_H)
$(OUT)/kernel/riscv/vdso/image.S.o: private CPPFLAGS += -Wa,-I$(OUT)/include

# Includes the header of each lock that is listed, so that its line there is all that a lock needs.
define make_spin_all
@mkdir -p $(@D)
$(Q)sed -n 's|^SPIN(\([a-z0-9_]*\)).*|#include "sync/spin/\1.h"|p' $(SPIN_LISTS) >$@
endef
$(SPIN_ALL_H): $(SPIN_LISTS) $(RULES)
	$(make_spin_all)

# Rewritten only when a source comes or goes, so that the link notices.
$(OUT)/objects: FORCE
	@mkdir -p $(@D)
	@echo '$(OBJECTS)' | cmp -s - $@ || echo '$(OBJECTS)' >$@
# Rewritten only when LLVM changes, so that a folder never holds what two compilers made.
build/%/llvm: FORCE
	@mkdir -p $(@D)
	@echo '$(LLVM)' | cmp -s - $@ || echo '$(LLVM)' >$@
.PHONY: FORCE
FORCE:

# The kernel carries its own symbol table, and that takes two links: the first with an empty table
# gives the addresses for the second. The last step proves that the table moved no text.
$(OUT)/ksyms-empty.S: tools/ksyms.py
	@mkdir -p $(@D)
	$(Q)tools/ksyms.py </dev/null >$@

$(OUT)/ksyms-full.S: $(OUT)/hartbeat.stage1 tools/ksyms.py
	$(Q)$(NM) --numeric-sort $< | tools/ksyms.py >$@

$(OUT)/ksyms-%.o: $(OUT)/ksyms-%.S
	$(Q)$(CC) $(TARGET) -c $< -o $@

$(OUT)/hartbeat.stage1: $(OBJECTS) $(OUT)/ksyms-empty.o $(OUT)/objects boot/kernel.ld
	$(Q)$(LD) $(LDFLAGS) $(OBJECTS) $(OUT)/ksyms-empty.o -o $@

$(IMAGE): $(OUT)/hartbeat.stage1 $(OUT)/ksyms-full.o
	$(call say,LD,$@)
	$(Q)$(LD) $(LDFLAGS) $(OBJECTS) $(OUT)/ksyms-full.o -o $@
	$(Q)$(NM) --numeric-sort $@ | tools/ksyms.py | cmp - $(OUT)/ksyms-full.S

$(FLAT_IMAGE): $(IMAGE)
	$(Q)$(OBJCOPY) -O binary $< $@

-include $(OBJECTS:.o=.d) $(OFFSETS_H).d $(VDSO).d

# ---- The timing model ----------------------------------------------------------------------------

include tools/model/payload/rules.mk
include tools/model/rules.mk

# ---- The programs that run on it -----------------------------------------------------------------

include user/rules.mk

# ---- Running it --------------------------------------------------------------------------------

# The launcher takes every other variable from the environment, where make puts what its command
# line sets. A wrong one is refused before anything is built. Standard output is the guest's.
export BUILD LOCK LLVM

.PHONY: qemu qemu-gdb
qemu: ## boot it: a prompt, or with CMD='...' one command
	@targets=$$(tools/run --check) && $(MAKE) --no-print-directory $$targets >&2
	@exec tools/run
qemu-gdb: ## the same, halted until the gdb that it says how to start continues
	@targets=$$(tools/run --check) && $(MAKE) --no-print-directory $$targets >&2
	@exec tools/run --gdb

.PHONY: why
why: export TIMING := model
why: export REPORT := $(or $(REPORT),build/reports/why.jsonl)
why: ## run CMD on the timing model; which data its harts waited for, and in which code
	@mkdir -p $(dir $(REPORT))
	@targets=$$(tools/run --check) && $(MAKE) --no-print-directory $$targets >&2
	@tools/run
	@exec tools/why $(REPORT)

.PHONY: explore
explore: ## run CMD='...' in interleaving after interleaving until one fails: SEEDS=500 JOBS=2
	@tools/explore --check
	@$(MAKE) --no-print-directory kernel model >&2
	@exec tools/explore

.PHONY: bench
bench: ## the figures beside their goals and ceilings; UPDATE=1 lowers the ceilings
	@exec tools/bench $(if $(filter 1,$(UPDATE)),--update)

.PHONY: contention study
contention: ## spin locks on machines of the timing model: tables, verdict, plots
	@exec tools/contention
study: ## the numbers, tables and plots of docs/timing-model.md; a quarter of an hour, resumed
	@exec tools/study

# ---- Testing it --------------------------------------------------------------------------------

include tests/host/rules.mk

.PHONY: quick test soak lint format
quick: ## lint of what changed, host tests, two boots: under a minute
	@exec tools/check quick
test: ## lint and every test, with a sample of the matrix: under 15 minutes
	@exec tools/check test
soak: ## the full matrix, resumed where it was stopped: under 90 minutes
	@exec tools/soak
lint: ## layers, layout, clang-tidy, shellcheck and more
	@exec tools/lint
format: ## lay out every C file as clang-format has it
	clang-format$(LLVM) -i \
	    $$(find $(wildcard boot kernel mm sched sync user tests/host tools/model) -name '*.[ch]' \
	        ! -path user/bench/kbench.c ! -path user/bench/tiny.c)

# What tools/lint gives to clang-tidy; it looks into what is generated, too. Of the programs,
# user/rules.mk has it.
.PHONY: kernel-flags host-flags model-flags payload-flags
kernel-flags: $(SPIN_ALL_H)
	@echo '$(subst ','\'',$(CPPFLAGS) $(CFLAGS))'
host-flags: $(HOST_SPIN_ALL_H)
	@echo '$(subst ','\'',$(HOST_CPPFLAGS) $(HOST_CFLAGS))'
model-flags:
	@echo '$(MODEL_CFLAGS) -DPLUGIN_API=$(lastword $(MODEL_APIS))'
payload-flags: $(PAYLOAD_SPIN_ALL_H)
	@echo '$(PAYLOAD_CPPFLAGS) $(PAYLOAD_CFLAGS)'

.PHONY: clean help
clean: ## remove build/
	rm -rf build
help: ## this list
	@echo 'Targets:'
	@sed -n 's/^\([a-z-]*\):.* ## \(.*\)/\1@\2/p' \
	    Makefile tools/model/rules.mk user/rules.mk tests/host/rules.mk | \
	    awk -F@ '{ printf "  %-13s%s\n", $$1, $$2 }'
	@echo 'Variables (name, default, allowed values), on the command line as NAME=VALUE:'
	@tools/run --variables
	@echo '  V         0                    0 | 1, which prints every command'
	@echo '  SEEDS     100                  `make explore`: how many seeds, from SEED on'
	@echo '  MODELS, HARTS, LOCKS, ...      `make contention`: tools/contention --help has them'
	@echo '  JOBS      the cores            `make explore`: how many at a time'
	@echo '  UPDATE    (empty)              1: `make bench` lowers the ceilings'
	@echo '  RUNS      100000               inputs that `make fuzz` makes up for each fuzzer'
