// SPDX-License-Identifier: MIT
// sync/spin/node.h - queue nodes of spin algorithms, and what a hart keeps about its spinlocks.
//
// An algorithm that needs no node ignores the argument. The kernel's own lock takes its nodes from
// the hart's pool and gives them back to it, in any order: the lock may be released by another
// thread than the one that took it, though never on another hart. All zero is a valid, empty pool
// and held list, so a hart needs no set-up before its first lock.
#pragma once

#include <stdatomic.h>
#include <stddef.h>

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

enum {
    SPIN_LINE_BYTES = 64, // one cache line: waiters must not share what they spin on
    SPIN_DEPTH = 12       // locks one hart holds or waits for at once; more than there are ranks
};

// An x_lock() says here that its place among those who want the lock has just been decided: by its
// ordering atomic, or, in a lock without a queue, by its first attempt. It is nothing, unless
// whoever includes the algorithms defined it before, to see who overtakes whom.
#ifndef SPIN_ARRIVED
#define SPIN_ARRIVED(me) ((void)(me))
#endif

struct spinlock;

// One waiter's or holder's place in a queue. Aligned so that each spins on a line of its own.
struct spin_node {
    _Alignas(SPIN_LINE_BYTES) _Atomic(struct spin_node *) next;
    atomic_uint wait; // what is spun on; its values are the algorithm's
};

// Nodes of one hart. Touched by that hart only, interrupts off; what waits inside a node is not.
struct spin_pool {
    struct spin_node *free; // given back, newest first, linked through `next`
    unsigned used;          // node[0..used) have been handed out at least once
    struct spin_node node[SPIN_DEPTH];
};

// Where a lock was taken: the start of a backtrace.
struct spin_place {
    uint64_t pc; // in the function that took it
    uint64_t fp; // that function's frame pointer
};

// The spinlocks one hart holds, oldest first, and the one it is waiting for. Written by that hart
// only, interrupts off. Panic reads it from another hart, once its owner has stopped; the watchdog
// does while it runs, and may see a list that is just changing.
struct held_locks {
    unsigned count;                          // debug builds only, else 0
    const struct spinlock *lock[SPIN_DEPTH]; // debug builds only
    const struct spinlock *_Atomic waiting;  // every build: the slow path's lock, else NULL
    uint64_t spins;                          // turns of cpu_relax() since it began to wait
};
