// SPDX-License-Identifier: MIT
// sync/block/mutex.h - sleeping mutual exclusion, handed over in order of arrival.
//
// The owner word holds the owner's address, and bit 0 while threads may be waiting. Uncontended, it
// is one compare-and-exchange each way. An unlock with waiters hands the mutex to the first of
// them without ever leaving it free, so nobody overtakes.
#pragma once

#include <stdatomic.h>

#include "kernel/base/annot.h"
#include "kernel/waitq_type.h"

struct CAPABILITY("mutex") mutex {
    _Atomic(uintptr_t) owner; // struct thread * | MUTEX_WAITERS; 0: free
    struct waitq wq;          // bit 0 of owner is set, and cleared, under its lock
};

#define MUTEX_INIT(name)                                                                           \
    {                                                                                              \
        .wq = WAITQ_INIT((name).wq, "mutex")                                                       \
    }

void mutex_init(struct mutex *m);

// Take `m`; sleep until it is free. Not interruptible. Context: thread, interrupts on.
void mutex_lock(struct mutex *m) ACQUIRES(*m);

// The same, but give up at `deadline_ticks`. Returns: 0; -ETIMEDOUT.
NODISCARD int mutex_lock_until(struct mutex *m, uint64_t deadline_ticks);

// Take `m` if that needs no waiting. Returns: whether it did.
NODISCARD bool mutex_trylock(struct mutex *m) TRY_ACQUIRES(true, *m);

// Release `m`, which the caller holds; panics otherwise. `m` must outlive the call even if whoever
// gets it is done with it at once.
void mutex_unlock(struct mutex *m) RELEASES(*m);

// Does the calling thread hold `m`?
bool mutex_is_held(const struct mutex *m);
