// SPDX-License-Identifier: MIT
// sync/spin/clh.h - CLH queue lock: FIFO; each waiter spins on its predecessor's line.
//
// Invariant:  tail is NULL iff the lock is free, else the last node of the queue, which is linked
//             only in the heads of its waiters. A node is watched by at most one other, and by none
//             once unlock has returned.
//
//   arriving hart                              holder, releasing
//   A1 me->wait = HELD                         R1 compare-exchange-release tail, me -> NULL
//   A2 prev = exchange(tail, me), acq_rel      R2 failed: store-release me->wait = GRANTED
//   A3 spin on prev->wait; load-acquire        R3 spin on me->wait; load-acquire
//   A4 store-release prev->wait = LEFT
//
// The lock as published leaves the releaser's node in the queue, and the releaser goes away with
// its predecessor's. Here a node belongs to one hart's pool, and a free lock to nobody: it may be
// on a stack, and cease to be. So the successor says that it has looked (A4), and the releaser
// keeps its node. Nor does a free lock name a node, so that trylock never looks into one that has
// gone.
//
// Ordering:   A2 acquire - R1: a free lock's last critical section is seen.
//             A3 - R2: the same, handed over directly.
//             A2 release - the next arrival's A2 acquire: its A3 comes after our A1.
//             A4 - R3: the node is its owner's alone again.
// Cost:       two lines move per handoff, however many wait; nothing is linked.
// Limits:     needs a node per lock held; unlock waits for the successor to look.
// Reference:  Magnusson, Landin & Hagersten, IPPS 1994; Craig, TR 93-02-02, 1993.
#pragma once

#include <stdbool.h>

#include "kernel/riscv/relax.h"
#include "sync/spin/node.h"

enum { clh_uses_node = 1 };

enum { CLH_LEFT, CLH_HELD, CLH_GRANTED }; // spin_node.wait

struct clh {
    _Atomic(struct spin_node *) tail;
};

// Wait until `node` says something other than `now`, and see what came before that.
static inline void clh_await_change(struct spin_node *node, unsigned now)
{
    // relaxed: spin without a fence per iteration.
    while (atomic_load_explicit(&node->wait, memory_order_relaxed) == now) {
        cpu_relax();
    }
    // acquire: pairs with R2 as A3, and with A4 as R3.
    (void)atomic_load_explicit(&node->wait, memory_order_acquire);
}

static inline void clh_lock(struct clh *l, struct spin_node *me)
{
    // relaxed: the exchange publishes it (A1).
    atomic_store_explicit(&me->wait, CLH_HELD, memory_order_relaxed);

    // acq_rel: pairs with R1 and with the exchanges before and after it (A2).
    struct spin_node *prev = atomic_exchange_explicit(&l->tail, me, memory_order_acq_rel);

    SPIN_ARRIVED(me);
    if (prev != NULL) {
        clh_await_change(prev, CLH_HELD);
        // release: pairs with R3 (A4).
        atomic_store_explicit(&prev->wait, CLH_LEFT, memory_order_release);
    }
}

static inline bool clh_trylock(struct clh *l, struct spin_node *me)
{
    struct spin_node *free = NULL;

    // relaxed: a hint that saves the exchange, which alone decides.
    if (atomic_load_explicit(&l->tail, memory_order_relaxed) != NULL) {
        return false;
    }
    // relaxed: published by the exchange.
    atomic_store_explicit(&me->wait, CLH_HELD, memory_order_relaxed);
    // acq_rel: as A2. relaxed: failure takes nothing.
    return atomic_compare_exchange_strong_explicit(&l->tail, &free, me, memory_order_acq_rel,
                                                   memory_order_relaxed);
}

static inline void clh_unlock(struct clh *l, struct spin_node *me)
{
    struct spin_node *last = me;

    // release: pairs with A2 (R1). relaxed: failure means that there is a successor.
    if (atomic_compare_exchange_strong_explicit(&l->tail, &last, NULL, memory_order_release,
                                                memory_order_relaxed)) {
        return;
    }
    // release: pairs with A3 (R2).
    atomic_store_explicit(&me->wait, CLH_GRANTED, memory_order_release);
    clh_await_change(me, CLH_GRANTED);
}
