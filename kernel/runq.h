// SPDX-License-Identifier: MIT
// kernel/runq.h - the topology `global`: which queue a thread waits in.
//
// One queue for threads that may run on every hart; beside it, one for each hart, where threads of
// restricted affinity wait for one hart that they allow. A hart serves the two in turn. Order is
// the policy's within each queue. One lock guards them all, and every thread's scheduling state.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/processor.h"
#include "kernel/thread.h"
#include "sched/policy.h"
#include "sync/spinlock.h"

struct runq {
    struct spinlock lock;                 // rank RANK_RUNQ; held across switch_to()
    struct sched_queue shared;            // guarded by: lock
    struct sched_queue pinned[MAX_HARTS]; // guarded by: lock
};

extern struct runq runq;
extern const struct sched_policy *sched_policy; // constant after runq_init()

// Choose the policy by name. Returns: 0; -ENOENT if there is none of that name. Context: boot.
NODISCARD int runq_init(const char *policy, uint64_t quantum_ns);

// The `i`th policy there is, NULL past the last.
const struct sched_policy *sched_policy_at(unsigned i);

// Put `t` into the queue it belongs to; take it out of it. Returns of the first: whether that
// queue was empty.
bool runq_enqueue(struct thread *t, enum sched_reason why) REQUIRES(runq.lock);
void runq_dequeue(struct thread *t) REQUIRES(runq.lock);

// Remove and return what `p` is to run next, NULL if nothing waits for it.
struct thread *runq_pick(struct processor *p) REQUIRES(runq.lock);

// Does anything wait that `p` may run? Exact with the lock held, else a hint.
static inline bool runq_waiting(const struct processor *p)
{
    return (runq.shared.waiting | runq.pinned[p->hart.cpu].waiting) != 0;
}

// How many wait that `p` may run. Context: as above.
static inline unsigned runq_waiting_count(const struct processor *p)
{
    return runq.shared.waiting + runq.pinned[p->hart.cpu].waiting;
}

// May `t` run on every hart there is? Late ones included, or it could meet one it may not run on.
static inline bool runq_unrestricted(const struct thread *t)
{
    return (~t->affinity & harts_present_mask) == 0;
}
