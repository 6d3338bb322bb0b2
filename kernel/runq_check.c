// SPDX-License-Identifier: MIT
// kernel/runq_check.c - does the policy have in its queues what it was given?
#include "kernel/runq_check.h"

#include <stdatomic.h>

#include "kernel/base/panic.h"
#include "kernel/runq.h"

enum { CALLS_MIN = 64 };

void runq_walk(struct sched_queue *q, struct runq_walk *walk)
{
    struct sched_entity *e = NULL;
    unsigned found = 0;

    while (found <= q->waiting && (e = runq_policy.next(q, e)) != NULL) {
        walk->sum += runq_walk_mark(container_of(e, struct thread, sched));
        found++;
    }
    walk->threads += found;
}

// The running thread may have been enqueued to give way, and is Ready only once it is off its
// stack.
static const char *what_is_wrong(const struct sched_queue *q, const struct thread *t)
{
    if (t->state.status != THREAD_READY && t != current()) {
        return "does not wait";
    }
    return t->queue == q ? NULL : "waits in another queue";
}

void runq_check_all(struct sched_queue *q)
{
    struct sched_entity *e = NULL;
    unsigned found = 0;

    while (found <= q->waiting && (e = runq_policy.next(q, e)) != NULL) {
        const struct thread *t = container_of(e, struct thread, sched);
        const char *wrong = what_is_wrong(q, t);

        if (wrong != NULL) {
            panic("policy %s has thread %d in a queue, which %s", runq_policy.name, t->tid, wrong);
        }
        found++;
    }
    if (found != q->waiting) {
        panic("policy %s has %u threads in a queue where %u wait", runq_policy.name, found,
              q->waiting);
    }
}

void runq_check_sometimes(struct sched_queue *q)
{
    static atomic_uint calls_left; // relaxed: harts that meet only move the next walk
    unsigned left = atomic_load_explicit(&calls_left, memory_order_relaxed);

    if (left == 0 || runq_policy.next(q, NULL) == NULL) {
        left = CALLS_MIN + q->waiting;
        runq_check_all(q);
    }
    atomic_store_explicit(&calls_left, left - 1, memory_order_relaxed);
}

void runq_check_taken(struct sched_queue *q, const struct thread *t)
{
    if (t == NULL) {
        panic("policy %s picked no thread where some wait", runq_policy.name);
    }
    const char *wrong = what_is_wrong(q, t);

    if (wrong != NULL) {
        panic("policy %s picked thread %d, which %s", runq_policy.name, t->tid, wrong);
    }
    if (runq_policy.next(q, NULL) == &t->sched) {
        panic("policy %s picked thread %d, and has it still", runq_policy.name, t->tid);
    }
}
