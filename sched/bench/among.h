// SPDX-License-Identifier: MIT
// sched/bench/among.h - what switching and waking cost while many other threads are there.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

// One switch by yield while `n` threads are Ready, all of them bound to the harts in `affinity`.
// Returns: 0 or -errno. Context: thread, bound to them, too; blocks.
NODISCARD int bench_pick_among(unsigned n, uint64_t affinity);

// From a wake-up to the first instruction of the woken thread, while `n` others sleep.
// Returns and context: the same.
NODISCARD int bench_wake_among(unsigned n, uint64_t affinity);
