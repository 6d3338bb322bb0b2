// SPDX-License-Identifier: MIT
// kernel/riscv/fp.h - the floating-point registers of a program. The kernel uses none itself.
//
// Saved on entry from user mode if they are dirty; loaded on the way back if the hart's are not
// those of the thread: processor.fp_owner says whose they are.
// Source: Unprivileged ISA, "D" Standard Extension; Privileged ISA 1.12, "Extension Context
// Status".
#pragma once

#include "kernel/base/types.h"

struct fp_state {
    uint64_t f[32];
    uint64_t fcsr;
};

// Load all registers. Context: interrupts off; sstatus.FS is not Off.
void fp_load(const struct fp_state *state);

// Write all registers to `to`. Context: as fp_load().
void fp_store(struct fp_state *to);

// Load all registers from `from`, which may be changing, and write what they are then to `to`; of
// fcsr, what it has. Context: as fp_load().
void fp_load_and_store(const struct fp_state *from, struct fp_state *to);
