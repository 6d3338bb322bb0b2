// SPDX-License-Identifier: MIT
// kernel/watchdog.c - notices a hart that is stuck with interrupts off, and a lock that is held on.
#include "kernel/watchdog.h"

#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/console.h"
#include "kernel/hart_report.h"
#include "kernel/processor.h"
#include "kernel/riscv/relax.h"
#include "kernel/timer.h"
#include "mm/frame.h"
#include "sync/spinlock.h"

// One hart's view of the next. This hart's alone, in its timer interrupt.
struct watch {
    struct timer timer;
    unsigned watched;    // the cpu it looks at
    uint64_t interrupts; // what that had taken at the last look
    uint64_t missed;     // looks at which that was the same, in a row
};

enum { WATCHES_ORDER = 1 };
_Static_assert(sizeof(struct watch) * MAX_HARTS <= PAGE_SIZE << WATCHES_ORDER, "one a hart");

uint64_t spin_bound;

static uint64_t bound;                      // constant after watchdog_init(); 0: off
static atomic_uint reports[WATCHDOG_KINDS]; // relaxed: counts
static _Atomic uint64_t ticking; // cpus whose timer ticks; relaxed: nothing is read on its strength
static struct watch *watches;    // by cpu

unsigned watchdog_reports(enum watchdog_kind kind)
{
    return atomic_load_explicit(&reports[kind], memory_order_relaxed);
}

static void count_report(enum watchdog_kind kind)
{
    (void)atomic_fetch_add_explicit(&reports[kind], 1, memory_order_relaxed);
}

// ---- A lock ------------------------------------------------------------------------------------

// Who has the lock is one of these: in release builds nobody knows which.
static void report_others(const struct processor *me)
{
    for (uint64_t mask = harts_online_mask(); mask != 0; mask &= mask - 1) {
        const struct processor *p = processor_of(bit_lowest(mask));

        if (p != me) {
            hart_report(p, NULL, 0);
        }
    }
}

static void report_lock(const struct spinlock *l)
{
    const struct processor *me = this_processor();
    int holder = spin_holder(l);

    printk("watchdog: hart %lu has made %lu turns for lock '%s'\n", me->hart.hartid.raw, spin_bound,
           l->name);
    hart_report(me, NULL, (uint64_t)__builtin_frame_address(0));
    if (holder >= 0) {
        hart_report(processor_of((unsigned)holder), NULL, 0);
    } else {
        report_others(me);
    }
    count_report(WATCHDOG_LOCK);
}

void hart_spun(void)
{
    struct held_locks *held = &this_hart()->held;
    const struct spinlock *l = held_waiting(held);

    if (l == NULL || l->rank >= RANK_CONSOLE) {
        return;
    }
    report_lock(l);
    // Printing may have waited for a lock, too.
    atomic_store_explicit(&held->waiting, l, memory_order_relaxed);
    held->spins = spin_bound;
}

// ---- A hart ------------------------------------------------------------------------------------

// The cpu after `cpu` that ticks; `cpu` itself if it is the only one.
static unsigned next_ticking(unsigned cpu)
{
    uint64_t mask = atomic_load_explicit(&ticking, memory_order_relaxed);
    uint64_t after = mask & ~(bit(cpu) | (bit(cpu) - 1));

    return bit_lowest(after != 0 ? after : mask);
}

static void report_hart(const struct processor *p, unsigned checker)
{
    printk("watchdog: hart %lu has taken no interrupt for %lu ticks of cpu %u\n",
           p->hart.hartid.raw, bound, checker);
    hart_report(p, NULL, 0);
    count_report(WATCHDOG_HART);
}

static void look(struct watch *watch, unsigned me)
{
    unsigned cpu = next_ticking(me);
    const struct processor *p = processor_of(cpu);
    uint64_t now = p->interrupts; // read racily: that it changes is all that counts

    if (cpu != watch->watched || now != watch->interrupts) {
        watch->watched = cpu;
        watch->interrupts = now;
        watch->missed = 0;
    } else if (cpu != me && ++watch->missed == bound) {
        report_hart(p, me);
    }
}

static void tick(struct timer *timer)
{
    struct watch *watch = container_of(timer, struct watch, timer);

    spin_assert_held(&timer->queue->lock);
    look(watch, this_hart()->cpu);
    timer_restart(timer, deadline_after_ns(WATCHDOG_TICK_NS));
}

// ---- Arming ------------------------------------------------------------------------------------

void watchdog_init(uint64_t units)
{
    bound = units;
    spin_bound = units * WATCHDOG_SPINS;
    if (units != 0) {
        watches = frames_alloc(WATCHES_ORDER);
        assert(watches != NULL); // this early
        memset(watches, 0, PAGE_SIZE << WATCHES_ORDER);
    }
}

void watchdog_start(void)
{
    if (bound == 0) {
        return;
    }
    unsigned cpu = this_hart()->cpu;
    struct watch *watch = &watches[cpu];

    watch->timer.expired = tick;
    watch->watched = cpu;
    timer_start(&watch->timer, deadline_after_ns(WATCHDOG_TICK_NS));
    (void)atomic_fetch_or_explicit(&ticking, bit(cpu), memory_order_relaxed);
}
