// SPDX-License-Identifier: MIT
// kernel/runq_type.h - struct runq alone, for what holds one; kernel/runq.h has the rest.
#pragma once

#include "sched/policy.h"
#include "sync/spinlock.h"

// One queue of Ready threads, and the lock of the threads and the harts that belong to it.
struct runq {
    struct spinlock lock;     // rank RANK_RUNQ, so never two at once; held across switch_to()
    struct sched_queue queue; // guarded by: lock
};
