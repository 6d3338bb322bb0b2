// SPDX-License-Identifier: MIT
// sync/spin/pool.h - hands out the queue nodes of one hart; given back in any order.
//
// Invariant:  every node is free (on the list), in use, or never yet handed out (index >= used).
// Cost:       get and put are a handful of instructions; no atomics, the pool is one hart's.
#pragma once

#include "kernel/base/panic.h"
#include "sync/spin/node.h"

// The first time a node is needed at this depth. Out of line: the fast path finds one on the list.
static NOINLINE struct spin_node *spin_pool_grow(struct spin_pool *pool)
{
    assert(pool->used < SPIN_DEPTH);
    return &pool->node[pool->used++];
}

// A node for one acquisition. Context: interrupts off, on the pool's hart.
static inline struct spin_node *spin_pool_get(struct spin_pool *pool)
{
    struct spin_node *node = pool->free;

    if (unlikely(node == NULL)) {
        return spin_pool_grow(pool);
    }
    // relaxed: on the free list `next` is this hart's alone.
    pool->free = atomic_load_explicit(&node->next, memory_order_relaxed);
    return node;
}

// Give `node` back. Context: as spin_pool_get(); nobody waits in it or writes to it any more.
static inline void spin_pool_put(struct spin_pool *pool, struct spin_node *node)
{
    // relaxed: as above.
    atomic_store_explicit(&node->next, pool->free, memory_order_relaxed);
    pool->free = node;
}
