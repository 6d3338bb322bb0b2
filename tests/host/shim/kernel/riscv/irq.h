// SPDX-License-Identifier: MIT
// tests/host/shim/kernel/riscv/irq.h - host twin: interrupts are a flag of the thread.
#pragma once

#include "kernel/base/types.h"
#include "kernel/riscv/hart.h"

enum { IRQ_NESTING_STEP = 4, HOST_IRQ_ON = 2 };

extern _Thread_local bool host_irq_off; // so that zero, the initial value, means on
WEAK _Thread_local bool host_irq_off;

static inline unsigned long irq_save(void)
{
    unsigned long saved = host_irq_off ? 0 : HOST_IRQ_ON;

    host_irq_off = true;
    return saved;
}

static inline void irq_restore(unsigned long saved)
{
    if (saved != 0) {
        host_irq_off = false;
    }
}

static inline void irq_disable(void)
{
    host_irq_off = true;
}

static inline void irq_enable(void)
{
    host_irq_off = false;
}

static inline bool irq_enabled(void)
{
    return !host_irq_off;
}

static inline void irq_push(void)
{
    this_hart()->irq_nesting += IRQ_NESTING_STEP + irq_save();
}

static inline void irq_pop(void)
{
    unsigned long left = this_hart()->irq_nesting - IRQ_NESTING_STEP;

    this_hart()->irq_nesting = left >= IRQ_NESTING_STEP ? left : 0;
    if (left < IRQ_NESTING_STEP) {
        irq_restore(left);
    }
}
