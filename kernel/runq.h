// SPDX-License-Identifier: MIT
// kernel/runq.h - the topology `global`: which queue a thread waits in.
//
// One queue for threads that may run on every hart; beside it, one in each Processor, where threads
// of restricted affinity wait for one hart that they allow. A hart serves the two in turn. Order is
// the policy's within each queue. One lock guards them all, and every thread's scheduling state.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/processor.h"
#include "kernel/thread.h"
#include "sched/policy.h"
#include "sync/spinlock.h"

struct runq {
    struct spinlock lock;      // rank RANK_RUNQ; held across switch_to()
    struct sched_queue shared; // guarded by: lock
    struct sched_policy
        policy; // no exchange left NULL; constant after runq_init(); here, beside what it works on
};

extern struct runq runq;

// Choose the policy by name. Returns: 0; -ENOENT if there is none of that name. Context: boot.
NODISCARD int runq_init(const char *policy, uint64_t quantum_ticks);

// The `i`th policy there is, NULL past the last.
const struct sched_policy *sched_policy_at(unsigned i);

// The queue of the hart that the restricted thread `t` is to wait for; sets t->queue and its cpu.
struct sched_queue *runq_choose_pinned(struct thread *t) REQUIRES(runq.lock);

// The queue that `p` is to serve, its own or the shared one, as its own has something.
struct sched_queue *runq_choose_turn(struct processor *p) REQUIRES(runq.lock);

// Tell the policy, if it wants to know, of the time that `t` has run since it was last told.
void runq_charge(struct thread *t) REQUIRES(runq.lock);

// Take `t`, which waits, out of its queue.
void runq_dequeue(struct thread *t) REQUIRES(runq.lock);

// Put `t` into the queue it belongs to.
static inline void runq_enqueue(struct thread *t, enum sched_reason why) REQUIRES(runq.lock)
{
    struct sched_queue *q = &runq.shared;

    if (unlikely(t->restricted)) {
        q = runq_choose_pinned(t);
    }
    runq.policy.enqueue(q, &t->sched, why);
    q->waiting++;
}

// runq_enqueue() of the unrestricted thread `t`, and runq_pick() of the next in the shared
// queue, which may be `t` itself, in one: the number that waits stays.
static inline struct thread *runq_exchange(struct thread *t, enum sched_reason why)
    REQUIRES(runq.lock)
{
    return container_of(runq.policy.exchange(&runq.shared, &t->sched, why), struct thread, sched);
}

// Remove and return what `p` is to run next, NULL if nothing waits for it.
static inline struct thread *runq_pick(struct processor *p) REQUIRES(runq.lock)
{
    struct sched_queue *q = &runq.shared;

    if (unlikely(p->pinned.waiting != 0)) {
        q = runq_choose_turn(p);
    }
    if (q->waiting == 0) {
        return NULL;
    }
    q->waiting--;
    return container_of(runq.policy.pick(q), struct thread, sched);
}

// How many wait that `p` may run. Exact with the lock held, else a hint; so is the next.
static inline unsigned runq_waiting_count(const struct processor *p)
{
    return runq.shared.waiting + p->pinned.waiting;
}

// Does anything wait that `p` may run?
static inline bool runq_waiting(const struct processor *p)
{
    return (runq.shared.waiting | p->pinned.waiting) != 0;
}
