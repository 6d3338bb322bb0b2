// SPDX-License-Identifier: MIT
// kernel/invariants.c - what must be true of all threads and queues at every moment.
//
// - A Ready thread waits in the queue it belongs to, which a hart that it allows serves.
// - A Running thread is the current thread of the hart it says it runs on.
// - Nothing has ended the wait of a Sleeping thread.
// - The queues hold as many as are Ready: nothing is lost and nothing is in twice.
#include "kernel/invariants.h"

#include "kernel/console.h"
#include "kernel/pool.h"
#include "kernel/processor.h"
#include "kernel/runq.h"

struct census {
    unsigned ready;
    unsigned violations;
};

static const char *wrong_queue(const struct thread *t)
{
    if (!t->restricted) {
        return t->queue == &runq.shared ? NULL : "Ready, not in the shared queue";
    }
    if (t->queue != &processor_of(t->state.cpu)->pinned) {
        return "Ready, not in the queue of its hart";
    }
    return t->affinity >> t->state.cpu & 1 ? NULL : "Ready for a hart it may not run on";
}

static const char *what_is_wrong(const struct thread *t)
{
    switch (t->state.status) {
    case THREAD_READY:
        return wrong_queue(t);
    case THREAD_RUNNING:
        return processor_of(t->state.cpu)->current == t ? NULL
                                                        : "Running, but its hart runs another";
    case THREAD_SLEEPING:
        return t->switches > 0 && t->wait_result != WAIT_PENDING ? "Sleeping after its wake-up"
                                                                 : NULL;
    case THREAD_EXITED:
        return NULL;
    }
    return "in no known state";
}

static void look_at(struct thread *t, void *arg)
{
    struct census *census = arg;
    const char *wrong = what_is_wrong(t);

    census->ready += t->state.status == THREAD_READY;
    if (wrong != NULL) {
        census->violations++;
        printk("INVARIANT: thread %d %s: %s\n", t->tid, t->name, wrong);
    }
}

static unsigned waiting_locked(void) REQUIRES(runq.lock)
{
    unsigned waiting = runq.shared.waiting;

    for (unsigned cpu = 0; cpu < harts_present(); cpu++) {
        waiting += processor_of(cpu)->pinned.waiting;
    }
    return waiting;
}

unsigned invariants_check(void)
{
    struct census census = {0, 0};
    unsigned long saved = spin_lock_irqsave(&runq.lock);
    unsigned waiting = waiting_locked();

    pool_visit(look_at, &census);
    if (census.ready != waiting) {
        census.violations++;
        printk("INVARIANT: %u threads are Ready, %u wait in queues\n", census.ready, waiting);
    }
    spin_unlock_irqrestore(&runq.lock, saved);
    return census.violations;
}
