// SPDX-License-Identifier: MIT
// sched/bench/crowd.h - many threads that are there while something else is measured.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

enum { CROWD_MAX = 131000 }; // there are tids for 131071 threads in all

enum crowd {
    CROWD_YIELDS, // Ready all the time, giving way at once when they run
    CROWD_SLEEPS, // parked, with a timeout far away
};

// Start `n` of them on the harts in `affinity`; when it returns, all have run once.
// Returns: 0; -errno, with some of them started. Context: thread; one crowd at a time.
NODISCARD int crowd_start(unsigned n, uint64_t affinity, enum crowd kind);

// Let those that were started end, without waiting for it.
void crowd_wake(void);

// The same, and wait until they are gone.
void crowd_stop(void);
