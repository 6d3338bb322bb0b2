// SPDX-License-Identifier: MIT
// kernel/riscv/relax.h - what every loop that waits for another hart calls.
#pragma once

#include <stdatomic.h>

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

// Set once, by the first hart that panics. Relaxed loads: it only has to be seen eventually, and
// hart_stop_here() does its own ordering.
extern atomic_bool hart_stop_word;

// Record where this hart was and wait for ever. Context: any; interrupts end up off.
NORETURN void hart_stop_here(void);

// Hint that this hart is spinning, and stop if the machine is stopping. Encodes Zihintpause PAUSE,
// a FENCE hint that older cores execute as a no-op; spelled with .insn because clang 14 has no
// `pause` mnemonic.
static inline void cpu_relax(void)
{
    __asm__ volatile(".insn i 0x0f, 0, x0, x0, 0x010" ::: "memory");
    if (unlikely(atomic_load_explicit(&hart_stop_word, memory_order_relaxed))) {
        hart_stop_here();
    }
}
