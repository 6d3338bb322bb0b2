// SPDX-License-Identifier: MIT
// sync/spin/tas.h - test-and-set lock: one word, one atomic exchange per attempt, no order.
//
// Invariant:  held is 1 from a successful exchange to the release store, else 0.
// Ordering:   the release store in tas_unlock() pairs with the acquire exchange in tas_trylock().
// Cost:       every attempt takes the line exclusively, waiting or not: the worst traffic of all.
// Limits:     unfair, a waiter may starve.
// Reference:  Anderson, IEEE TPDS 1(1), 1990, "spin on test-and-set".
#pragma once

#include <stdbool.h>

#include "kernel/riscv/relax.h"
#include "sync/spin/node.h"

enum { tas_uses_node = 0 };

struct tas {
    atomic_uint held;
};

static inline bool tas_trylock(struct tas *l, struct spin_node *me)
{
    (void)me;
    // acquire: pairs with the release in tas_unlock(). A failed exchange rewrites the 1 it found.
    return atomic_exchange_explicit(&l->held, 1, memory_order_acquire) == 0;
}

static inline void tas_lock(struct tas *l, struct spin_node *me)
{
    bool taken = tas_trylock(l, me);

    SPIN_ARRIVED(me);
    while (!taken) {
        cpu_relax();
        taken = tas_trylock(l, me);
    }
}

static inline void tas_unlock(struct tas *l, struct spin_node *me)
{
    (void)me;
    // release: pairs with the acquire in tas_trylock().
    atomic_store_explicit(&l->held, 0, memory_order_release);
}
