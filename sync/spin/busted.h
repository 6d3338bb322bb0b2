// SPDX-License-Identifier: MIT
// sync/spin/busted.h - a lock that lies: a control, to see that checkers of locks can fail.
//
// It is tas.h, except that every BUSTED_PERIOD-th acquisition leaves the lock free behind it. Until
// that holder's release a second owner is admitted: another hart that arrives, or, on one hart, a
// trylock while the lock is held. Never the kernel's own lock, never in a default list.
#pragma once

#include <stdbool.h>

#include "kernel/riscv/relax.h"
#include "sync/spin/node.h"

enum { busted_uses_node = 0, BUSTED_PERIOD = 64 };

struct busted {
    atomic_uint held;
    atomic_uint acquisitions; // written by who believes to hold the lock
};

static inline bool busted_trylock(struct busted *l, struct spin_node *me)
{
    (void)me;
    // acquire: pairs with the release in busted_unlock().
    if (atomic_exchange_explicit(&l->held, 1, memory_order_acquire) != 0) {
        return false;
    }
    // relaxed: a count; two owners may lose one of it, which only moves the next lie.
    unsigned n = atomic_load_explicit(&l->acquisitions, memory_order_relaxed) + 1;

    atomic_store_explicit(&l->acquisitions, n, memory_order_relaxed);
    if (n % BUSTED_PERIOD == 0) {
        // relaxed: the lie needs no order to be one.
        atomic_store_explicit(&l->held, 0, memory_order_relaxed);
    }
    return true;
}

static inline void busted_lock(struct busted *l, struct spin_node *me)
{
    bool taken = busted_trylock(l, me);

    SPIN_ARRIVED(me);
    while (!taken) {
        cpu_relax();
        taken = busted_trylock(l, me);
    }
}

static inline void busted_unlock(struct busted *l, struct spin_node *me)
{
    (void)me;
    // release: pairs with the acquire in busted_trylock().
    atomic_store_explicit(&l->held, 0, memory_order_release);
}
