// SPDX-License-Identifier: MIT
// kernel/riscv/hart_start.h - what a hart is given when the firmware starts it; see boot/entry.S.
#pragma once

#include <stdatomic.h>

#include "kernel/base/types.h"

struct hart_start {
    hartid_t hartid;
    uint64_t stack_top;
    uint64_t processor;    // its Processor's address
    _Atomic uint64_t satp; // release, once the rest is there; pairs with a fence in boot/entry.S
};

extern struct hart_start hart_starts[MAX_HARTS];

// Where started harts arrive; they find their own in hart_starts.
void secondary_entry(void);
