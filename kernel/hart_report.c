// SPDX-License-Identifier: MIT
// kernel/hart_report.c - what is known of one hart.
#include "kernel/hart_report.h"

#include "kernel/backtrace.h"
#include "kernel/console.h"
#include "kernel/processor.h"
#include "kernel/thread.h"
#include "sync/spinlock.h"

static void print_held(const struct held_locks *held)
{
    const struct spinlock *l;

    for (unsigned i = 0; (l = held_lock(held, i)) != NULL; i++) {
        printk("  holds %s (%p)\n", l->name, (const void *)l);
    }
    l = held_waiting(held);
    if (l != NULL) {
        printk("  waits for %s (%p)\n", l->name, (const void *)l);
    }
    if (!CONFIG_DEBUG) {
        printk("  (which locks it holds is known with BUILD=debug)\n");
    }
}

// The function that took a lock may have returned since; whoever called it has mostly not.
static void print_where_it_locked(const struct hart_state *hart)
{
    unsigned count = hart->held.count;

    if (CONFIG_DEBUG && count != 0 && count <= SPIN_DEPTH) {
        struct spin_place taken = spin_taken(hart->cpu, count - 1);

        printk("  it does not answer; it took the last lock here:\n");
        backtrace_print_call(taken.pc, taken.fp);
    }
}

void hart_report(const struct processor *p, const struct trap_frame *frame, uint64_t fp)
{
    const struct thread *t = p->current;

    printk("hart %lu (cpu %u), thread %d %s:\n", p->hart.hartid.raw, p->hart.cpu, t->tid, t->name);
    print_held(&p->hart.held);
    if (frame != NULL) {
        backtrace_print_trap(frame);
    } else if (fp != 0) {
        backtrace_print(fp);
    } else {
        print_where_it_locked(&p->hart);
    }
}
