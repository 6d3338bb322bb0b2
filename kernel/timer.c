// SPDX-License-Identifier: MIT
// kernel/timer.c - time, and one heap of timers a hart.
//
// The hart's hardware timer is programmed only to come earlier, never to be put off: a deadline
// that moves away leaves an interrupt behind that finds nothing due and programs the next one.
#include "kernel/timer.h"

#include "kernel/abi/errno.h"
#include "kernel/dispatch.h"
#include "kernel/processor.h"
#include "kernel/riscv/sbi.h"
#include "kernel/riscv/time.h"

// More bits the one way: what is left of the longest times that programs ask for is off by less
// than a tick.
enum { NS_PER_SECOND = 1000000000, TICKS_FRACTION_BITS = 62 };

// Constant after time_init().
uint64_t time_ns_per_tick;    // TIME_FRACTION_BITS behind the point
static uint64_t ticks_per_ns; // TICKS_FRACTION_BITS
static bool sstc;

// numerator / NS_PER_SECOND, which is at most 1, in two steps of long division, rounded up.
static uint64_t fraction_of_second(uint64_t numerator)
{
    enum { FIRST = 32, SECOND = TICKS_FRACTION_BITS - FIRST };
    uint64_t dividend = numerator << FIRST;
    uint64_t rest = dividend % NS_PER_SECOND;

    return (dividend / NS_PER_SECOND << SECOND) + (rest << SECOND) / NS_PER_SECOND + 1;
}

int time_init(uint64_t ticks_per_second, bool has_sstc)
{
    if (ticks_per_second < 1000 || ticks_per_second > NS_PER_SECOND) {
        return -EINVAL;
    }
    time_ns_per_tick = ((uint64_t)NS_PER_SECOND << TIME_FRACTION_BITS) / ticks_per_second;
    ticks_per_ns = fraction_of_second(ticks_per_second);
    sstc = has_sstc;
    return 0;
}

static ALWAYS_INLINE uint64_t scale(uint64_t value, uint64_t factor, unsigned fraction_bits)
{
    unsigned __int128 product = (unsigned __int128)value * factor;

    return unlikely(product >> (64 + fraction_bits) != 0) ? TIME_NEVER
                                                          : (uint64_t)(product >> fraction_bits);
}

uint64_t ticks_to_ns(uint64_t ticks)
{
    return scale(ticks, time_ns_per_tick, TIME_FRACTION_BITS);
}

uint64_t ns_to_ticks(uint64_t ns)
{
    uint64_t ticks = scale(ns, ticks_per_ns, TICKS_FRACTION_BITS);

    return ticks == TIME_NEVER ? TIME_NEVER : ticks + (ns != 0);
}

uint64_t time_now_ticks(void)
{
    return read_time();
}

uint64_t deadline_after_ns(uint64_t ns)
{
    uint64_t now = read_time();
    uint64_t ticks = ns_to_ticks(ns);

    return ns == TIME_NEVER || ticks > TIME_NEVER - now ? TIME_NEVER : now + ticks;
}

void timer_queue_init(struct timer_queue *queue)
{
    spin_init(&queue->lock, "timer", RANK_TIMER);
}

void timer_program(struct processor *p, uint64_t ticks)
{
    if (ticks >= p->timer_set) {
        return;
    }
    p->timer_set = ticks;
    if (sstc) {
        csr_write(CSR_STIMECMP, ticks);
    } else {
        sbi_set_timer(ticks);
    }
}

void timer_start(struct timer *timer, uint64_t deadline_ticks)
{
    struct processor *p = this_processor();
    struct timer_queue *queue = &p->timers;

    timer->queue = queue;
    timer->node.key = deadline_ticks;
    spin_lock_irqoff(&queue->lock);
    heap_insert(&queue->heap, &timer->node);
    spin_unlock_irqoff(&queue->lock);
    timer_program(p, deadline_ticks);
}

void timer_restart(struct timer *timer, uint64_t deadline_ticks)
{
    timer->node.key = deadline_ticks;
    heap_insert(&timer->queue->heap, &timer->node); // timers_expire() programs what comes first
}

void timer_cancel(struct timer *timer)
{
    struct timer_queue *queue = timer->queue;

    if (queue == NULL) {
        return;
    }
    spin_lock(&queue->lock);
    if (heap_is_queued(&timer->node)) {
        heap_remove(&queue->heap, &timer->node);
    }
    spin_unlock(&queue->lock);
    timer->queue = NULL;
}

// Call what is due. Returns: the next deadline.
static uint64_t timers_expire(struct timer_queue *queue)
{
    uint64_t next = TIME_NEVER;
    struct heap_node *first;

    spin_lock_irqoff(&queue->lock);
    while ((first = heap_min(&queue->heap)) != NULL) {
        if (first->key > read_time()) {
            next = first->key;
            break;
        }
        heap_remove(&queue->heap, first);
        struct timer *timer = container_of(first, struct timer, node);
        timer->expired(timer);
    }
    spin_unlock_irqoff(&queue->lock);
    return next;
}

// Turn the interrupt off until it is programmed again.
static void timer_quench(struct processor *p)
{
    p->timer_set = TIMER_UNSET;
    if (sstc) {
        csr_write(CSR_STIMECMP, TIME_NEVER);
    } else {
        sbi_set_timer(TIME_NEVER);
    }
}

void timer_interrupt(struct processor *p)
{
    timer_quench(p);
    timer_program(p, timers_expire(&p->timers));
    dispatch_tick(p);
}
