// SPDX-License-Identifier: MIT
// kernel/invariants.c - what must be true of all threads and queues at every moment.
//
// - A Ready thread waits in the queue it belongs to, which a hart that it allows serves.
// - A Running thread is the current thread of the hart it says it runs on.
// - Nothing has ended the wait of a Sleeping thread.
// - The queues hold as many as are Ready, and the policy has just these: nothing is lost and
//   nothing is in twice.
#include "kernel/invariants.h"

#include "kernel/base/bits.h"
#include "kernel/console.h"
#include "kernel/pool.h"
#include "kernel/processor.h"
#include "kernel/runq.h"

struct census {
    const struct runq *rq; // of the threads that are counted
    struct runq_walk ready;
    unsigned violations;
};

static bool belongs_to(const struct thread *t, const struct runq *rq)
{
    // relaxed: if it is this one, its lock is held, and so it stays.
    return atomic_load_explicit(&t->rq, memory_order_relaxed) == rq;
}

static const char *wrong_queue(const struct thread *t)
{
    const struct processor *p = processor_of(t->state.cpu);

    if (t->restricted != runq_restricts(t->affinity)) {
        return "Ready, and it is not known whether every hart may run it";
    }
    if (t->restricted && !(t->affinity & bit(p->hart.cpu))) {
        return "Ready for a hart it may not run on";
    }
    const struct runq *rq = t->restricted ? &p->own : p->rq;
    return t->queue == &rq->queue ? NULL : "Ready, not in the queue it belongs to";
}

static const char *wrong_hart(const struct thread *t, const struct processor *p)
{
    if (!belongs_to(t, p->rq)) {
        return "Running on a hart that serves another queue than its own";
    }
    return p->current == t ? NULL : "Running, but its hart runs another";
}

static const char *what_is_wrong(const struct thread *t)
{
    switch (t->state.status) {
    case THREAD_READY:
        return wrong_queue(t);
    case THREAD_RUNNING:
        return wrong_hart(t, processor_of(t->state.cpu));
    case THREAD_SLEEPING:
        return t->switches > 0 && t->wait_result != WAIT_PENDING ? "Sleeping after its wake-up"
                                                                 : NULL;
    case THREAD_MOVING:
    case THREAD_EXITED:
        return NULL;
    }
    return "in no known state";
}

static void look_at(struct thread *t, void *arg)
{
    struct census *census = arg;

    if (!belongs_to(t, census->rq)) {
        return;
    }
    const char *wrong = what_is_wrong(t);
    if (t->state.status == THREAD_READY) {
        census->ready.threads++;
        census->ready.sum += runq_walk_mark(t);
    }
    if (wrong != NULL) {
        census->violations++;
        printk("INVARIANT: thread %d %s: %s\n", t->tid, t->name, wrong);
    }
}

// How many wait in the queues that `rq`'s lock guards.
static unsigned waiting_locked(const struct runq *rq)
{
    unsigned waiting = rq == &runq_shared ? rq->queue.waiting : 0;

    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        const struct processor *p = processor_of(cpu);

        waiting += p->rq == rq ? p->own.queue.waiting : 0;
    }
    return waiting;
}

// What the policy has in the queues that `rq`'s lock guards.
static struct runq_walk walk_locked(struct runq *rq)
{
    struct runq_walk walk = {0, 0};

    if (rq == &runq_shared) {
        runq_walk(&rq->queue, &walk);
    }
    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        struct processor *p = processor_of(cpu);

        if (p->rq == rq) {
            runq_walk(&p->own.queue, &walk);
        }
    }
    return walk;
}

// Does the policy have every Ready thread, each once, and no other?
static void check_policy_locked(struct census *census, struct runq *rq)
{
    struct runq_walk walk = walk_locked(rq);

    if (walk.threads != census->ready.threads || walk.sum != census->ready.sum) {
        census->violations++;
        printk("INVARIANT: %u threads are Ready, the policy has %u%s\n", census->ready.threads,
               walk.threads, walk.threads == census->ready.threads ? " others" : "");
    }
}

static unsigned check_queue(struct runq *rq)
{
    struct census census = {.rq = rq};
    unsigned long saved = spin_lock_irqsave(&rq->lock);
    unsigned waiting = waiting_locked(rq);

    pool_visit(look_at, &census);
    if (census.ready.threads != waiting) {
        census.violations++;
        printk("INVARIANT: %u threads are Ready, %u wait in queues\n", census.ready.threads,
               waiting);
    }
    check_policy_locked(&census, rq);
    spin_unlock_irqrestore(&rq->lock, saved);
    return census.violations;
}

unsigned invariants_check(void)
{
    unsigned violations = check_queue(&runq_shared);

    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        if (processor_of(cpu)->rq == &processor_of(cpu)->own) {
            violations += check_queue(&processor_of(cpu)->own);
        }
    }
    return violations;
}
