// SPDX-License-Identifier: MIT
// kernel/waitq_type.h - struct waitq alone, for what holds one; kernel/waitq.h has the rest.
#pragma once

#include "kernel/base/list.h"
#include "sync/spinlock.h"

struct waitq {
    struct spinlock lock; // rank RANK_WAITQ
    struct list waiters;  // guarded by: lock; of thread.wait_node, first to arrive first
};

#define WAITQ_INIT(name, lock_name)                                                                \
    {                                                                                              \
        .lock = SPINLOCK_INIT(lock_name, RANK_WAITQ), .waiters = LIST_INIT((name).waiters)         \
    }
