// SPDX-License-Identifier: MIT
// sched/hrrn.c - highest response ratio next: who waited longest for what it got.
//
// A burst begins when a thread is new or wakes. The ratio is (waited + served) / served, both in
// time since the burst began, and served is a tick at least. It is looked at anew when a thread
// stops or has run for a quantum; equals run in the order in which they came.
//
// Invariant:  nobody is picked whose ratio is less than that of another who waits in the queue.
// Cost:       pick is O(n), each step with interrupts off; the rest is O(1).
// Limits:     who has run for long in a burst waits while shorter ones catch up. No priorities.
// Reference:  Brinch Hansen, "An Analysis of Response Ratio Scheduling", IFIP Congress 1971.
#include "kernel/base/bits.h"
#include "kernel/base/list.h"
#include "kernel/riscv/time.h"
#include "sched/policy.h"
#include "sched/slice.h"

struct hrrn_queue {
    struct list list; // of hrrn_entity.node, in the order in which they came
    uint64_t quantum_ticks;
};

struct hrrn_entity {
    struct list node;
    uint64_t began_ticks;  // ran_ticks when the burst began
    uint64_t waited_ticks; // in this burst, up to when it came to wait here
    uint64_t since_ticks;  // the time at which that was
};

_Static_assert(sizeof(struct hrrn_queue) <= SCHED_QUEUE_BYTES, "fits in a queue");
_Static_assert(sizeof(struct hrrn_entity) <= SCHED_ENTITY_BYTES, "fits in a thread");

static struct hrrn_queue *hrrn_queue(struct sched_queue *q)
{
    return (struct hrrn_queue *)(void *)q->area;
}

static struct hrrn_entity *hrrn_entity(struct sched_entity *e)
{
    return (struct hrrn_entity *)(void *)e->area;
}

static void hrrn_init(struct sched_queue *q, uint64_t quantum_ticks)
{
    list_init(&hrrn_queue(q)->list);
    hrrn_queue(q)->quantum_ticks = quantum_ticks;
}

static void hrrn_enqueue(struct sched_queue *q, struct sched_entity *e, enum sched_reason why)
{
    struct hrrn_entity *he = hrrn_entity(e);

    if (why == SCHED_NEW || why == SCHED_WAKE) {
        he->began_ticks = e->ran_ticks;
        he->waited_ticks = 0;
    }
    he->since_ticks = read_time();
    slice_refill(e, hrrn_queue(q)->quantum_ticks);
    list_push_back(&hrrn_queue(q)->list, &he->node);
}

// For how long `he` has waited in this burst. Harts' clocks may differ by a little.
static uint64_t waited(const struct hrrn_entity *he, uint64_t now)
{
    return he->waited_ticks + (now > he->since_ticks ? now - he->since_ticks : 0);
}

static void leave(struct hrrn_entity *he, uint64_t now)
{
    he->waited_ticks = waited(he, now);
    list_remove(&he->node);
}

static void hrrn_dequeue(struct sched_queue *q, struct sched_entity *e)
{
    (void)q;
    leave(hrrn_entity(e), read_time());
}

static uint64_t served(struct sched_entity *e)
{
    return max_u64(e->ran_ticks - hrrn_entity(e)->began_ticks, 1);
}

// Is the ratio of `a` above that of `b`? waited/served, multiplied out, compares as the ratio does.
static bool is_above(struct sched_entity *a, struct sched_entity *b, uint64_t now)
{
    return (unsigned __int128)waited(hrrn_entity(a), now) * served(b) >
           (unsigned __int128)waited(hrrn_entity(b), now) * served(a);
}

static struct sched_entity *hrrn_next(struct sched_queue *q, struct sched_entity *e)
{
    struct list *list = &hrrn_queue(q)->list;

    return (struct sched_entity *)(void *)list_after(list,
                                                     e == NULL ? list : &hrrn_entity(e)->node);
}

static struct sched_entity *hrrn_pick(struct sched_queue *q)
{
    uint64_t now = read_time();
    struct sched_entity *best = hrrn_next(q, NULL);

    for (struct sched_entity *e = best; e != NULL; e = hrrn_next(q, e)) {
        if (is_above(e, best, now)) {
            best = e;
        }
    }
    leave(hrrn_entity(best), now);
    return best;
}

static bool hrrn_should_preempt(struct sched_queue *q, struct sched_entity *running)
{
    (void)q;
    return slice_is_over(running);
}

static const struct sched_policy hrrn_policy = {
    .name = "hrrn",
    .init = hrrn_init,
    .enqueue = hrrn_enqueue,
    .dequeue = hrrn_dequeue,
    .pick = hrrn_pick,
    .next = hrrn_next,
    .should_preempt = hrrn_should_preempt,
};
SCHED_POLICY(hrrn_policy);
