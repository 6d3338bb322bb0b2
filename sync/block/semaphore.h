// SPDX-License-Identifier: MIT
// sync/block/semaphore.h - counting semaphore; waiters are served in order of arrival.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/waitq_type.h"

struct semaphore {
    struct waitq wq;
    uint64_t count; // guarded by: wq.lock; 0 whenever somebody waits
};

#define SEMAPHORE_INIT(name, initial)                                                              \
    {                                                                                              \
        .wq = WAITQ_INIT((name).wq, "semaphore"), .count = (initial)                               \
    }

void semaphore_init(struct semaphore *s, uint64_t count);

// Take one; wait until there is one. Returns: 0; -EINTR if killed; -ETIMEDOUT.
// Context: thread, interrupts on.
NODISCARD int semaphore_down(struct semaphore *s);
NODISCARD int semaphore_down_until(struct semaphore *s, uint64_t deadline_ticks);

// Take one if that needs no waiting. Returns: whether it did. Context: any.
NODISCARD bool semaphore_trydown(struct semaphore *s);

// Give one: to the first waiter, if there is one. `s` must outlive the call even if whoever gets
// it is done with it at once. Context: any, no lock of rank RANK_WAITQ or above held.
void semaphore_up(struct semaphore *s);
