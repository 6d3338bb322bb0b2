// SPDX-License-Identifier: MIT
// kernel/balance.c - taking over threads that wait for another hart.
//
// The two queues are never locked at once. Under the lock of the one, threads leave it and are
// Moving, which nobody else may end; then each enters the other as if it had just become Ready.
#include "kernel/balance.h"

#include "kernel/base/bits.h"
#include "kernel/dispatch.h"
#include "kernel/processor.h"
#include "kernel/runq.h"
#include "kernel/topology.h"

enum { TAKE_MAX = 16 }; // bounds the time with interrupts off
#define BALANCE_NS UINT64_C(4000000)

// How many of those that wait in the queue of `victim` may run on `p`. A hint without the lock: too
// low for a moment whenever one count has been changed and the other has not yet, as in each switch
// between restricted threads.
static NOINLINE unsigned takeable(const struct processor *p, const struct processor *victim)
{
    unsigned all = victim->own.queue.waiting;
    unsigned restricted = victim->restricted_waiting;

    if (victim->restricted_allowed & bit(p->hart.cpu)) {
        return all;
    }
    return all > restricted ? all - restricted : 0;
}

// Does anything wait for `victim` that may run on `p`? Exact, for who would sleep otherwise.
static bool has_takeable(const struct processor *p, struct processor *victim)
{
    if (victim->own.queue.waiting == 0) {
        return false;
    }
    spin_lock_irqoff(&victim->rq->lock);
    bool has = takeable(p, victim) != 0;
    spin_unlock_irqoff(&victim->rq->lock);
    return has;
}

// The hart in `harts` with the most that `p` may take; NULL if none has any.
static struct processor *longest(const struct processor *p, uint64_t harts)
{
    struct processor *best = NULL;
    unsigned most = 0;

    for (; harts != 0; harts &= harts - 1) {
        struct processor *victim = processor_of(bit_lowest(harts));
        unsigned count = takeable(p, victim);

        if (count > most) {
            most = count;
            best = victim;
        }
    }
    return best;
}

// Any hart in `harts` with something that `p` may take; NULL if none has any.
static struct processor *any(struct processor *p, uint64_t harts)
{
    struct processor *chosen = NULL;
    unsigned found = 0;

    for (; harts != 0; harts &= harts - 1) {
        struct processor *victim = processor_of(bit_lowest(harts));

        if (takeable(p, victim) > 0 && random_below(&p->random, ++found) == 0) {
            chosen = victim;
        }
    }
    return chosen;
}

// The first at or after `e` in `q` that may run on `p`; NULL if there is none.
static struct sched_entity *first_allowed(const struct processor *p, struct sched_queue *q,
                                          struct sched_entity *e)
{
    while (e != NULL && !(container_of(e, struct thread, sched)->affinity & bit(p->hart.cpu))) {
        e = runq_policy.next(q, e);
    }
    return e;
}

// Take up to `n` threads, at most TAKE_MAX, out of the queue of `victim`, to belong to `p`'s.
// Returns: how many.
static unsigned take(struct processor *p, struct processor *victim, unsigned n,
                     struct thread *taken[])
{
    struct sched_queue *q = &victim->own.queue;
    unsigned count = 0;

    spin_lock_irqoff(&victim->rq->lock);
    struct sched_entity *e = first_allowed(p, q, runq_policy.next(q, NULL));
    while (e != NULL && count < n) {
        struct thread *t = container_of(e, struct thread, sched);

        e = first_allowed(p, q, runq_policy.next(q, e));
        runq_dequeue(t);
        dispatch_move_locked(t, p);
        taken[count++] = t;
    }
    spin_unlock_irqoff(&victim->rq->lock);
    return count;
}

// Bring up to `n` threads over from `victim`. Returns: whether there were any.
static bool bring(struct processor *p, struct processor *victim, unsigned n)
{
    struct thread *taken[TAKE_MAX];
    unsigned count = take(p, victim, n < TAKE_MAX ? n : TAKE_MAX, taken);

    for (unsigned i = 0; i < count; i++) {
        dispatch_arrive(taken[i], SCHED_MIGRATED);
    }
    return count != 0;
}

// How many to take where `waiting` may be: at least one, since there were some.
static unsigned share_of(unsigned waiting)
{
    return topology.take_half && waiting > 1 ? (waiting + 1) / 2 : 1;
}

// Bring over one from any hart in `harts`, which seemed to have none. Returns: as bring().
static bool bring_overlooked(struct processor *p, uint64_t harts)
{
    for (; harts != 0; harts &= harts - 1) {
        struct processor *victim = processor_of(bit_lowest(harts));

        if (has_takeable(p, victim) && bring(p, victim, 1)) {
            return true;
        }
    }
    return false;
}

bool balance_idle(struct processor *p)
{
    uint64_t untried = harts_online_mask() & ~bit(p->hart.cpu);
    struct processor *victim;

    while ((victim = topology.random_victim ? any(p, untried) : longest(p, untried)) != NULL) {
        if (bring(p, victim, share_of(takeable(p, victim)))) {
            return true;
        }
        untried &= ~bit(victim->hart.cpu);
    }
    return bring_overlooked(p, untried);
}

// A busy hart looks: take half of what the longest queue has more.
static void even_out(struct processor *p)
{
    struct processor *victim = longest(p, harts_online_mask() & ~bit(p->hart.cpu));
    unsigned theirs = victim != NULL ? takeable(p, victim) : 0; // once: it may change
    unsigned mine = p->own.queue.waiting;

    if (theirs >= mine + 2) {
        (void)bring(p, victim, (theirs - mine) / 2);
    }
}

// The timer of a hart: on while it is busy.
static void balance_expired(struct timer *timer)
{
    struct processor *p = this_processor();

    timer->queue = NULL;
    if (p->current != p->idle) {
        even_out(p);
    }
}

void balance_start(struct processor *p)
{
    if (topology.queues == QUEUES_PERHART && p->balance.queue == NULL) {
        p->balance.expired = balance_expired;
        timer_start(&p->balance, deadline_after_ns(BALANCE_NS));
    }
}
