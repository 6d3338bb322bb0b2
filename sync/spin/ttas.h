// SPDX-License-Identifier: MIT
// sync/spin/ttas.h - test-and-test-and-set lock: waiters read until it looks free, then exchange.
//
// Invariant:  held is 1 from a successful exchange to the release store, else 0.
// Ordering:   the release store in ttas_unlock() pairs with the acquire exchange in ttas_trylock().
// Cost:       waiters share the line while it is held; each release sets off one burst of
//             exchanges, O(harts).
// Limits:     unfair, a waiter may starve.
// Reference:  Rudolph & Segall, ISCA 1984; Anderson, IEEE TPDS 1(1), 1990, "spin on read".
#pragma once

#include <stdbool.h>

#include "kernel/riscv/relax.h"
#include "sync/spin/node.h"

enum { ttas_uses_node = 0 };

struct ttas {
    atomic_uint held;
};

static inline bool ttas_trylock(struct ttas *l, struct spin_node *me)
{
    (void)me;
    // relaxed: a hint that saves an exchange; only the exchange decides.
    if (atomic_load_explicit(&l->held, memory_order_relaxed) != 0) {
        return false;
    }
    // acquire: pairs with the release in ttas_unlock().
    return atomic_exchange_explicit(&l->held, 1, memory_order_acquire) == 0;
}

static inline void ttas_lock(struct ttas *l, struct spin_node *me)
{
    bool taken = ttas_trylock(l, me);

    SPIN_ARRIVED(me);
    while (!taken) {
        cpu_relax();
        taken = ttas_trylock(l, me);
    }
}

static inline void ttas_unlock(struct ttas *l, struct spin_node *me)
{
    (void)me;
    // release: pairs with the acquire in ttas_trylock().
    atomic_store_explicit(&l->held, 0, memory_order_release);
}
