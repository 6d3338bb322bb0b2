// SPDX-License-Identifier: MIT
// sync/bench/lock_order.h - when each acquisition of a lock arrived, owned and left; and in whose
// turn.
//
// A log has one entry an acquisition, in the order in which they owned the lock. Entries whose
// `who` is 0 are skipped: there are some where a lock that does not exclude made two owners count
// the same number.
#pragma once

#include "kernel/base/types.h"
#include "sync/spin/node.h"

// One acquisition. On a line of its own, so that writing it moves no line of another hart's.
struct lock_stamp {
    _Alignas(SPIN_LINE_BYTES) uint64_t begun; // cycles, just before it asked for the lock
    uint64_t owned;                           // cycles, just after it had the lock
    uint64_t left;                            // cycles, just before it gave the lock back
    uint64_t arrived;                         // its place among all arrivals: SPIN_ARRIVED()
    unsigned who;                             // from 1
};

// How many acquisitions came before one that had arrived earlier.
size_t lock_order_violations(const struct lock_stamp log[], size_t count);

// The most acquisitions in a row by one and the same hart.
size_t lock_order_longest_run(const struct lock_stamp log[], size_t count);
