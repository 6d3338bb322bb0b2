// SPDX-License-Identifier: MIT
// kernel/runq.h - the run queues: where a Ready thread waits, in the order that the policy gives.
//
// processor.rq is the run queue that a hart serves: its own, or with `global` the one that all
// share. thread.rq is the one that a thread belongs to; its lock guards all scheduling state of the
// thread. It changes only while the thread is Moving, by whoever made it so, and with the lock of
// the queue that it leaves.
//
// A thread is restricted if its affinity leaves out a hart that is present. Restricted threads wait
// in the own queue of a hart that they allow, also with `global`, where that queue's lock is the
// shared one's: such a hart serves two queues.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/processor.h"
#include "kernel/runq_check.h"
#include "kernel/runq_type.h"
#include "kernel/thread.h"
#include "kernel/topology.h"

extern struct runq runq_shared;         // of every hart with `global`; else unused
extern struct sched_policy runq_policy; // no exchange left NULL; constant after runq_init()

// Choose the policy by name, and prepare every queue there is; the topology has been chosen.
// Returns: 0; -ENOENT if there is no policy of that name. Context: boot.
NODISCARD int runq_init(const char *policy, uint64_t quantum_ticks);

// The `i`th policy there is, NULL past the last.
const struct sched_policy *sched_policy_at(unsigned i);

// Is there a hart that a thread of this affinity may not run on?
static inline bool runq_restricts(uint64_t affinity)
{
    return (harts_present_mask & ~affinity) != 0;
}

// Let `t`, which nobody else knows yet, belong to `rq`.
static inline void runq_adopt(struct runq *rq, struct thread *t)
{
    atomic_init(&t->rq, rq);
    t->queue = &rq->queue;
    t->placed = topology.queues != QUEUES_GLOBAL || runq_restricts(t->affinity);
}

// The queue that the restricted thread `t` is to wait in, that of the hart t->state.cpu; counts it.
struct sched_queue *runq_enter_restricted(struct thread *t);

// runq_pick() where a restricted thread waits for `p`.
struct thread *runq_pick_restricted(struct processor *p);

// Tell the policy, if it wants to know, of the time that `t` has run since it was last told.
// Context: t->rq's lock held.
void runq_charge(struct thread *t);

// Take `t`, which waits, out of its queue. Context: t->rq's lock held.
void runq_dequeue(struct thread *t);

// Does the policy want `t`, which runs on `p`, to give way to something that waits for `p`?
// Context: p->rq's lock held; `t` charged.
bool runq_should_preempt(struct processor *p, struct thread *t);

// Lock the run queue that `t` belongs to, and return it. Context: interrupts off.
static ALWAYS_INLINE struct runq *runq_lock_of(struct thread *t) NO_TSA
{
    for (;;) {
        // relaxed: whoever changes it holds the lock of the queue that it leaves, so a value that
        // is still there with that lock held stays. acquire: the thread may have left and come
        // back, and then pairs with the release in dispatch_move_locked(), under another lock than
        // this one.
        struct runq *rq = atomic_load_explicit(&t->rq, memory_order_relaxed);

        spin_lock_irqoff(&rq->lock);
        if (likely(rq == atomic_load_explicit(&t->rq, memory_order_acquire))) {
            return rq;
        }
        spin_unlock_irqoff(&rq->lock);
    }
}

// Put `t`, which belongs to `rq`, into its queue; a restricted one into that of hart t->state.cpu.
static inline void runq_enqueue(struct runq *rq, struct thread *t, enum sched_reason why)
    REQUIRES(rq->lock)
{
    struct sched_queue *q = &rq->queue;

    if (unlikely(t->restricted)) {
        q = runq_enter_restricted(t);
    }
    runq_policy.enqueue(q, &t->sched, why);
    q->waiting++;
}

// runq_enqueue() of the unrestricted thread `t`, and runq_pick() of the next in the same queue,
// which may be `t` itself, in one: the number that waits stays.
static inline struct thread *runq_exchange(struct runq *rq, struct thread *t, enum sched_reason why)
    REQUIRES(rq->lock)
{
    if (CONFIG_TEST) {
        runq_check_sometimes(&rq->queue);
    }
    struct thread *next =
        container_of(runq_policy.exchange(&rq->queue, &t->sched, why), struct thread, sched);

    if (CONFIG_TEST && next != t) {
        runq_check_taken(&rq->queue, next);
    }
    return next;
}

// Remove and return the next in `q`, where something waits. Context: its lock held.
static inline struct thread *runq_take(struct sched_queue *q)
{
    if (CONFIG_TEST) {
        runq_check_sometimes(q);
    }
    q->waiting--;
    struct thread *t = container_of(runq_policy.pick(q), struct thread, sched);

    if (CONFIG_TEST) {
        runq_check_taken(q, t);
    }
    return t;
}

// Remove and return what `p` is to run next, NULL if nothing waits for it.
// Context: p->rq's lock held.
static inline struct thread *runq_pick(struct processor *p)
{
    struct sched_queue *q = &p->rq->queue;

    if (unlikely(p->restricted_waiting != 0)) {
        return runq_pick_restricted(p);
    }
    return q->waiting != 0 ? runq_take(q) : NULL;
}

// How many wait that `p` is to run. Exact with p->rq's lock held, else a hint; so is the next.
static inline unsigned runq_waiting_count(const struct processor *p)
{
    unsigned shared = p->rq->queue.waiting;

    return p->rq == &p->own ? shared : shared + p->restricted_waiting;
}

// Does anything wait that `p` is to run?
static inline bool runq_waiting(const struct processor *p)
{
    return (p->rq->queue.waiting | p->restricted_waiting) != 0;
}
