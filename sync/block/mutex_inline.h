// SPDX-License-Identifier: MIT
// sync/block/mutex_inline.h - a mutex that nobody waits for, taken and released without a call: for
// the paths where a call would cost as much as what is done under it.
#pragma once

#include "kernel/base/compiler.h"
#include "kernel/processor.h"
#include "sync/block/mutex.h"

// Take `m` if it is free and nobody waits for it. Returns: whether it did.
NODISCARD static ALWAYS_INLINE bool mutex_trylock_inline(struct mutex *m)
    TRY_ACQUIRES(true, *m) NO_TSA
{
    uintptr_t free = 0;

    // acquire on success: pairs with the releases in mutex_unlock_inline() and mutex_unlock().
    return likely(atomic_compare_exchange_strong_explicit(
        &m->owner, &free, (uintptr_t)current(), memory_order_acquire, memory_order_relaxed));
}

// Release `m`, which the caller holds, if nobody waits for it. Returns: whether it did; else
// mutex_unlock() has to. NO_TSA: the compiler cannot follow who releases it then.
NODISCARD static ALWAYS_INLINE bool mutex_unlock_inline(struct mutex *m) NO_TSA
{
    uintptr_t mine = (uintptr_t)current();

    // release: pairs with the acquires in mutex_trylock_inline() and mutex_lock().
    return likely(atomic_compare_exchange_strong_explicit(&m->owner, &mine, 0, memory_order_release,
                                                          memory_order_relaxed));
}
