// SPDX-License-Identifier: MIT
// sched/bench/across.h - what it takes until a thread runs on another hart.
//
// Times are bench_now()'s, which all harts share where there is more than one; each is the mean of
// many.
// Both say so, and measure nothing, where there is one hart only.
#pragma once

#include "kernel/base/annot.h"

// From the wake-up of a thread that is bound to another hart, which idles, to its first
// instruction. Returns: 0 or -errno. Context: thread, pinned to its hart; blocks.
NODISCARD int bench_wakeup_other(void);

// From the wake-up of a thread that ran on this hart last, which stays busy, to its first
// instruction on another one: with `steal`, until one that idles has taken it.
// Returns and context: the same.
NODISCARD int bench_steal(void);
