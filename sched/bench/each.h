// SPDX-License-Identifier: MIT
// sched/bench/each.h - what a switch and a wake-up cost when every hart does nothing else.
//
// Each hart has a pair of threads of its own, and all run at once, so that what the kernel shares
// between harts shows: the mean of all harts should not depend on how many there are.
#pragma once

#include "kernel/base/annot.h"

// Both of a pair yield, in turn: the cost of one switch. Returns: 0 or -errno. Context: thread.
NODISCARD int bench_switch_each(void);

// Both of a pair sleep, each until the other wakes it: the cost of one wake-up with the switch that
// follows. Returns and context: the same.
NODISCARD int bench_wake_each(void);
