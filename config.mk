# SPDX-License-Identifier: MIT
# config.mk - what a build is made with. Set these on make's command line, not here.

# The suffix of the LLVM tools, such as -16. Empty: what tools/llvm finds.
LLVM ?=
# release is for figures; debug has every checker on; test is release with the kernel's own tests.
BUILD ?= release
# The kernel's own spinlock: a name in sync/spin/all.def.
LOCK ?= ticket
# 1 prints every command.
V ?= 0
