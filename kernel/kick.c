// SPDX-License-Identifier: MIT
// kernel/kick.c - finding a hart for what waits.
#include "kernel/kick.h"

#include "kernel/base/bits.h"
#include "kernel/processor.h"
#include "kernel/quantum.h"
#include "kernel/runq.h"

struct hart_masks hart_masks;

void kick_set_idle(const struct processor *p)
{
    // relaxed: the fence that follows orders it.
    (void)atomic_fetch_or_explicit(&hart_masks.idle, bit(p->hart.cpu), memory_order_relaxed);
}

// Returns: whether `cpu` was marked as idle, and so the caller is the one to clear it.
static bool clear_idle(unsigned cpu)
{
    // relaxed: who clears a bit interrupts that hart, or is it.
    uint64_t before = atomic_fetch_and_explicit(&hart_masks.idle, ~bit(cpu), memory_order_relaxed);

    return (before & bit(cpu)) != 0;
}

void kick_clear_idle(const struct processor *p)
{
    (void)clear_idle(p->hart.cpu);
}

// The harts that serve the queue that `t` waits in.
static uint64_t serving(const struct thread *t)
{
    bool shared = t->queue == &runq_shared.queue;

    return shared ? harts_present_mask : bit(t->state.cpu);
}

// Does this hart idle, and is what was just enqueued all that waits for it? Then its idle loop
// looks.
static bool looks_itself(const struct processor *p, uint64_t harts)
{
    return p->current == p->idle && (harts & bit(p->hart.cpu)) && runq_waiting_count(p) == 1;
}

// Interrupt one of the idle harts in `harts` but `p`, this one, if there are any, for `why`. This
// one idles by the mask while it brings over something, and looks anyway. Returns: whether one was.
static NOINLINE bool wake_idle(const struct processor *p, uint64_t harts, enum ipi why)
{
    harts &= ~bit(p->hart.cpu);
    for (uint64_t idle = kick_idle_mask() & harts; idle != 0; idle &= idle - 1) {
        unsigned cpu = bit_lowest(idle);

        if (clear_idle(cpu)) {
            ipi_send(cpu, why);
            return true;
        }
    }
    return false;
}

// Something waits and no hart is free for it: see that every busy hart in `harts` has its quantum
// armed.
static void arm_all(struct processor *p, uint64_t harts)
{
    uint64_t unarmed = atomic_load_explicit(&hart_masks.unarmed, memory_order_relaxed) & harts;

    if (unarmed & bit(p->hart.cpu)) {
        quantum_arm(p, p->current);
        unarmed &= ~bit(p->hart.cpu);
    }
    for (; unarmed != 0; unarmed &= unarmed - 1) {
        ipi_send(bit_lowest(unarmed), IPI_RESCHEDULE);
    }
}

void kick_slow(const struct thread *t)
{
    struct processor *p = this_processor();
    uint64_t harts = serving(t);

    if (!looks_itself(p, harts) && !wake_idle(p, harts & t->affinity, IPI_RESCHEDULE)) {
        // Who comes from elsewhere may find work of its own first, so both.
        (void)wake_idle(p, t->affinity, IPI_TAKE);
        arm_all(p, harts);
    }
}

// The harts that may run something that waits in the own queue of `p`. A hint without its lock.
static uint64_t takers(const struct processor *p)
{
    unsigned waiting = p->own.queue.waiting;

    if (waiting > p->restricted_waiting) {
        return harts_present_mask;
    }
    return waiting != 0 ? p->restricted_allowed : 0;
}

// The same of everything that waits.
static uint64_t takers_anywhere(void)
{
    uint64_t takers_of_all = runq_shared.queue.waiting != 0 ? harts_present_mask : 0;

    for (unsigned cpu = 0; cpu < harts_present() && takers_of_all != harts_present_mask; cpu++) {
        takers_of_all |= takers(processor_of(cpu));
    }
    return takers_of_all;
}

void kick_pass_on(struct processor *p, bool elsewhere)
{
    uint64_t others = p->rq == &p->own ? 0 : harts_present_mask & ~bit(p->hart.cpu);

    p->may_take = false;
    uint64_t here = p->rq->queue.waiting != 0 && p->rq != &p->own ? others : takers(p);
    if (!wake_idle(p, elsewhere ? takers_anywhere() : here, IPI_TAKE)) {
        arm_all(p, others);
    }
}

void kick_outranked(const struct thread *t)
{
    uint64_t harts = serving(t) & t->affinity & harts_online_mask();
    const struct thread *weakest = NULL;

    if ((kick_idle_mask() & t->affinity) != 0) {
        return;
    }
    for (; harts != 0; harts &= harts - 1) {
        const struct processor *p = processor_of(bit_lowest(harts));

        if (p->current != p->idle &&
            (weakest == NULL || runq_policy.preempts(&weakest->sched, &p->current->sched))) {
            weakest = p->current;
        }
    }
    if (weakest != NULL && runq_policy.preempts(&t->sched, &weakest->sched)) {
        ipi_send(weakest->state.cpu, IPI_RESCHEDULE);
    }
}
