// SPDX-License-Identifier: MIT
// kernel/realtime.h - a thin class of real-time threads, above every policy: FIFO and RR, 1..99.
//
// A queue hands out its real-time threads, the most urgent first, before those that the policy
// orders, and one that becomes Ready preempts what is less urgent. Among equals, a thread that was
// preempted comes first, one that yields or wakes comes last, and round robin takes turns.
//
// Until the first such thread there is none of this: then the table of the policy's operations is
// replaced by one that looks for real-time threads first, and that stays.
//
// While a thread is in the class, what the policy keeps in it is in its `struct realtime_room`.
// Limits:  the class orders each queue by itself: with a queue a hart, a thread may wait while
//          another hart runs something less urgent.
#pragma once

#include "kernel/thread.h"
#include "sched/policy.h"

enum { REALTIME_PRIORITY_MAX = 99 };

#define REALTIME_SLICE_NS 100000000UL // the turn of a round-robin thread: Linux's 100 ms

// For one thread in the class. It stays until the thread has left, or nobody changes it any more.
struct realtime_room {
    unsigned char policy_area[SCHED_ENTITY_BYTES];
    uint64_t policy_event_ticks;
};

// Have every queue look for real-time threads. Context: thread, no locks.
void realtime_start(void);

// Move `t`, which waits in no queue, into the class, out of it (priority 0), or within it.
// Context: after realtime_start(); t->rq's lock held.
void realtime_change_locked(struct thread *t, struct realtime_room *room, unsigned priority,
                            bool round_robin);
