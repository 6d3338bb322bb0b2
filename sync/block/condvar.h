// SPDX-License-Identifier: MIT
// sync/block/condvar.h - condition variable: sleep until somebody says that a condition changed.
//
// A waiter queues before it releases the mutex, so no notification between the two is lost; each
// notification wakes a thread that has not been notified yet. Wake-ups are in order of arrival.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/waitq_type.h"
#include "sync/block/mutex.h"

struct condvar {
    struct waitq wq;
};

#define CONDVAR_INIT(name)                                                                         \
    {                                                                                              \
        .wq = WAITQ_INIT((name).wq, "condvar")                                                     \
    }

void condvar_init(struct condvar *cv);

// Release `m`, wait for a notification, take `m` again. The caller looks at its condition again:
// another thread may have been there first.
// Returns, with `m` held: 0; -EINTR if killed; -ETIMEDOUT. Context: thread, interrupts on.
NODISCARD int condvar_wait(struct condvar *cv, struct mutex *m) REQUIRES(*m);
NODISCARD int condvar_wait_until(struct condvar *cv, struct mutex *m, uint64_t deadline_ticks)
    REQUIRES(*m);

// Wake the first `n` waiters. Returns: how many there were. Context: any, no lock of rank
// RANK_WAITQ or above held; with or without the mutex.
unsigned condvar_notify(struct condvar *cv, unsigned n);
void condvar_notify_one(struct condvar *cv);

static inline void condvar_notify_all(struct condvar *cv)
{
    (void)condvar_notify(cv, UINT32_MAX);
}
