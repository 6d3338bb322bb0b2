// SPDX-License-Identifier: MIT
// kernel/riscv/probe.h - finding out whether this hart has what its device tree announces.
#pragma once

#include "kernel/base/types.h"

// Can S-mode use the timer of its own, stimecmp? A device tree may announce it and still the access
// traps: QEMU 7.2 on `spike`, or firmware that does not pass it on. Source: RISC-V "Stimecmp /
// Vstimecmp" Extension 1.0, "Machine and Hypervisor Level ISA Extension".
// Context: interrupts off, outside of any trap, whose scause, sepc and stval it may overwrite.
bool stimecmp_works(void);
