// SPDX-License-Identifier: MIT
// sched/o1.c - epochs: everybody runs for one slice, the better first, then all begin anew.
//
// Priorities 1..32, 16 by default, more is better: a slice is priority/16 of a quantum, so that who
// always wants to run gets time in proportion to its priority. Who has something left of a slice,
// because it slept or was preempted, waits in the active set and runs in this epoch; who has used
// it up, yields, or is new waits in the expired set for the next. When the active set is empty the
// two change places.
//
// Invariant:  nobody runs for more than one slice in an epoch: so who waits in the expired set
// waits
//             at most for the slices of those in the active one, whoever comes meanwhile.
// Cost:       every operation is O(1).
// Limits:     a newcomer waits for the rest of the epoch. A new priority orders the waiting at
// once,
//             but changes the slice only when it is next filled.
// Reference:  the scheduler of Linux 2.6.0 to 2.6.22; Love, Linux Kernel Development, 2nd edition,
//             chapter 4.
#include "sched/levels.h"
#include "sched/policy.h"
#include "sched/slice.h"

struct o1_queue {
    struct levels *active; // one of `sets`; expired is the other
    struct levels *expired;
    uint64_t quantum_ticks;
    struct levels sets[2];
};

struct o1_entity {
    struct list node;
    struct levels *set; // that it waits in
};

_Static_assert(sizeof(struct o1_queue) <= SCHED_QUEUE_BYTES, "fits in a queue");
_Static_assert(sizeof(struct o1_entity) <= SCHED_ENTITY_BYTES, "fits in a thread");

static struct o1_queue *o1_queue(struct sched_queue *q)
{
    return (struct o1_queue *)(void *)q->area;
}

static struct o1_entity *o1_entity(struct sched_entity *e)
{
    return (struct o1_entity *)(void *)e->area;
}

static void o1_init(struct sched_queue *q, uint64_t quantum_ticks)
{
    struct o1_queue *oq = o1_queue(q);

    levels_init(&oq->sets[0]);
    levels_init(&oq->sets[1]);
    oq->active = &oq->sets[0];
    oq->expired = &oq->sets[1];
    oq->quantum_ticks = quantum_ticks;
}

// Rounded up, so that there is always something to run for.
static uint64_t slice_ticks(const struct o1_queue *oq, const struct sched_entity *e)
{
    return (oq->quantum_ticks * (uint64_t)e->params.priority + SCHED_PRIORITY_DEFAULT - 1) /
           SCHED_PRIORITY_DEFAULT;
}

static void o1_enqueue(struct sched_queue *q, struct sched_entity *e, enum sched_reason why)
{
    struct o1_queue *oq = o1_queue(q);
    struct levels *set = oq->expired;

    if (unlikely(slice_is_over(e))) {
        e->event_ticks = e->ran_ticks + slice_ticks(oq, e);
    } else if (why != SCHED_YIELDED) {
        set = oq->active;
    }
    o1_entity(e)->set = set;
    levels_push_back(set, e);
}

// Who waits for the next epoch, and comes back, still does.
static void o1_dequeue(struct sched_queue *q, struct sched_entity *e)
{
    levels_remove(o1_entity(e)->set, e);
    if (o1_entity(e)->set == o1_queue(q)->expired) {
        e->event_ticks = e->ran_ticks;
    }
}

// The active set, a new one if need be. Something waits.
static struct levels *epoch(struct o1_queue *oq)
{
    if (oq->active->waiting == 0) {
        struct levels *empty = oq->active;

        oq->active = oq->expired;
        oq->expired = empty;
    }
    return oq->active;
}

static struct sched_entity *o1_pick(struct sched_queue *q)
{
    return levels_take(epoch(o1_queue(q)), LEVELS_DEFAULT);
}

static struct sched_entity *o1_next(struct sched_queue *q, struct sched_entity *e)
{
    struct o1_queue *oq = o1_queue(q);
    struct levels *set = e == NULL ? oq->active : o1_entity(e)->set;
    struct sched_entity *next = levels_next(set, e);

    return next == NULL && set == oq->active ? levels_next(oq->expired, NULL) : next;
}

static struct sched_entity *o1_exchange(struct sched_queue *q, struct sched_entity *e,
                                        enum sched_reason why)
{
    o1_enqueue(q, e, why);
    return levels_take(epoch(o1_queue(q)), levels_of(e));
}

static bool o1_should_preempt(struct sched_queue *q, struct sched_entity *running)
{
    (void)q;
    return slice_is_over(running);
}

static int o1_set_params(struct sched_queue *q, struct sched_entity *e, struct sched_params params,
                         bool waits)
{
    (void)q;
    return levels_set_params(o1_entity(e)->set, e, params, waits);
}

static const struct sched_policy o1_policy = {
    .name = "o1",
    .init = o1_init,
    .enqueue = o1_enqueue,
    .dequeue = o1_dequeue,
    .pick = o1_pick,
    .next = o1_next,
    .exchange = o1_exchange,
    .should_preempt = o1_should_preempt,
    .set_params = o1_set_params,
};
SCHED_POLICY(o1_policy);
