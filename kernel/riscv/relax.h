// SPDX-License-Identifier: MIT
// kernel/riscv/relax.h - what every loop that waits for another hart calls.
#pragma once

#include <stdatomic.h>

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"
#include "kernel/riscv/hart.h"

// Set once, by the first hart that panics. Relaxed loads: it only has to be seen eventually, and
// hart_stop_here() does its own ordering.
extern atomic_bool hart_stop_word;

// Record where this hart was and wait for ever. Context: any; interrupts end up off.
NORETURN void hart_stop_here(void);

// How many turns of cpu_relax() in one wait for a spinlock make hart_spun() be called, once; 0:
// none. Written once, at boot.
extern uint64_t spin_bound;

// This hart has made spin_bound turns. Context: any, interrupts on or off.
void hart_spun(void);

// Hint that this hart is spinning, count it, and stop if the machine is stopping. A turn that is
// counted for another hart, by a thread preempted meanwhile, only shifts a bound. Encodes
// Zihintpause PAUSE, a FENCE hint that older cores execute as a no-op; spelled with .insn because
// clang 14 has no `pause` mnemonic.
static inline void cpu_relax(void)
{
    __asm__ volatile(".insn i 0x0f, 0, x0, x0, 0x010" ::: "memory");
    if (unlikely(atomic_load_explicit(&hart_stop_word, memory_order_relaxed))) {
        hart_stop_here();
    }
    if (unlikely(++this_hart()->held.spins == spin_bound)) {
        hart_spun();
    }
}
