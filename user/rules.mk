# SPDX-License-Identifier: MIT
# user/rules.mk - builds the programs: static Linux riscv64 executables in build/user/bin.
#
# user/{.,bench,test}/X.c or user/{.,bench,test}/X/*.c becomes bin/X, with an archive of user/lib.
# The small tools are one program, bin/hb, with a link for each name: a static C library takes
# 400 KiB. The compiler is the one that tools/llvm finds, whatever LLVM= says of the kernel's: lld
# before 15 cannot link a static glibc.

USER_OUT := build/user
USER_BIN := $(USER_OUT)/bin
USER_CC := clang$(LLVM_FOUND)
USER_STRIP := llvm-strip$(LLVM_FOUND)
USER_LD := $(shell command -v ld.lld$(LLVM_FOUND))
USER_RULES := $(RULES) user/rules.mk

# Where Debian's cross packages put the C library and the compiler's part of it.
USER_LIBC := /usr/riscv64-linux-gnu
USER_LIBGCC := $(lastword $(sort $(wildcard /usr/lib/gcc-cross/riscv64-linux-gnu/*)))

USER_PROGRAMS := hb kbench utest
USER_SOURCES_hb := $(wildcard user/hb/*.c user/sh/*.c user/bench/*/*.c user/fuzz/*.c)
USER_SOURCES_kbench := user/bench/kbench.c
USER_SOURCES_utest := $(wildcard user/test/*.c)
USER_LIB_SOURCES := $(wildcard user/lib/*.c)
USER_APPLETS := $(shell sed -n 's/^APPLET.\([a-z]*\),.*/\1/p' user/hb/applets.def)

USER_TARGET := --target=riscv64-linux-gnu
USER_CPPFLAGS := -nostdlibinc -isystem $(USER_LIBC)/include -I. \
    -ffile-prefix-map=$(CURDIR)=. -D_GNU_SOURCE
USER_CFLAGS := $(USER_TARGET) -std=gnu17 -O2 -ffunction-sections -fdata-sections -fno-common \
    $(filter-out -Wframe-larger-than=%,$(WARNINGS)) -Wno-sign-conversion
USER_LDFLAGS := $(USER_TARGET) -static -pthread --ld-path=$(USER_LD) -Wl,--gc-sections \
    -B$(USER_LIBC)/lib -B$(USER_LIBGCC) -L$(USER_LIBC)/lib -L$(USER_LIBGCC)
# What is built as it came.
$(USER_OUT)/user/bench/kbench.o: private USER_CFLAGS := $(USER_TARGET) -O2 -w

.PHONY: user user-flags
user: $(USER_PROGRAMS:%=$(USER_BIN)/%) $(USER_APPLETS:%=$(USER_BIN)/%) $(USER_OUT)/tiny
user: ## build the programs
	@:

$(USER_OUT)/%.o: %.c $(USER_RULES) | $(USER_OUT)/libc.found
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(USER_CC) $(USER_CPPFLAGS) $(USER_CFLAGS) -MMD -MP -c $< -o $@

$(USER_OUT)/libc.found: $(USER_RULES)
	@mkdir -p $(@D)
	$(Q)test -e $(USER_LIBC)/lib/libc.a && test -e '$(USER_LIBGCC)/libgcc.a' || \
	    { echo 'user: no C library for riscv64: run tools/setup' >&2; exit 1; }
	@touch $@

$(USER_OUT)/lib.a: $(USER_LIB_SOURCES:%.c=$(USER_OUT)/%.o)
	$(Q)rm -f $@; llvm-ar$(LLVM_FOUND) rcsD $@ $^

define user_program
$(USER_BIN)/$(1): $(USER_SOURCES_$(1):%.c=$(USER_OUT)/%.o) $(USER_OUT)/lib.a
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$(USER_CC) $(USER_LDFLAGS) $$^ -o $(USER_OUT)/$(1)
	$$(Q)$(USER_STRIP) $(USER_OUT)/$(1) -o $$@
-include $(USER_SOURCES_$(1):%.c=$(USER_OUT)/%.d)
endef
$(foreach name,$(USER_PROGRAMS),$(eval $(call user_program,$(name))))
-include $(USER_LIB_SOURCES:%.c=$(USER_OUT)/%.d)

$(USER_APPLETS:%=$(USER_BIN)/%): user/hb/applets.def $(USER_RULES)
	@mkdir -p $(@D)
	$(Q)ln -sfn hb $@

$(USER_OUT)/tiny: user/bench/tiny.c $(USER_RULES)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(USER_CC) --target=riscv64-linux-gnu -O2 -static -nostdlib -s --ld-path=$(USER_LD) $< -o $@

user-flags:
	@echo '$(USER_CPPFLAGS) $(USER_CFLAGS)'

# The same tests as a program of the host, whose Linux says whether they are right.
$(USER_OUT)/host/utest: $(USER_SOURCES_utest) $(USER_LIB_SOURCES)
$(USER_OUT)/host/utest: $(wildcard user/test/*.h user/lib/*.h user/test/*.def)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(USER_CC) -I. -D_GNU_SOURCE -std=gnu17 -O1 -pthread $(filter %.c,$^) -o $@
