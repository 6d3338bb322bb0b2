// SPDX-License-Identifier: MIT
// kernel/waitq.c - wait queues.
#include "kernel/waitq.h"

#include "kernel/abi/errno.h"
#include "kernel/dispatch.h"
#include "kernel/processor.h"
#include "kernel/thread.h"

void waitq_init(struct waitq *wq, const char *name)
{
    spin_init(&wq->lock, name, RANK_WAITQ);
    list_init(&wq->waiters);
}

// The wait ended without a waker: leave the queue, if a late waker has not unlinked us already.
static void leave(struct waitq *wq, struct thread *t)
{
    spin_lock_irqoff(&wq->lock);
    if (list_is_linked(&t->wait_node)) {
        list_remove(&t->wait_node);
    }
    spin_unlock_irqoff(&wq->lock);
}

void waitq_enter(struct waitq *wq)
{
    spin_assert_held(&wq->lock);
    list_push_back(&wq->waiters, &current()->wait_node);
    dispatch_prepare_wait(current());
}

int waitq_sleep_entered(struct waitq *wq, enum wait_mode mode, uint64_t deadline_ticks)
{
    int result = dispatch_wait(current(), mode, deadline_ticks);

    if (result != 0) {
        leave(wq, current());
    }
    return result;
}

int waitq_sleep(struct waitq *wq, enum wait_mode mode, uint64_t deadline_ticks)
{
    waitq_enter(wq);
    spin_unlock_irqoff(&wq->lock);
    return waitq_sleep_entered(wq, mode, deadline_ticks);
}

struct thread *waitq_wake_one(struct waitq *wq)
{
    struct list *node;

    spin_assert_held(&wq->lock);
    while ((node = list_pop_front(&wq->waiters)) != NULL) {
        struct thread *t = list_entry(node, struct thread, wait_node);

        if (thread_wake(t, 0)) {
            return t;
        }
    }
    return NULL;
}

unsigned waitq_wake(struct waitq *wq, unsigned n)
{
    unsigned woken = 0;

    while (woken < n && waitq_wake_one(wq) != NULL) {
        woken++;
    }
    return woken;
}
