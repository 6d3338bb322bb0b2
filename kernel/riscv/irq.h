// SPDX-License-Identifier: MIT
// kernel/riscv/irq.h - masking interrupts on this hart: saved by the caller, or nested per hart.
#pragma once

#include "kernel/base/types.h"
#include "kernel/riscv/csr.h"
#include "kernel/riscv/hart.h"

// Each nested lock adds this to hart_state.irq_nesting; bit 1 (SSTATUS_SIE) is the saved state.
enum { IRQ_NESTING_STEP = 4 };

// Mask interrupts. Returns the state to give back to irq_restore().
static inline unsigned long irq_save(void)
{
    return csr_read_clear(sstatus, SSTATUS_SIE) & SSTATUS_SIE;
}

// Undo irq_save(): `saved` is what it returned.
static inline void irq_restore(unsigned long saved)
{
    csr_set(sstatus, saved);
}

static inline void irq_disable(void)
{
    csr_clear(sstatus, SSTATUS_SIE);
}

static inline void irq_enable(void)
{
    csr_set(sstatus, SSTATUS_SIE);
}

static inline bool irq_enabled(void)
{
    return csr_read(sstatus) & SSTATUS_SIE;
}

// Mask interrupts and remember, at the outermost level only, whether they were on. Inner levels
// find them off and add nothing to the saved bit, so there is no branch.
static inline void irq_push(void)
{
    unsigned long saved = irq_save();

    this_hart()->irq_nesting += IRQ_NESTING_STEP + saved;
}

// Undo one irq_push(); the outermost restores what it found.
static inline void irq_pop(void)
{
    struct hart_state *hart = this_hart();
    unsigned long left = hart->irq_nesting - IRQ_NESTING_STEP;

    if (left >= IRQ_NESTING_STEP) {
        hart->irq_nesting = left;
        return;
    }
    hart->irq_nesting = 0;
    irq_restore(left);
}

// Wait for an interrupt to become pending; masked ones count. Source: "Wait for Interrupt".
static inline void wait_for_interrupt(void)
{
    __asm__ volatile("wfi" ::: "memory");
}
