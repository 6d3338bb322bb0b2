// SPDX-License-Identifier: MIT
// sync/bench/lock_pairs.h - what the kernel's own spinlock costs when nobody else wants it.
#pragma once

#include "kernel/base/types.h"

// The price of one uncontended pair, in thousandths of bench_unit(), without the loop around it:
// spin_lock_irqsave + spin_unlock_irqrestore, and spin_lock + spin_unlock.
// Context: thread, interrupts on, so that the nested pair masks and restores them.
uint64_t lock_irqsave_pair_milli(void);
uint64_t lock_nested_pair_milli(void);
