// SPDX-License-Identifier: MIT
// tests/host/shim/kernel/riscv/hart.h - host twin: each thread is a hart.
#pragma once

#include "kernel/base/types.h"
#include "sync/spin/node.h"

struct hart_state {
    uint64_t irq_nesting;
    unsigned cpu; // a test that runs several threads numbers them itself
    hartid_t hartid;
    struct spin_pool nodes;
    struct held_locks held;
};

// Weak, so that every file that includes this shares one definition without a file of its own.
extern _Thread_local struct hart_state host_hart;
WEAK _Thread_local struct hart_state host_hart;

static inline struct hart_state *this_hart(void)
{
    return &host_hart;
}
