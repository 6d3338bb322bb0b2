// SPDX-License-Identifier: MIT
// kernel/runq_check.h - does the policy have in its queues what it was given? Test and debug
// builds.
//
// A policy that loses a thread, gives one out twice or leaves one where it no longer belongs makes
// the kernel panic, at the latest when a hart finds nothing to run in a queue where something
// waits.
#pragma once

#include "kernel/thread.h"
#include "sched/policy.h"

// Walk `q`, and compare it with the number that waits. Every so many calls, so that the cost of
// each stays the same however many wait. Context: the lock of `q` held.
void runq_check_sometimes(struct sched_queue *q);

// The same at once: O(waiting).
void runq_check_all(struct sched_queue *q);

// The policy has picked `t` from `q`: did it wait there, and has left? Context: as above; the state
// of `t` is what it was.
void runq_check_taken(struct sched_queue *q, const struct thread *t);

// What a walk found.
struct runq_walk {
    unsigned threads;
    uint64_t sum; // of runq_walk_mark(): says which, whatever the order
};

// A number for `t` that, summed, tells one set of threads from another.
static inline uint64_t runq_walk_mark(const struct thread *t)
{
    return (uint64_t)t * (uint64_t)t;
}

// Add to `walk` the threads that the policy has in `q`, and stop soon past the number that waits.
// Context: the lock of `q` held. Cost: O(waiting).
void runq_walk(struct sched_queue *q, struct runq_walk *walk);
