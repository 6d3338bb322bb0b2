// SPDX-License-Identifier: MIT
// kernel/riscv/hart_start.h - what a hart is given when the firmware starts it; see boot/entry.S.
#pragma once

#include "kernel/base/types.h"

struct hart_start {
    uint64_t satp;
    uint64_t stack_top;
    uint64_t processor; // its Processor's address
};

// Where started harts arrive, a1 = the physical address of a struct hart_start.
void secondary_entry(void);
