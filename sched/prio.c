// SPDX-License-Identifier: MIT
// sched/prio.c - fixed priorities: the best that waits runs, in turn with its equals.
//
// Priorities 1..32, 16 by default, more is better; they change only when someone changes them.
//
// Invariant:  nobody is picked while a better one waits in the same queue.
// Cost:       every operation is O(1).
// Limits:     threads that always want to run starve all below them, and waiting for one of those
//             by yielding never ends: this is what the policy is for. No priority inheritance.
#include "sched/levels.h"
#include "sched/policy.h"
#include "sched/slice.h"

struct prio_queue {
    struct levels levels;
    uint64_t quantum_ticks;
};

_Static_assert(sizeof(struct prio_queue) <= SCHED_QUEUE_BYTES, "fits in a queue");
_Static_assert(sizeof(struct list) <= SCHED_ENTITY_BYTES, "fits in a thread");

static struct prio_queue *prio_queue(struct sched_queue *q)
{
    return (struct prio_queue *)(void *)q->area;
}

static void prio_init(struct sched_queue *q, uint64_t quantum_ticks)
{
    levels_init(&prio_queue(q)->levels);
    prio_queue(q)->quantum_ticks = quantum_ticks;
}

// Who was preempted by a better one goes on before its equals, with what is left of its slice.
static void prio_enqueue(struct sched_queue *q, struct sched_entity *e, enum sched_reason why)
{
    struct prio_queue *pq = prio_queue(q);

    if (unlikely(why == SCHED_PREEMPTED) && levels_has_better(&pq->levels, e) &&
        !slice_is_over(e)) {
        levels_push_front(&pq->levels, e);
    } else {
        slice_refill(e, pq->quantum_ticks);
        levels_push_back(&pq->levels, e);
    }
}

static void prio_dequeue(struct sched_queue *q, struct sched_entity *e)
{
    levels_remove(&prio_queue(q)->levels, e);
}

static struct sched_entity *prio_pick(struct sched_queue *q)
{
    return levels_take(&prio_queue(q)->levels, LEVELS_DEFAULT);
}

static struct sched_entity *prio_next(struct sched_queue *q, struct sched_entity *e)
{
    return levels_next(&prio_queue(q)->levels, e);
}

static struct sched_entity *prio_exchange(struct sched_queue *q, struct sched_entity *e,
                                          enum sched_reason why)
{
    prio_enqueue(q, e, why);
    return levels_take(&prio_queue(q)->levels, levels_of(e));
}

static bool prio_should_preempt(struct sched_queue *q, struct sched_entity *running)
{
    return slice_is_over(running) || levels_has_better(&prio_queue(q)->levels, running);
}

static bool prio_preempts(const struct sched_entity *waking, const struct sched_entity *running)
{
    return waking->params.priority > running->params.priority;
}

static int prio_set_params(struct sched_queue *q, struct sched_entity *e,
                           struct sched_params params, bool waits)
{
    return levels_set_params(&prio_queue(q)->levels, e, params, waits);
}

static const struct sched_policy prio_policy = {
    .name = "prio",
    .init = prio_init,
    .enqueue = prio_enqueue,
    .dequeue = prio_dequeue,
    .pick = prio_pick,
    .next = prio_next,
    .exchange = prio_exchange,
    .should_preempt = prio_should_preempt,
    .preempts = prio_preempts,
    .set_params = prio_set_params,
};
SCHED_POLICY(prio_policy);
