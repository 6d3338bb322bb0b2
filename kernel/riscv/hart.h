// SPDX-License-Identifier: MIT
// kernel/riscv/hart.h - what the lower layers need of a hart: the first member of its Processor.
//
// `tp` holds the Processor's address while in the kernel, so it is also the address of its
// hart_state. Everything in it belongs to that hart alone and is touched with interrupts off.
#pragma once

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"
#include "sync/spin/node.h"

struct hart_state {
    uint64_t
        irq_nesting; // 4 per nested lock, plus SSTATUS_SIE if the outermost found interrupts on
    unsigned cpu;    // dense index, 0..n-1, in the order of the device tree
    hartid_t hartid; // the firmware's number; sparse
    struct spin_pool nodes; // queue nodes for the kernel's own locks
    struct held_locks held; // debug builds: the spinlocks this hart holds
};

// tp itself: a name for the register, so that fields are reached through it without a copy.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wmissing-variable-declarations" // a register needs none
register struct hart_state *hart_in_tp __asm__("tp");
#pragma clang diagnostic pop

// This hart's state. Context: interrupts off, or the answer may be another hart's by its use.
static ALWAYS_INLINE struct hart_state *this_hart(void)
{
    return hart_in_tp;
}
