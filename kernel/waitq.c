// SPDX-License-Identifier: MIT
// kernel/waitq.c - wait queues: what is not in the path of every sleep and wake-up.
#include "kernel/waitq.h"

void waitq_init(struct waitq *wq, const char *name)
{
    spin_init(&wq->lock, name, RANK_WAITQ);
    list_init(&wq->waiters);
}

void waitq_leave(struct waitq *wq)
{
    struct thread *t = current();

    spin_lock_irqoff(&wq->lock);
    if (list_is_linked(&t->wait_node)) {
        list_remove(&t->wait_node);
    }
    spin_unlock_irqoff(&wq->lock);
}

unsigned waitq_wake(struct waitq *wq, unsigned n)
{
    unsigned woken = 0;

    while (woken < n && waitq_wake_one(wq) != NULL) {
        woken++;
    }
    return woken;
}
